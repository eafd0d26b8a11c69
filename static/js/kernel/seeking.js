// How far a player may go. The server's limit lags by a beat, so what was just played counts as well. Whoever is refused
// goes to the limit itself, never into the slop: that is for players that do not stop to the millisecond, and a player
// that stands in it would be ahead of what the server knows.

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
    return this.free ? target : Math.min(target, this.limit);
  }

  isTooFar(target) {
    return !this.free && target > this.limit + this.slop;
  }

  // Where the player must go back to when the server took beats up to `claimed` and stands at `limit`; null when it need not.
  goBackTo(claimed, limit) {
    return this.free || claimed <= limit + this.slop ? null : limit;
  }
}
