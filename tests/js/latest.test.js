import assert from "node:assert/strict";
import { test } from "node:test";

import { Latest, Pace } from "../../static/js/kernel/latest.js";

function latest() {
  let number = 0;
  return new Latest(() => `k${++number}`);
}

test("what was overtaken before it left is never sent", () => {
  const box = latest();
  box.put({ place: 1 });
  box.put({ place: 2 });
  assert.deepEqual(box.take(), { key: "k2", value: { place: 2 } });
  assert.equal(box.take(), null);
  box.acknowledge();
  assert.equal(box.isEmpty, true);
});

test("one at a time: what comes meanwhile waits", () => {
  const box = latest();
  box.put({ place: 1 });
  box.take();
  box.put({ place: 2 });
  assert.equal(box.take(), null);
  box.acknowledge();
  assert.equal(box.take().value.place, 2);
});

test("what did not arrive goes again under its key, unless something newer waits", () => {
  const box = latest();
  box.put({ place: 1 });
  const first = box.take();
  box.fail();
  assert.deepEqual(box.take(), first);
  box.put({ place: 2 });
  box.fail();
  assert.deepEqual(box.take(), { key: "k2", value: { place: 2 } });
});

test("a page that goes away sends the newest, whatever is under way", () => {
  const box = latest();
  box.put({ place: 1 });
  box.take();
  assert.equal(box.seize(), null);
  box.put({ place: 2 });
  const seized = box.seize();
  box.acknowledge();
  assert.deepEqual([seized.value.place, box.isEmpty], [2, true]);
  box.giveBack(seized);
  assert.deepEqual(box.take(), seized);
});

test("the same again is nothing new", () => {
  const box = latest();
  box.put({ place: 1 });
  box.take();
  box.acknowledge();
  box.put({ place: 1 });
  assert.equal(box.isEmpty, true);
});

test("a commit goes before the draft that is planned, and none within a pause of the last", () => {
  const pace = new Pace(2000);
  assert.equal(pace.ask(30000, 0), 30000);
  assert.equal(pace.ask(30000, 5000), null);
  assert.equal(pace.ask(0, 6000), 0);
  pace.fired();
  pace.sent(6000);
  assert.equal(pace.ask(0, 6500), 1500);
  assert.equal(pace.ask(0, 6600), null);
  pace.fired();
  assert.equal(pace.ask(10000, 8100), 10000);
});
