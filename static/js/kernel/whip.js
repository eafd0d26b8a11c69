// What a page that publishes by WHIP makes of the server's answers.

export const UNHEARD_MS = 30_000; // nobody forwards what is sent: the process that pulls is not there

// Whether the other way is tried: the server for this one is away, or there is none. All else is a refusal with words.
export function falls(status) {
  return status >= 500 || status === 404;
}

// What to do about how the broadcast stands: `stop` with words, `falls` to the other way, `again`, or nothing.
export function verdict({ is_open: isOpen, end, state, is_heard: isHeard, detail }, stoodMs) {
  if (state === "ended" || state === "cancelled") return { stop: "bye", code: "live_ended", detail: "这次直播课已经结束。" };
  if (isOpen) return !isHeard && stoodMs > UNHEARD_MS ? { falls: true } : {};
  if (detail) return { stop: "bye", code: end, detail };
  if (end === "replaced")
    return { stop: "bye", code: "taken_over", detail: "这次直播课已经在另一个页面或设备上开播，本页已停止。" };
  return { again: true };
}

// Whether a watched line still brings its picture: looked at every two seconds, the last four looks. Nothing at all for three
// of them, or every tenth packet lost, is a line for the usual way, which waits for what is late.
export function stands(seen) {
  if (seen.length < 4 || seen[0].packets === 0) return true;
  const [first, last] = [seen[0], seen[seen.length - 1]];
  const packets = last.packets - first.packets;
  const hasStopped = packets === 0 || (last.frames !== null && last.frames === first.frames);
  return !hasStopped && last.lost - first.lost < 0.1 * packets;
}
