// Which recording a browser is asked for: H.264 goes to the learners as it is, VP8 must be encoded anew by the server.
// Matroska comes piece by piece; MP4 comes a fragment at a time, a second later.

const PICTURES = [
  "video/x-matroska;codecs=avc1,opus",
  "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
  "video/mp4;codecs=avc1.42E01E,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm",
];
const SOUNDS = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"];

// Returns the first type that the browser can record, or nothing.
export function recorderType(hasPicture, canRecord) {
  return (hasPicture ? PICTURES : SOUNDS).find(canRecord) ?? "";
}

const THINGS = { screen: "屏幕共享", sound: "麦克风", picture: "摄像头" };

// Returns what is wrong with camera or microphone and what to do, by the name of the browser's error. `again`: the button.
export function deviceWords(name, source, again = "重新检测") {
  const thing = THINGS[source] ?? "摄像头和麦克风";
  if (name === "NotAllowedError" || name === "SecurityError")
    return source === "screen"
      ? "没有开始屏幕共享。请再点一次，并在浏览器的窗口里选择要共享的屏幕。"
      : `浏览器没有允许使用${thing}。请点地址栏左侧的图标，把${thing}改为“允许”，再点“${again}”。`;
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return `没有找到${thing}。请检查设备是否插好、是否被关闭，再点“${again}”${source === "sound" ? "" : "；没有摄像头的可以选择“仅声音”"}。`;
  if (name === "NotReadableError" || name === "AbortError")
    return `${thing}正被其他程序占用。请关闭会议软件等程序，再点“${again}”。`;
  return `${thing}没有打开。请换用新版 Chrome、Edge 或 Safari，并用 https 地址访问，再点“${again}”。`;
}
