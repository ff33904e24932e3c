// What the form does around one payment: which clock it uses, what it keeps, and what it says afterwards.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { keepAttempt, keptAttempt } from "../../../functions/checkout/web/form/attempt.js";
import { payOrder, searchPayment } from "../../../functions/checkout/web/form/paying.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";

const HOUR = 3_600_000;
const kept = new Map();
globalThis.sessionStorage = {
  setItem: (name, text) => kept.set(name, text),
  getItem: (name) => kept.get(name) ?? null,
  removeItem: (name) => kept.delete(name),
};
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
afterEach(() => kept.clear());

const STATE = { status: "created", isActive: true, activeCharge: null, attemptsLeft: 10, hasCharge: false };

/** A form whose hub answers a payment with `answer` and whose device is `ahead` of the hub. */
function form(answer, { learned = {}, screen = "choose", now = () => Date.now() } = {}) {
  const said = [];
  const paid = [];
  const it = {
    t: textsOf("en"),
    context: { sessionId: "session" },
    values: { cardNumber: "4000", cardCvv: "123" },
    state: learned.state ?? STATE,
    charge: learned.charge ?? null,
    said,
    paid,
    api: {
      now,
      status: async () => ({ status: 200, body: it.state }),
      charge: async () => ({ status: it.charge ? 200 : 404, body: it.charge }),
      pay: async (body, key) => {
        paid.push({ body, key, kept: keptAttempt("session") });
        return answer;
      },
    },
    choose: { setBusy() {} },
    say: (text) => said.push(text),
    emit() {},
    learnAll: async () => Object.assign(it, learned),
    draw: () => {
      it.name = screen;
      it.choose = screen === "choose" ? {} : null;
    },
  };
  return it;
}

test("an attempt is kept with the time at the hub, not the device's", async () => {
  const at = Date.now() + HOUR;
  const it = form({ status: 400, body: {} }, { now: () => at });
  await payOrder(it, { paymentType: "credit", body: {} });
  assert.equal(it.paid[0].kept.at, at);
});

test("whatever the device's clock shows, a payment that is long over at the hub is searched for once", async () => {
  keepAttempt("session", { key: "key", at: 0 });
  const it = form(null, { now: () => HOUR });
  await searchPayment(it, keptAttempt("session"));
  assert.equal(it.notice.words, "unmade");
  assert.equal(keptAttempt("session"), null);
});

test("a device that slept while the card was saved sends no payment when it wakes up", async () => {
  let slept = 0;
  const it = form({ status: 201, body: null }, { now: () => Date.now() + slept });
  const prepare = async () => {
    slept = 3 * HOUR;
    return {};
  };
  await payOrder(it, { paymentType: "credit", prepare });
  assert.deepEqual(it.paid, []);
  assert.equal(it.notice.words, "unmade");
});

test("what is said of another payment is never beside an end of the session", async () => {
  const taken = { status: 409, body: {} };
  const charge = { chargeId: "1", status: "pending", paymentMethod: { paymentType: "pix" }, transactionRequests: [] };
  const busy = { learned: { state: { ...STATE, activeCharge: { id: "1" }, hasCharge: true }, charge } };
  for (const screen of ["paid", "voided", "canceled", "expired", "used_up", "inactive"]) {
    const it = form(taken, { ...busy, screen });
    await payOrder(it, { paymentType: "credit", body: {} });
    assert.equal(it.said.at(-1), "", screen);
  }
  const it = form(taken, { ...busy, screen: "processing" });
  await payOrder(it, { paymentType: "credit", body: {} });
  assert.equal(it.said.at(-1), it.t.taken);
});

test("a card is kept for another try with it, and never its security code", async () => {
  for (const [declinedCode, cardNumber] of [
    ["invalid_cvv", "4000"],
    ["stolen_card", ""],
  ]) {
    const charge = {
      chargeId: "1",
      status: "failed",
      paymentMethod: { paymentType: "credit" },
      transactionRequests: [{ providerError: { declinedCode } }],
    };
    const it = form({ status: 201, body: charge });
    await payOrder(it, { paymentType: "credit", body: {} });
    assert.deepEqual([it.values.cardNumber, it.values.cardCvv], [cardNumber, ""], declinedCode);
  }
});
