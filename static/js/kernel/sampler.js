// From what a player does to what it claims: stretches of media in one state. Positions in whole milliseconds. A stretch has
// the state in which it was played: every change of state is sampled as it happens, so what was watched before is not lost.

export class Sampler {
  constructor() {
    this.last = null;
  }

  // Returns the claim since the last sample, or null at the first one. After a jump the claim is empty at the new place.
  sample({ position, playing, visible, rate }) {
    const now = { position: Math.round(position), playing, visible, rate: Math.round(rate * 100) };
    const last = this.last;
    this.last = now;
    if (!last) return null;
    const went = now.position - last.position;
    const moved = last.playing && went >= 0;
    return {
      from: moved ? last.position : now.position,
      to: now.position,
      rate: last.rate,
      playing: last.playing,
      visible: last.visible,
    };
  }

  // A seek is no stretch of media: the next sample begins at the new place.
  jump(position) {
    if (this.last) this.last.position = Math.round(position);
  }
}

const LATE_BEATS = 3;

// How long timers stood still, in ms, when a beat came `gap` after the one before it. Browsers throttle a little: not counted.
export function sleptFor(gap, beat) {
  return gap > LATE_BEATS * beat ? gap - beat : 0;
}
