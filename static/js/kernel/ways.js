// When a player leaves the picture for the sound alone, because the line does not carry even the smallest picture, and when it
// tries the picture again.

const WITHIN_MS = 60_000;
const STALLS = 2;
const FIRST_MS = 60_000;
const LONGEST_MS = 480_000;

const LOW_BITS = 480_000; // of the smaller picture, as the server holds it to

// Returns what the smallest picture takes, bits a second; a playlist of its own does not say.
export function smallest(levels) {
  return Math.min(...levels.map((one) => one.bitrate || LOW_BITS));
}

export class Fall {
  constructor() {
    this.stalls = [];
    this.isDown = false;
    this.pauseMs = FIRST_MS;
  }

  // Notes that the picture stood still. `estimate`: what the line carries, `need`: what the smallest picture takes, bits a
  // second. A line that carries it is not to blame: then the teacher's is. Returns whether to go on with sound alone.
  stalled(now, { estimate, need }) {
    if (this.isDown) return false;
    this.stalls = [...this.stalls.filter((at) => now - at < WITHIN_MS), now];
    if (this.stalls.length < STALLS || estimate >= need) return false;
    this.isDown = true;
    this.againAt = now + this.pauseMs;
    this.pauseMs = Math.min(LONGEST_MS, 2 * this.pauseMs);
    this.stalls = [];
    return true;
  }

  // Returns whether the picture is worth another try.
  isOver(now) {
    if (!this.isDown || now < this.againAt) return false;
    this.isDown = false;
    return true;
  }

  // Forgets all: somebody chose.
  reset() {
    this.isDown = false;
    this.stalls = [];
    this.pauseMs = FIRST_MS;
  }
}
