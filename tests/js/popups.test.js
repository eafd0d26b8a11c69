import assert from "node:assert/strict";
import { test } from "node:test";
import { due, rightWords, secretWords, verdict } from "../../static/js/kernel/popups.js";

const popups = [{ id: "a", at: 5000 }, { id: "b", at: 9000 }];

test("a question is due when the playhead passes it", () => {
  assert.equal(due(popups, 4800, 5050).id, "a");
  assert.equal(due(popups, 5000, 5250), null);
  assert.equal(due(popups, 8900, 9000).id, "b");
});

test("a jump and a step back ask nothing", () => {
  assert.equal(due(popups, 0, 60000), null);
  assert.equal(due(popups, 6000, 4000), null);
});

test("the verdict is said in words, and what is right only if it was told", () => {
  assert.equal(verdict({ is_correct: true, earned_percent: 100 }), "答对了。");
  assert.equal(verdict({ is_correct: false, earned_percent: 50 }), "部分答对，得分 50%。");
  assert.equal(verdict({ is_correct: false, earned_percent: 0 }), "答错了。");
  assert.equal(rightWords({ right_options: ["b"], right_words: [] }, (id) => `选项${id}`), "正确答案：选项b");
  assert.equal(rightWords({ right_options: [], right_words: [] }, String), "");
  assert.match(secretWords({ asked_in: "测一测" }), /^测验“测一测”还会问到这道题/);
  assert.equal(secretWords({ asked_in: "" }), "");
});
