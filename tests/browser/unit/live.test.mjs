import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Lost } from "../../../functions/checkout/web/form/api.js";
import { watchStatus } from "../../../functions/checkout/web/form/live.js";

const STATUS = { status: "created", isActive: true, activeCharge: { id: "1" }, attemptsLeft: 9, updatedAt: "1" };
const settle = () => new Promise((done) => setImmediate(done));

test("a change of which nothing could be learned is asked for again", async () => {
  globalThis.document = { visibilityState: "visible", addEventListener() {}, removeEventListener() {} };
  globalThis.addEventListener ??= () => {};
  globalThis.removeEventListener ??= () => {};
  mock.timers.enable({ apis: ["setTimeout"] });
  const seen = [];
  const watcher = watchStatus(
    async () => ({ status: 200, body: STATUS }),
    async (status) => {
      seen.push(status.status);
      if (seen.length === 1) throw new Lost("no answer");
    },
    { known: "", wait: false, longest: 10000 },
  );
  for (let round = 0; round < 4; round += 1) {
    mock.timers.tick(10000);
    await settle();
  }
  watcher.stop();
  mock.timers.reset();
  assert.deepEqual(seen, ["created", "created"]);
});

test("an error of the form is no lost answer: the browser logs it", async (t) => {
  const looks = [];
  t.mock.method(globalThis, "setTimeout", (look) => looks.push(look));
  const watcher = watchStatus(
    async () => ({ status: 200, body: STATUS }),
    async () => {
      throw new TypeError("of the form");
    },
    { known: "", wait: false, longest: 10000 },
  );
  await assert.rejects(looks.shift()(), TypeError);
  assert.equal(looks.length, 1);
  watcher.stop();
});
