import assert from "node:assert/strict";
import { test } from "node:test";

import { Latest } from "../../static/js/kernel/latest.js";

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

test("the same again is nothing new", () => {
  const box = latest();
  box.put({ place: 1 });
  box.take();
  box.acknowledge();
  box.put({ place: 1 });
  assert.equal(box.isEmpty, true);
});
