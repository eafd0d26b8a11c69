// Captions: what of new lines is said aloud, and when. No DOM, no network.

const QUIET_MS = 5000; // a screen reader that speaks slowly is not flooded
const MOST_SAID = 3;

export class CaptionVoice {
  constructor() {
    this.known = null;
    this.waiting = [];
    this.saidAt = -Infinity;
  }

  // Note the lines that stand now. What stood when one came is not said.
  hear(lines) {
    const fresh = this.known === null ? [] : lines.filter(({ id }) => !this.known.has(id));
    this.known ??= new Set();
    for (const { id } of lines) this.known.add(id);
    this.waiting = [...this.waiting, ...fresh.map(({ text }) => text)].slice(-MOST_SAID);
  }

  // What is said at a moment, or nothing.
  words(now) {
    if (this.waiting.length === 0 || now - this.saidAt < QUIET_MS) return "";
    this.saidAt = now;
    return this.waiting.splice(0).join(" ");
  }
}
