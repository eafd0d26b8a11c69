// Captions as cues {start, end, text} in ms: which one is shown, where words are found, times as people type them, halves.

const CLOCK = /^\s*(?:(\d{1,3})[:：])?([0-5]?\d)[:：]([0-5]?\d)(?:[.,，。](\d{1,3}))?\s*$/;
const SECONDS = /^\s*(\d{1,6})(?:[.,](\d{1,3}))?\s*$/;
const MARKS = /[，。；！？,;.!?\n]/g;

export function readTime(text) {
  const clock = CLOCK.exec(text);
  if (clock) {
    const whole = Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
    return whole * 1000 + Number((clock[4] ?? "0").padEnd(3, "0"));
  }
  const seconds = SECONDS.exec(text);
  return seconds ? Number(seconds[1]) * 1000 + Number((seconds[2] ?? "0").padEnd(3, "0")) : null;
}

export function stamp(ms) {
  const pad = (number, length = 2) => String(number).padStart(length, "0");
  const whole = Math.max(0, Math.round(ms));
  return `${pad(Math.floor(whole / 3600000))}:${pad(Math.floor(whole / 60000) % 60)}:${pad(Math.floor(whole / 1000) % 60)}.${pad(whole % 1000, 3)}`;
}

// Where a text is cut in two when nobody says where: at the mark nearest to the middle.
export function cutOf(text) {
  const ends = [...text.slice(0, -1).matchAll(MARKS)].map((found) => found.index + 1);
  const middle = text.length / 2;
  if (ends.length === 0) return Math.floor(middle);
  return ends.reduce((best, at) => (Math.abs(at - middle) < Math.abs(best - middle) ? at : best));
}

// The place of the cue that is shown at a time, else of the last one before it; -1 before the first. Cues are in order.
export function placeAt(cues, ms) {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cues[middle].start <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Every place of the words: {cue, from, to}, in order.
export function hitsOf(texts, words) {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  return texts.flatMap((text, cue) => {
    const found = [];
    const low = text.toLowerCase();
    for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, at + wanted.length)) {
      found.push({ cue, from: at, to: at + wanted.length });
    }
    return found;
  });
}
