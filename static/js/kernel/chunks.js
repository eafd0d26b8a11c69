// What a page holds of its recording until the server has it: pieces with numbers, a window of those under way, and a
// bound on all of it. Without DOM or network.

export const HEADER = 4;
export const WINDOW = 64; // under way without an acknowledgement: the server has no other way to slow us down
export const MOST_BYTES = 24_000_000; // some 30 seconds of the best picture: longer than the server waits

export class ChunkWindow {
  constructor({ largest, window = WINDOW, most = MOST_BYTES }) {
    this.size = largest - HEADER;
    this.window = window;
    this.most = most;
    this.begin();
  }

  // A new recording: numbers from nought, nothing of the old one.
  begin() {
    this.waiting = []; // not acknowledged, oldest first
    this.first = 0; // the number of the oldest
    this.sent = 0; // the number that is sent next
    this.bytes = 0;
    this.isFull = false;
  }

  // Takes a piece of the recording, cut to what the server takes. Says false once it would hold more than it may:
  // from then on the recording has a hole, and must begin anew.
  add(content) {
    for (let at = 0; at < content.byteLength; at += this.size) {
      const part = content.subarray(at, at + this.size);
      if (this.bytes + part.byteLength > this.most) {
        this.isFull = true;
        return false;
      }
      this.waiting.push(part);
      this.bytes += part.byteLength;
    }
    return true;
  }

  // Returns the messages that may go now, each a number of 32 bits before its bytes.
  next() {
    const messages = [];
    while (this.sent < this.first + Math.min(this.window, this.waiting.length)) {
      messages.push(numbered(this.sent, this.waiting[this.sent - this.first]));
      this.sent += 1;
    }
    return messages;
  }

  // The server has all before this number.
  acknowledge(following) {
    const count = Math.min(Math.max(0, following - this.first), this.waiting.length);
    for (const part of this.waiting.splice(0, count)) this.bytes -= part.byteLength;
    this.first += count;
    this.sent = Math.max(this.sent, this.first);
  }

  // After a drop: the server goes on with this number. Says false when it is one that is not held any more.
  resume(following) {
    if (following < this.first || following > this.first + this.waiting.length) return false;
    this.acknowledge(following);
    this.sent = this.first;
    return true;
  }

  get behind() {
    return this.waiting.length;
  }
}

function numbered(seq, content) {
  const message = new Uint8Array(HEADER + content.byteLength);
  new DataView(message.buffer).setUint32(0, seq);
  message.set(content, HEADER);
  return message;
}
