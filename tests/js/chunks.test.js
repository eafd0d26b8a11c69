import assert from "node:assert/strict";
import { test } from "node:test";

import { ChunkWindow, HEADER } from "../../static/js/kernel/chunks.js";
import { deviceWords, recorderType } from "../../static/js/kernel/recorders.js";

const held = (more = {}) => new ChunkWindow({ largest: 10 + HEADER, window: 3, most: 100, ...more });
const bytes = (count, value = 1) => new Uint8Array(count).fill(value);
const numbers = (messages) => messages.map((message) => new DataView(message.buffer).getUint32(0));

test("a long piece is cut to what the server takes, and every message has its number", () => {
  const box = held();
  box.add(bytes(25, 7));
  const messages = box.next();
  assert.deepEqual(numbers(messages), [0, 1, 2]);
  assert.deepEqual(messages.map((one) => one.byteLength), [14, 14, 9]);
  assert.equal(messages[2][HEADER], 7);
});

test("no more is under way than the window holds", () => {
  const box = held();
  box.add(bytes(60));
  assert.deepEqual(numbers(box.next()), [0, 1, 2]);
  assert.deepEqual(box.next(), []);
  box.acknowledge(2);
  assert.deepEqual(numbers(box.next()), [3, 4]);
});

test("after a drop it goes on where the server is, and sends nothing twice that is there", () => {
  const box = held();
  box.add(bytes(50));
  box.next();
  assert.equal(box.resume(1), true);
  assert.deepEqual(numbers(box.next()), [1, 2, 3]);
});

test("what was acknowledged is not held, and cannot be asked for again", () => {
  const box = held();
  box.add(bytes(50));
  box.next();
  box.acknowledge(3);
  assert.equal(box.behind, 2);
  assert.equal(box.resume(2), false);
  assert.equal(box.resume(9), false);
  assert.equal(box.resume(3), true);
});

test("a line that stays away fills it up: from then on the recording must begin anew", () => {
  const box = held();
  assert.equal(box.add(bytes(90)), true);
  assert.equal(box.add(bytes(20)), false);
  assert.equal(box.isFull, true);
  box.begin();
  assert.deepEqual([box.isFull, box.behind, box.bytes], [false, 0, 0]);
});

test("an old acknowledgement changes nothing", () => {
  const box = held();
  box.add(bytes(30));
  box.next();
  box.acknowledge(2);
  box.acknowledge(1);
  assert.equal(box.first, 2);
});

test("whatever is dropped and resumed, every byte arrives once and in order", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed;
    const dice = (sides) => (state = (state * 48271) % 2147483647) % sides;
    const box = held({ most: 100_000 });
    const server = [];
    let made = 0;
    for (let step = 0; step < 80; step += 1) {
      const what = dice(4);
      if (what === 0) box.add(Uint8Array.from({ length: dice(30) }, () => made++ % 251));
      else if (what === 1) box.resume(server.length);
      else {
        const messages = box.next();
        const arrived = what === 2 ? messages : messages.slice(0, dice(3)); // the line may break in between
        for (const one of arrived) if (new DataView(one.buffer).getUint32(0) === server.length) server.push(one.subarray(HEADER));
        if (arrived.length < messages.length) box.resume(server.length);
        else box.acknowledge(server.length);
      }
    }
    box.resume(server.length);
    while (box.behind) {
      for (const one of box.next()) server.push(one.subarray(HEADER));
      box.acknowledge(server.length);
    }
    const whole = server.flatMap((part) => [...part]);
    assert.deepEqual(whole, Array.from({ length: made }, (_, at) => at % 251), `seed ${seed}`);
  }
});

test("H.264 is asked for first, VP8 where there is nothing else", () => {
  assert.match(recorderType(true, () => true), /avc1/);
  assert.equal(recorderType(true, (type) => type.includes("vp8")), "video/webm;codecs=vp8,opus");
  assert.match(recorderType(false, () => true), /^audio/);
  assert.equal(recorderType(true, () => false), "");
});

for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "TypeError"])
  for (const source of ["camera", "screen", "sound"])
    test(`${name} of ${source} says what to do`, () => assert.match(deviceWords(name, source), /请/));
