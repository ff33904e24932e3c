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
    emitted: [],
    emit: (name, { status, message }) => it.emitted.push([name, status, message]),
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

const PAID = { chargeId: "2", status: "paid", paymentMethod: { paymentType: "credit" }, transactionRequests: [] };

/** A form that learns of another tab's `charge` after its own attempt. */
function beside(answer, charge, state, more) {
  const it = form(answer, more);
  it.learnAll = async () => Object.assign(it, { charge, state: { ...STATE, ...state } });
  return it;
}

test("a payment that another tab made is reported, whether this one was refused or unmade", async () => {
  const pix = { ...PAID, status: "pending", paymentMethod: { paymentType: "pix" } };
  for (const [charge, state] of [
    [PAID, { status: "paid" }],
    [{ ...PAID, status: "pre_authorized" }, { activeCharge: { id: "2" } }],
    [pix, { activeCharge: { id: "2" } }],
  ]) {
    const refused = beside({ status: 400, body: {} }, charge, state);
    await payOrder(refused, { paymentType: "credit", body: {} });
    assert.deepEqual(refused.emitted, [["paymentSuccess", charge.status, undefined]]);
    const unmade = beside(null, charge, state, { now: () => HOUR });
    await searchPayment(unmade, { key: "key", at: 0 });
    assert.deepEqual(unmade.emitted, [["paymentSuccess", charge.status, undefined]]);
  }
});

test("a refusal is reported as one, also where another tab's payment was declined or canceled", async () => {
  for (const charge of [null, { ...PAID, status: "failed" }, { ...PAID, status: "canceled" }]) {
    const it = beside({ status: 400, body: {} }, charge, {});
    await payOrder(it, { paymentType: "credit", body: {} });
    assert.deepEqual(it.emitted, [["paymentFailed", "failed", it.t.refused]]);
  }
});

test("where the search is refused, the form is closed, says nothing of a charge, and keeps the attempt", async () => {
  const attempt = { key: "key", at: 0 };
  keepAttempt("session", attempt);
  const it = form(null, { now: () => HOUR });
  it.api.status = async () => ({ status: 401, body: {} });
  await searchPayment(it, attempt);
  assert.equal(it.isClosed, true);
  assert.equal(it.notice, null);
  assert.deepEqual(it.emitted, []);
  assert.deepEqual(keptAttempt("session"), attempt);
});

test("another payment is said to be in progress only where there is one", async () => {
  const it = form({ status: 409, body: {} });
  it.api.status = async () => ({ status: 200, body: STATE });
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (done) => setTimeout(done, 0);
  await payOrder(it, { paymentType: "credit", body: {} });
  globalThis.setTimeout = setTimeout;
  assert.equal(it.notice.words, "refused");
});

test("no end of an earlier payment is left where nothing could be learned after this one", async () => {
  const pix = { ...PAID, status: "pending", paymentMethod: { paymentType: "pix" } };
  const it = form({ status: 201, body: pix }, { learned: {} });
  it.state = { ...STATE, heldUntil: "2027-01-15T12:00:00.000Z" };
  await payOrder(it, { paymentType: "pix", body: {} });
  assert.equal(it.state.heldUntil, null);
});
