// Slides: which page is shown when, where on it the pointer lies, and what pages are called. No DOM, no network.

const MOST_BEHIND_MS = 10000; // a picture that stays further behind will jump
const SCALE = 1000; // a place on a page is told in thousandths
const WIDEST = 16 / 9;
const NARROWEST = 4 / 3; // a page that stands upright is shown whole in a frame that lies
const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 };

const between = (least, value, most) => Math.max(least, Math.min(most, value));

// News of pages come at once, the picture seconds later: each page waits until the voice has come as far.
export class SlideTrack {
  constructor() {
    this.waiting = [];
    this.shown = null;
    this.mark = null;
  }

  // Note how the room stands. The first page is shown at once: who comes late waits for nothing.
  put(slide, now, behindMs) {
    const mark = JSON.stringify(slide);
    if (mark === this.mark) return;
    const isFirst = this.mark === null;
    this.mark = mark;
    const last = this.waiting[this.waiting.length - 1]?.due ?? now;
    const due = isFirst ? now : now + between(0, behindMs, MOST_BEHIND_MS);
    this.waiting.push({ slide, due: Math.max(due, last) });
  }

  // The page to show at a moment.
  at(now) {
    while (this.waiting.length > 0 && this.waiting[0].due <= now) this.shown = this.waiting.shift().slide;
    return this.shown;
  }

  // How long until another page is due, or null.
  wait(now) {
    return this.waiting.length > 0 ? Math.max(0, this.waiting[0].due - now) : null;
  }
}

export function slideAddress(session, { deck, page }) {
  return `/live/${session}/slides/${deck}/${page}.jpg`;
}

export function placeWords({ page, page_count: pages }) {
  return `第 ${page} 页 / 共 ${pages} 页`;
}

export function altWords(slide) {
  return `课件《${slide.name}》第 ${slide.page} 页，共 ${slide.page_count} 页`;
}

// The page after a step, or nothing at the ends.
export function pageAfter({ page, page_count: pages }, step) {
  const next = page + step;
  return next >= 1 && next <= pages ? next : null;
}

export function stepOf(key) {
  return STEPS[key] ?? 0;
}

// How wide a frame is to its height, for a picture of these sides.
export function frameRatio(width, height) {
  return width > 0 && height > 0 ? between(NARROWEST, width / height, WIDEST) : WIDEST;
}

// Where a picture lies in a box that shows it whole, in pixels.
export function contained(box, picture) {
  if (!(picture.width > 0 && picture.height > 0)) return { left: 0, top: 0, width: box.width, height: box.height };
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height };
}

// A point of the box as a place on the page, or nothing beside the page.
export function spotAt(area, x, y) {
  const across = Math.round(((x - area.left) * SCALE) / area.width);
  const down = Math.round(((y - area.top) * SCALE) / area.height);
  return across >= 0 && across <= SCALE && down >= 0 && down <= SCALE ? [across, down] : null;
}

export function pointAt(area, [across, down]) {
  return { x: area.left + (across * area.width) / SCALE, y: area.top + (down * area.height) / SCALE };
}

// What a row of the desk says of a deck.
export function deckWords({ state, percent, page_count: pages, error }) {
  if (state === "ready") return `共${pages}页`;
  if (state === "refused") return error;
  return percent > 0 ? `正在转换 ${percent}%` : "正在等待转换";
}

// The keys of a list with one of them moved by a step; nothing at its ends.
export function moved(ids, id, step) {
  const from = ids.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= ids.length) return null;
  const made = ids.filter((one) => one !== id);
  made.splice(to, 0, id);
  return made;
}
