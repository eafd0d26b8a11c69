// Times as people read them.

export function clockFace(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = String(total % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

export function minutesWords(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes} 分 ${seconds % 60} 秒` : `${seconds} 秒`;
}

// What is said aloud when little time is left to answer; nothing at other moments.
export function nearlyOver(seconds) {
  return [30, 10].includes(seconds) ? `还有 ${seconds} 秒。` : null;
}

export function backOff(attempt, { first = 1000, most = 30000 } = {}) {
  return Math.min(most, first * 2 ** Math.min(attempt, 10));
}
