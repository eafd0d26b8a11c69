import assert from "node:assert/strict";
import { test } from "node:test";

import { CaptionVoice } from "../../static/js/kernel/captions.js";

const line = (id) => ({ id, text: id });

test("new lines are said together, no more often than every five seconds", () => {
  const voice = new CaptionVoice();
  voice.hear([line("a")]);
  assert.equal(voice.words(0), "");
  voice.hear([line("a"), line("b")]);
  assert.equal(voice.words(1000), "b");
  voice.hear([line("b"), line("c")]);
  voice.hear([line("c"), line("d")]);
  assert.equal(voice.words(5999), "");
  assert.equal(voice.words(6000), "c d");
  assert.equal(voice.words(20000), "");
});

test("of many only the newest are said", () => {
  const voice = new CaptionVoice();
  voice.hear([]);
  for (const id of ["a", "b", "c", "d", "e"]) voice.hear([line(id)]);
  assert.equal(voice.words(0), "c d e");
});
