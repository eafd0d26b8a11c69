import assert from "node:assert/strict";
import { test } from "node:test";

import { browserFault, isWeChat, lineWords, megabits, openWords, sumWords } from "../../static/js/kernel/devices.js";

const SOUND = { isSecure: true, hasSockets: true, hasPlayer: true, hasDevices: true, inWeChat: false };

test("a browser that can all is no fault, one that cannot is told what to do", () => {
  assert.equal(browserFault(SOUND), "");
  assert.match(browserFault({ ...SOUND, isSecure: false }), /https/);
  assert.match(browserFault({ ...SOUND, hasPlayer: false }), /升级浏览器/);
});

test("each reason why a device stays shut has its own words", () => {
  const said = [
    openWords("NotAllowedError", "picture", SOUND),
    openWords("NotFoundError", "sound", SOUND),
    openWords("NotReadableError", "picture", SOUND),
    openWords("", "picture", { ...SOUND, isSecure: false }),
    openWords("", "sound", { ...SOUND, hasDevices: false, inWeChat: true }),
    openWords("NotAllowedError", "picture", { ...SOUND, inWeChat: true }),
  ];
  assert.equal(new Set(said).size, said.length);
  assert.match(said[0], /没有允许使用摄像头/);
  assert.match(said[1], /没有找到麦克风/);
  assert.match(said[2], /占用/);
  assert.match(said[3], /https/);
  assert.match(said[4], /在浏览器打开/);
  assert.match(said[5], /系统设置/);
});

test("WeChat is known by its user agent", () => {
  assert.equal(isWeChat("Mozilla/5.0 MicroMessenger/8.0.76"), true);
  assert.equal(isWeChat("Mozilla/5.0 Chrome/156"), false);
});

test("speed is bits by time", () => {
  assert.equal(megabits(500_000, 1000), 4);
  assert.equal(megabits(500_000, 0), 0);
});

for (const [line, teaches, tone] of [
  [{ down: 2, up: 2 }, true, "ok"],
  [{ down: 20, up: 1.9 }, true, "warn"],
  [{ down: 20, up: 0.19 }, true, "bad"],
  [{ down: 2, up: 0.1 }, false, "ok"],
  [{ down: 1.9, up: 0.1 }, false, "warn"],
  [{ down: 0.1, up: 0.1 }, false, "bad"],
])
  test(`a line of ${line.down} and ${line.up} Mbit/s is ${tone} ${teaches ? "to teach" : "to learn"}`, () => {
    assert.equal(lineWords(line, teaches).tone, tone);
  });

test("the sum names faults first, then what is left, then that all is well", () => {
  const must = ["browser", "line"];
  assert.equal(sumWords({ browser: "ok" }, must).tone, "");
  assert.equal(sumWords({ browser: "ok", line: "warn" }, must).tone, "warn");
  assert.equal(sumWords({ browser: "ok", line: "ok" }, must).tone, "ok");
  assert.match(sumWords({ browser: "ok", line: "bad", camera: "bad" }, must).words, /有2项/);
});
