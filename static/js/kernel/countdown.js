// How long it is until something begins, in words. Without DOM and without a clock of its own.

const two = (number) => String(number).padStart(2, "0");

// Returns the words of a wait in ms; what is less than a second away is there.
export function waitWords(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86400);
  const face = `${two(Math.floor((seconds % 86400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return days ? `${days}天 ${face}` : face;
}

// A clock that goes with the server's: a phone that is set wrong does not change when a lesson begins.
export class ServerClock {
  constructor(serverNow, tick) {
    this.tick = tick;
    this.offset = serverNow - tick();
  }

  now() {
    return this.offset + this.tick();
  }
}
