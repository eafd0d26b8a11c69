// Which question of a film is due. Positions in ms.

// A step of the playhead that is longer than this is a jump: what lies inside it was not played.
export const LONGEST_STEP = 3000;

export function due(popups, from, to) {
  if (to <= from || to - from > LONGEST_STEP) return null;
  return popups.find((popup) => popup.at > from && popup.at <= to) ?? null;
}

export function verdict({ is_correct: isCorrect, earned_percent: earned }) {
  if (isCorrect) return "答对了。";
  return earned > 0 ? `部分答对，得分 ${earned}%。` : "答错了。";
}

// What is right, in words: the texts of the right options, or the lines of other questions; nothing while it is secret.
export function rightWords(review, textOf) {
  const words = [...review.right_options.map(textOf), ...review.right_words];
  return words.length ? `正确答案：${words.join("；")}` : "";
}

// Why nothing is said of what is right: a quiz still asks it.
export function secretWords({ asked_in: quiz }) {
  return quiz ? `测验“${quiz}”还会问到这道题，那次测验及格或次数用完后，测验页面显示正确答案和解析。` : "";
}
