// What the check of devices says: each fault with what to do about it.

import { deviceWords } from "./recorders.js";

const PICTURE_MBPS = 2; // a lesson's picture and sound, and some
const SOUND_MBPS = 0.2;

export function isWeChat(agent) {
  return /MicroMessenger/i.test(agent);
}

// Returns what keeps a browser from lessons at all, or nothing. `can`: isSecure, hasSockets, hasPlayer.
export function browserFault(can) {
  if (!can.isSecure) return "网页地址不是https开头，浏览器不会打开摄像头和麦克风。请用https开头的地址重新打开本站。";
  if (!can.hasSockets || !can.hasPlayer) return "浏览器版本太旧，看不了直播。请升级浏览器，或换用新版 Chrome、Edge、Safari 或微信。";
  return "";
}

// Returns why a camera or a microphone ("picture", "sound") did not open, by the name of the browser's error, and what to do.
export function openWords(name, thing, { isSecure, hasDevices, inWeChat }, again) {
  const called = thing === "sound" ? "麦克风" : "摄像头";
  if (!isSecure) return `网页地址不是https开头，浏览器不会打开${called}。请用https开头的地址重新打开本站。`;
  if (!hasDevices && inWeChat) return `这个版本的微信不能打开${called}。请升级微信，或点右上角“…”，选择“在浏览器打开”。`;
  if (hasDevices && inWeChat && name === "NotAllowedError")
    return `微信没有允许使用${called}。请在手机的系统设置里允许微信使用${called}，再试一次；仍不行的，点右上角“…”，选择“在浏览器打开”。`;
  return deviceWords(name, thing, again);
}

export function megabits(bytes, ms) {
  return ms > 0 ? (bytes * 8) / 1000 / ms : 0;
}

// Returns what a line can do: words, and "ok", "warn" or "bad". Speeds in Mbit/s.
export function lineWords({ down, up }, teaches) {
  const said = `下行${speed(down)}，上行${speed(up)}。`;
  const weak = teaches ? Math.min(down, up) : down;
  if (weak >= PICTURE_MBPS) return { words: `${said}${teaches ? "可以流畅直播。" : "可以流畅看直播。"}`, tone: "ok" };
  if (weak >= SOUND_MBPS && (teaches || up >= SOUND_MBPS / 2))
    return {
      words: `${said}${teaches ? "画面可能排队，请靠近路由器或换网络，也可以改为“仅声音”直播。" : "画面可能卡顿，请靠近路由器、关闭下载，或换网络。"}`,
      tone: "warn",
    };
  return { words: `${said}网络太慢，直播会经常中断。请靠近路由器或换用其他网络，再测一次。`, tone: "bad" };
}

function speed(mbps) {
  return mbps >= 10 ? `${Math.round(mbps)}Mbps` : `${mbps.toFixed(1)}Mbps`;
}

// Returns the sum of all steps: what must be put right comes first. `must`: steps without which no lesson works.
export function sumWords(tones, must) {
  const faults = Object.values(tones).filter((tone) => tone === "bad").length;
  if (faults) return { words: `有${faults}项需要处理，请按下面红色的说明操作。`, tone: "bad" };
  if (must.every((step) => tones[step])) {
    const weak = Object.values(tones).some((tone) => tone === "warn");
    return weak
      ? { words: "可以上课，有的项目不够好，请看下面的说明。", tone: "warn" }
      : { words: "检测通过，可以上课。", tone: "ok" };
  }
  return { words: "请逐项检测。", tone: "" };
}
