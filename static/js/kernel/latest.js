// The newest of many reports, sent one at a time: what was overtaken before it left is never sent, what failed is sent again
// under the same key.

export class Latest {
  constructor(freshKey) {
    this.freshKey = freshKey;
    this.newest = null;
    this.underWay = null;
    this.last = "";
  }

  // Note a report; the same again is nothing new.
  put(value) {
    const text = JSON.stringify(value);
    if (text === this.last) return;
    this.last = text;
    this.newest = { key: this.freshKey(), value };
  }

  get isEmpty() {
    return this.newest === null && this.underWay === null;
  }

  // What to send now, or nothing: one is under way, or all is acknowledged.
  take() {
    if (this.underWay || !this.newest) return null;
    this.underWay = this.newest;
    this.newest = null;
    return this.underWay;
  }

  // What nobody has sent yet, even while something older is under way: the page goes away.
  seize() {
    const { newest } = this;
    this.newest = null;
    return newest;
  }

  acknowledge() {
    this.underWay = null;
  }

  // It did not arrive: it goes again, unless something newer waits.
  fail() {
    this.giveBack(this.underWay);
    this.underWay = null;
  }

  giveBack(entry) {
    this.newest = this.newest ?? entry;
  }
}

// When to send next: never two within a pause, and whatever is asked for sooner wins.
export class Pace {
  constructor(pause) {
    this.pause = pause;
    this.sentAt = -Infinity;
    this.due = Infinity;
  }

  // How long to wait, or null when something sooner is planned already. Milliseconds on any one clock.
  ask(delay, now) {
    const due = Math.max(now + delay, this.sentAt + this.pause);
    if (this.due <= due) return null;
    this.due = due;
    return due - now;
  }

  // The time has come; there may be nothing to send.
  fired() {
    this.due = Infinity;
  }

  sent(now) {
    this.sentAt = now;
  }
}
