// How far a player may go. The server's limit lags by a beat, so what was just played counts as well.

export class SeekGuard {
  constructor({ limit = 0, slop = 3000, free = false } = {}) {
    this.limit = limit;
    this.slop = slop;
    this.free = free;
  }

  learn(limit) {
    this.limit = Math.max(this.limit, limit);
  }

  // The server's word after something was lost: the player goes back.
  reset(limit) {
    this.limit = limit;
  }

  allowed(target) {
    return this.free ? target : Math.min(target, this.limit + this.slop);
  }

  isTooFar(target) {
    return !this.free && target > this.limit + this.slop;
  }
}
