// Claims on their way to the server. A claim gets its number when it is first sent and is frozen from then on, so that a
// resend is the same words; unsent neighbours of the same state are merged, so that a long gap is one beat.

export const MOST_BEATS = 20;

function continues(last, claim) {
  return (
    last.to === claim.from && last.rate === claim.rate && last.playing === claim.playing && last.visible === claim.visible
  );
}

export class Outbox {
  constructor() {
    this.sent = [];
    this.waiting = [];
    this.lastSeq = 0;
  }

  get isEmpty() {
    return this.sent.length === 0 && this.waiting.length === 0;
  }

  add(claim) {
    const last = this.waiting[this.waiting.length - 1];
    if (last && continues(last, claim)) last.to = claim.to;
    else this.waiting.push({ ...claim });
  }

  // The beats of the next request: what was sent and not acknowledged comes first, unchanged.
  next() {
    while (this.sent.length < MOST_BEATS && this.waiting.length > 0) {
      this.lastSeq += 1;
      this.sent.push({ seq: this.lastSeq, ...this.waiting.shift() });
    }
    return this.sent.map((beat) => ({ ...beat }));
  }

  acknowledge(seq) {
    this.sent = this.sent.filter((beat) => beat.seq > seq);
  }

  // What must outlive the page, as plain data; `Outbox.from` makes a box of it whose next request is the same words.
  keep() {
    return { lastSeq: this.lastSeq, sent: this.sent.map((beat) => ({ ...beat })), waiting: this.waiting.map((claim) => ({ ...claim })) };
  }

  static from({ lastSeq, sent, waiting }) {
    return Object.assign(new Outbox(), { lastSeq, sent, waiting });
  }
}
