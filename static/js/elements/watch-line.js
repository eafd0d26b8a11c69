// The line of a learner's page that watches by WebRTC. The server offers, the page answers; "lost" is told once, when the
// picture did not come or comes no more, whatever the reason: then the page watches the usual way.

import { stands } from "../kernel/whip.js";

const COMES_MS = 10_000; // a network that lets no UDP through says nothing at all
const KEEP_MS = 20_000;
const LOOK_MS = 2000;
const ASKED_MS = 8000;

export class WatchLine extends EventTarget {
  constructor(address, key) {
    super();
    Object.assign(this, { address, key, where: "", seen: [] });
  }

  async begin(video) {
    const peer = new RTCPeerConnection();
    const stream = new MediaStream();
    this.peer = peer;
    peer.addEventListener("track", ({ track }) => stream.addTrack(track));
    peer.addEventListener("connectionstatechange", () => peer.connectionState === "failed" && this.lose());
    this.waiter = setTimeout(() => this.lose(), COMES_MS);
    try {
      const offer = await this.ask("POST", this.address, { headers: { Authorization: `Bearer ${this.key}` } });
      this.where = offer.headers.get("Location");
      await peer.setRemoteDescription({ type: "offer", sdp: await offer.text() });
      await peer.setLocalDescription();
      await this.ask("PATCH", this.where, { headers: { "Content-Type": "application/sdp" }, body: peer.localDescription.sdp });
    } catch (error) {
      this.lose({ isFull: error.message === "409" });
      return;
    }
    if (this.isOver) {
      this.say("DELETE");
      return;
    }
    video.srcObject = stream;
    this.keeper = setInterval(() => this.keep(), KEEP_MS);
    this.looker = setInterval(() => this.look(peer), LOOK_MS);
  }

  async ask(method, address, options) {
    const answer = await fetch(address, { method, signal: AbortSignal.timeout(ASKED_MS), ...options });
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  }

  say(method) {
    if (this.where) fetch(this.where, { method, keepalive: true }).catch(() => null);
  }

  async keep() {
    const answer = await fetch(this.where, { cache: "no-store" }).catch(() => null);
    if (answer && answer.status < 500 && !answer.ok) this.lose();
  }

  // Do pictures and sound come, and whole?
  async look(peer) {
    const now = { packets: 0, lost: 0, frames: null };
    for (const stat of (await peer.getStats()).values()) {
      if (stat.type !== "inbound-rtp") continue;
      now.packets += stat.packetsReceived;
      now.lost += stat.packetsLost;
      if (stat.kind === "video") now.frames = stat.framesDecoded;
    }
    if (now.packets > 0) clearTimeout(this.waiter);
    this.seen = [...this.seen, now].slice(-4);
    if (!stands(this.seen)) this.lose();
  }

  lose(detail = {}) {
    if (this.isOver) return;
    this.leave();
    this.dispatchEvent(new CustomEvent("lost", { detail }));
  }

  leave() {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.waiter);
    clearInterval(this.keeper);
    clearInterval(this.looker);
    this.peer?.close();
    this.say("DELETE");
  }
}
