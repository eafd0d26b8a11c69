import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock, waitWords } from "../../static/js/kernel/countdown.js";

for (const [ms, words] of [
  [0, "00:00:00"],
  [-5000, "00:00:00"],
  [1, "00:00:01"],
  [59_000, "00:00:59"],
  [3_600_000, "01:00:00"],
  [86_399_000, "23:59:59"],
  [90_061_000, "1天 01:01:01"],
]) {
  test(`a wait of ${ms} ms is ${words}`, () => assert.equal(waitWords(ms), words));
}

test("a device whose clock is wrong counts by the server's", () => {
  let ticks = 500;
  const clock = new ServerClock(1_000_000, () => ticks);
  ticks += 2_000;
  assert.equal(clock.now(), 1_002_000);
});
