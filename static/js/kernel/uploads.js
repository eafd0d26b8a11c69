// What an upload says and which one goes next: no page, no network.

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const BY_STATUS = {
  0: "网络不通。已收到的部分保留着，网络恢复后点“继续”。",
  403: "登录已过期或没有权限。请在另一个标签页重新登录，再回到这里点“继续”。",
  404: "没有找到这次上传，可能不是用这个账号上传的。请重新选择文件上传。",
  410: "这次上传已经取消或过期，请重新选择文件上传。",
  413: "文件太大，服务器没有收下。请压缩后重新上传。",
  415: "这不是可以识别的视频文件，请换一个文件。",
  423: "同一个文件正在另一处上传，请稍等片刻再点“继续”。",
};
const UNKNOWN = "服务器暂时无法处理。已收到的部分保留着，请稍后点“继续”。";
const WORTH_TRYING = new Set([0, 409, 423, 460]);

// The same file has the same one; another file of the same name has not.
export function fingerprint({ name, size, lastModified }) {
  return `${name}|${size}|${lastModified}`;
}

export function titleOf(name) {
  const bare = name.split(/[/\\]/).pop();
  return (bare.replace(/\.[^.]*$/, "") || bare).trim().slice(0, 100);
}

export function sizeText(bytes) {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)} GB`;
  return bytes >= MB ? `${(bytes / MB).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} KB`;
}

export function percentOf(sent, total) {
  return total ? Math.floor((sent / total) * 100) : 0;
}

// A refusal's own sentence, else one for its status: an answer to HEAD has no body.
export function sentenceOf(status, body) {
  try {
    const { detail } = JSON.parse(body);
    if (detail) return detail;
  } catch {
    // not one of our refusals
  }
  return BY_STATUS[status] ?? UNKNOWN;
}

export function worthTrying(status) {
  return WORTH_TRYING.has(status) || status >= 500;
}

// Which of the waiting rows may start, in order, so that at most `most` send at once.
export function startable(states, most) {
  const free = most - states.filter((state) => state === "sending").length;
  return states.flatMap((state, place) => (state === "waiting" ? [place] : [])).slice(0, Math.max(0, free));
}
