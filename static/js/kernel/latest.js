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

  acknowledge() {
    this.underWay = null;
  }

  // It did not arrive: it goes again, unless something newer waits.
  fail() {
    this.newest = this.newest ?? this.underWay;
    this.underWay = null;
  }
}
