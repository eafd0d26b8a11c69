// The line of a page that puts a live lesson on the air by WebRTC (WHIP): tenths of a second to the server, and a way that
// falls to the other line (live-line.js) where the network or the server does not carry it.

import { backOff } from "../kernel/words.js";
import { falls, verdict } from "../kernel/whip.js";

const OFFERED_MS = 15_000;
const GATHERED_MS = 2000;
const LOOK_MS = 4000;
const BROKEN_MS = 6000; // "disconnected" for so long does not come back by itself
const CONNECTED_MS = 12_000; // a network that lets no UDP through says nothing at all
const MOST_BITS = 2_000_000;

export class WhipLine extends EventTarget {
  constructor(address, key) {
    super();
    Object.assign(this, { address, key, peer: null, where: "", failures: 0, attempt: 0, isWanted: false });
  }

  tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  // Goes on the air with a picture, or with another one while on the air.
  begin(stream, source) {
    Object.assign(this, { stream, source, isWanted: true });
    this.looker ??= setInterval(() => this.look(), LOOK_MS);
    return this.publish();
  }

  async publish() {
    this.close();
    const peer = new RTCPeerConnection();
    this.peer = peer;
    this.connectedAt = null;
    peer.addEventListener("connectionstatechange", () => this.peer === peer && this.stands(peer.connectionState));
    this.waiter = setTimeout(() => this.peer === peer && this.failed(), OFFERED_MS + CONNECTED_MS);
    try {
      await this.offer(peer);
    } catch {
      if (this.peer === peer) this.failed();
    }
  }

  async offer(peer) {
    for (const track of this.stream.getTracks()) {
      const transceiver = peer.addTransceiver(track, { direction: "sendonly", streams: [this.stream] });
      if (track.kind === "video") await prepare(transceiver);
    }
    await peer.setLocalDescription();
    await gathered(peer);
    const answer = await fetch(`${this.address}?source=${this.source}`, {
      method: "POST",
      headers: { ...this.headers, "Content-Type": "application/sdp" },
      body: peer.localDescription.sdp,
      signal: AbortSignal.timeout(OFFERED_MS),
    });
    const words = await answer.text();
    if (this.peer !== peer) return;
    if (answer.status === 201) {
      this.where = answer.headers.get("Location");
      clearTimeout(this.waiter);
      this.waiter = setTimeout(() => this.peer === peer && this.failed(), CONNECTED_MS);
      await peer.setRemoteDescription({ type: "answer", sdp: words });
    } else if (falls(answer.status)) {
      this.fall();
    } else {
      this.stop("refused", { detail: words });
    }
  }

  get headers() {
    return { Authorization: `Bearer ${this.key}` };
  }

  stands(state) {
    if (state === "connected") {
      clearTimeout(this.waiter);
      this.connectedAt ??= performance.now();
      this.tell("live", { isNew: true });
    } else if (state === "disconnected") {
      this.tell("down", { isLossy: true });
      clearTimeout(this.waiter);
      this.waiter = setTimeout(() => this.failed(), BROKEN_MS);
    } else if (state === "failed") {
      this.failed();
    }
  }

  // Tries again, a little later each time; a line that never stands is given up.
  failed() {
    const stood = this.connectedAt === null ? 0 : performance.now() - this.connectedAt;
    this.failures = stood > 30_000 ? 1 : this.failures + 1;
    this.close();
    if (!this.isWanted) return;
    if (this.failures > 2) {
      this.fall();
      return;
    }
    this.tell("again");
    this.again = setTimeout(() => this.publish(), backOff(this.failures - 1, { first: 500, most: 4000 }));
  }

  // What the server says of this broadcast: another page may be on the air, or nobody forwards what is sent.
  async look() {
    const { peer, where } = this;
    if (!peer || !where) return;
    let told;
    try {
      const answer = await fetch(where, { headers: this.headers, cache: "no-store" });
      if (answer.status >= 500) return;
      told = answer.ok ? verdict(await answer.json(), this.connectedAt === null ? 0 : performance.now() - this.connectedAt) : { stop: "refused", detail: await answer.text() };
    } catch {
      return;
    }
    if (this.peer !== peer) return;
    if (told.stop) this.stop(told.stop, told);
    else if (told.falls) this.fall();
    else if (told.again) this.failed();
    else if (peer.connectionState === "connected") this.tell("progress", { behind: (await isPoor(peer)) ? 100 : 0 });
  }

  async finish() {
    const { where } = this;
    this.leave();
    if (where) await fetch(where, { method: "DELETE", headers: this.headers, keepalive: true }).catch(() => null);
  }

  fall() {
    this.leave();
    this.tell("fell");
  }

  stop(kind, detail) {
    this.leave();
    this.tell(kind, detail);
  }

  leave() {
    this.isWanted = false;
    clearInterval(this.looker);
    this.looker = null;
    this.close();
  }

  close() {
    clearTimeout(this.waiter);
    clearTimeout(this.again);
    const { peer } = this;
    this.peer = null;
    this.where = "";
    peer?.close();
  }
}

// H.264 goes on as it is; whatever else there is, the server encodes anew.
async function prepare(transceiver) {
  const { codecs } = RTCRtpSender.getCapabilities("video");
  const isFirst = ({ mimeType }) => mimeType.toLowerCase() === "video/h264";
  transceiver.setCodecPreferences([...codecs.filter(isFirst), ...codecs.filter((one) => !isFirst(one))]);
  const wanted = transceiver.sender.getParameters();
  wanted.degradationPreference = "maintain-resolution"; // a picture that changes its size is a new one to some players
  for (const encoding of wanted.encodings) encoding.maxBitrate = MOST_BITS;
  await transceiver.sender.setParameters(wanted).catch(() => null);
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return null;
  return new Promise((done) => {
    setTimeout(done, GATHERED_MS);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done());
  });
}

async function isPoor(peer) {
  for (const stat of (await peer.getStats()).values()) {
    if (stat.type === "outbound-rtp" && stat.kind === "video" && stat.qualityLimitationReason === "bandwidth")
      return stat.framesPerSecond < 8;
  }
  return false;
}
