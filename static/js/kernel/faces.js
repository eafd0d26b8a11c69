// What a face check says and reckons: the moves, their moments, what is wrong with a picture. No document, no camera.

export const SIDE = 640; // the server reads no more; a frame is then some 30 KB
export const QUALITY = 0.85;
export const MOST_BYTES = 15_000_000;

// As lms/faces/rules.py has them; a test holds the two together.
export const MOVES = { left: "请慢慢向左转头", right: "请慢慢向右转头", centre: "请正对镜头", closer: "请靠近镜头一些" };

const OTHERWISE = "可以改用手机拍照上传。";
const REFUSALS = {
  NotAllowedError: "没有得到使用摄像头的许可。请在浏览器的网站设置里允许本站使用摄像头，再点“打开摄像头”；也" + OTHERWISE,
  NotFoundError: "没有找到摄像头。请接好摄像头再试，也" + OTHERWISE,
  NotReadableError: "摄像头正被其他程序占用。请关闭视频会议等程序再试，也" + OTHERWISE,
};
const NO_CAMERA = "这个浏览器不能在页面里使用摄像头，" + OTHERWISE;
const LONGEST_STEP = 3000;
const ENDING = 1000; // what is left of the time when the last frame is taken
const DARK = 50;
const BRIGHT = 215;
const BLURRED = 12;

// What to do when the camera does not open; `name` is the browser's.
export function cameraWords(name) {
  return REFUSALS[name] ?? NO_CAMERA;
}

// Width and height that fit a side, never larger than they were.
export function fitted(width, height, side = SIDE) {
  const scale = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

// How long each move has: a frame is taken at its end, the last one before the time is over.
export function stepMs(moves, seconds) {
  return Math.min(LONGEST_STEP, Math.floor((seconds * 1000 - ENDING) / moves));
}

// Grey values of RGBA pixels.
export function greys(pixels) {
  const grey = new Float32Array(pixels.length / 4);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.299 * pixels[4 * at] + 0.587 * pixels[4 * at + 1] + 0.114 * pixels[4 * at + 2];
  }
  return grey;
}

export function light(grey) {
  return grey.reduce((sum, value) => sum + value, 0) / grey.length;
}

// The variance of the Laplacian: what is out of focus or moving has few edges.
export function sharpness(grey, width) {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let at = width; at < grey.length - width; at += 1) {
    if (at % width === 0 || at % width === width - 1) continue;
    const edge = 4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - width] - grey[at + width];
    sum += edge;
    squares += edge * edge;
    count += 1;
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
}

// A hint before the picture is sent; the server looks for itself.
export function pictureHint(grey, width) {
  const mean = light(grey);
  if (mean < DARK) return "画面太暗，请面向窗户或灯光。";
  if (mean > BRIGHT) return "画面太亮，请避开强光或背后的窗户。";
  if (sharpness(grey, width) < BLURRED) return "画面有些模糊，请拿稳手机，擦一擦镜头。";
  return "";
}

// What is wrong with a chosen file, before anything is sent.
export function fileProblem({ size, type }) {
  if (size === 0) return "这个文件是空的，请重新拍摄。";
  if (size > MOST_BYTES) return "照片超过15MB，请用较低的清晰度重新拍摄。";
  if (type && !type.startsWith("image/")) return "这个文件不是照片，请用前置摄像头拍一张。";
  return "";
}
