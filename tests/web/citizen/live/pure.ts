// What needs no browser: the rules of the sender, run by `node --test` (test_pure.py bundles this first).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Chain } from "../../../../web/citizen/scripts/live/chain";
import { chooseFormat } from "../../../../web/citizen/scripts/live/format";
import { fromTip, invitationIn } from "../../../../web/citizen/scripts/live/invitation";
import { Ladder, RUNGS } from "../../../../web/citizen/scripts/live/ladder";
import { insideAnApp, obstacle } from "../../../../web/citizen/scripts/live/platform";

const CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
const SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const CHROME_ON_IPHONE = SAFARI.replace("Version/18.1", "CriOS/140.0");
const FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";
const everything = () => true;

test("each browser records what was proven there, and Chromium never MP4", () => {
  assert.deepEqual(chooseFormat(everything, CHROME, true), { mime: "video/webm;codecs=vp8,opus", slice: 250 });
  assert.deepEqual(chooseFormat(everything, CHROME, false), { mime: "video/webm;codecs=vp8", slice: 250 });
  assert.match(chooseFormat(everything, FIREFOX, true)!.mime, /^video\/webm/);
  for (const agent of [SAFARI, CHROME_ON_IPHONE]) {
    assert.deepEqual(chooseFormat(everything, agent, true), { mime: "video/mp4;codecs=avc1.42E01E,mp4a.40.2", slice: 1000 });
  }
  assert.equal(chooseFormat((mime) => mime.startsWith("video/mp4"), CHROME, true), null);
  assert.equal(chooseFormat((mime) => mime === "video/mp4", SAFARI, false)!.slice, 1000);
});

test("the chain is the one that the contract names, whatever the chunks", async () => {
  for (const chunks of [[], [""], ["a"], ["a", "b", "ccc"], ["x".repeat(100_000), "y"]]) {
    const chain = new Chain();
    let link = Buffer.alloc(32);
    for (const chunk of chunks.map((text) => Buffer.from(text))) {
      chain.add(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.byteLength) as ArrayBuffer);
      link = sha256(Buffer.concat([link, sha256(chunk)]));
    }
    assert.equal(await chain.hex(), link.toString("hex"));
    assert.deepEqual(chain.lengths, chunks.map(({ length }) => length));
  }
});

function sha256(bytes: Buffer): Buffer<ArrayBuffer> {
  return Buffer.from(createHash("sha256").update(bytes).digest());
}

const EASY = { behind: 100, bytesPerSecond: 2_000_000, backlog: false };
const LATE = { behind: 2_000, bytesPerSecond: 125_000, backlog: false };

test("a line that carries less gets a picture that fits it with room to spare, at once", () => {
  const ladder = new Ladder(0);
  assert.equal(ladder.changes({ ...LATE, now: 1_000 }), false, "too soon to tell");
  assert.equal(ladder.changes({ ...LATE, now: 4_000 }), true);
  assert.ok(ladder.rung.bits <= 0.75 * 8 * LATE.bytesPerSecond);
  assert.equal(ladder.changes({ ...LATE, now: 5_000 }), false, "the step is given time");
});

test("it goes down step by step to the last, and there it stays", () => {
  const ladder = new Ladder(0);
  const seen = [];
  for (let now = 4_000; now < 60_000; now += 4_000) {
    if (ladder.changes({ now, behind: 3_000, bytesPerSecond: null, backlog: true })) seen.push(ladder.rung.bits);
  }
  assert.equal(seen.at(-1), RUNGS.at(-1)!.bits);
  assert.equal(new Set(seen).size, seen.length);
});

test("it goes up only after a calm while, and waits longer each time that was too soon", () => {
  const ladder = new Ladder(0);
  const waits: number[] = [];
  let now = 4_000;
  ladder.changes({ ...LATE, now });
  for (let round = 0; round < 3; round += 1) {
    const since = now;
    while (!ladder.changes({ ...EASY, now })) now += 1_000;
    waits.push(now - since);
    now += 4_000;
    assert.equal(ladder.changes({ ...LATE, now }), true);
  }
  assert.ok(waits[0]! >= 15_000);
  assert.ok(waits[1]! > waits[0]! && waits[2]! > waits[1]!, String(waits));
});

test("nobody asks for more while something waits", () => {
  const ladder = new Ladder(0);
  ladder.changes({ ...LATE, now: 4_000 });
  for (let now = 5_000; now < 120_000; now += 1_000) {
    assert.equal(ladder.changes({ ...EASY, backlog: true, now }), false);
  }
});

test("whatever is seen, it is a rung, and two steps are three seconds apart", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let walk = 0; walk < 200; walk += 1) {
    const ladder = new Ladder(0);
    let [now, last] = [0, 0];
    for (let step = 0; step < 200; step += 1) {
      now += random() * 1_000;
      const bytesPerSecond = random() < 0.1 ? null : random() * 1_000_000;
      const changed = ladder.changes({ now, behind: random() * 6_000, bytesPerSecond, backlog: random() < 0.3 });
      assert.ok(RUNGS.includes(ladder.rung));
      if (!changed) continue;
      assert.ok(now - last >= 3_000);
      last = now;
    }
  }
});

test("an address carries a link's code, nine words, or nothing", () => {
  assert.deepEqual(invitationIn(""), {});
  assert.deepEqual(invitationIn("#ABCD-EFGH-JKMN-PQRS"), { link: "ABCD-EFGH-JKMN-PQRS" });
  const words = "t-shirt bravo charlie delta echo foxtrot golf hotel india";
  assert.deepEqual(invitationIn(`#${encodeURIComponent(words)}`), { receipt: words });
  assert.deepEqual(invitationIn(`#${words.replace(/ /g, "+")}`), { receipt: words });
  assert.deepEqual(invitationIn(fromTip("A".repeat(43))), { tip: "A".repeat(43) });
  assert.deepEqual(invitationIn(fromTip("short")), {});
  assert.deepEqual(invitationIn("#%E0%A4%A"), {});
  assert.deepEqual(invitationIn("#main"), {});
});

test("a browser inside an app is told to be left only where something is missing", () => {
  const able = { agent: SAFARI, secure: true, camera: true, recorder: true, storage: true };
  assert.equal(obstacle(able), null);
  assert.equal(obstacle({ ...able, secure: false, camera: false }), "notSecure");
  assert.equal(obstacle({ ...able, camera: false }), "unsupported");
  assert.equal(obstacle({ ...able, agent: `${SAFARI} [FBAN/FBIOS;FBAV/490.0]`, recorder: false }), "inApp");
  assert.ok(insideAnApp("Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Chrome/140.0.0.0"));
  assert.ok(![CHROME, SAFARI, FIREFOX, CHROME_ON_IPHONE].some(insideAnApp));
});
