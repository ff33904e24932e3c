// The form of a session from its load on. The hub is a function, and the browser's document is what the form uses of
// it.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { keepAttempt } from "../../../functions/checkout/web/form/attempt.js";
import { mountForm } from "../../../functions/checkout/web/form/form.js";
import { pt } from "../../../functions/checkout/web/form/texts/pt.js";
import { all, element, textOf } from "./document.mjs";

const NOW = Date.parse("2027-01-15T12:00:00.000Z");
const kept = new Map();
const listeners = {};

beforeEach(() => {
  globalThis.document = {
    visibilityState: "visible",
    createElement: element,
    addEventListener: (type, listener) => (listeners[type] = listener),
    removeEventListener() {},
  };
  globalThis.addEventListener = (type, listener) => (listeners[type] = listener);
  globalThis.removeEventListener = () => {};
  globalThis.sessionStorage = {
    setItem: (name, text) => kept.set(name, text),
    getItem: (name) => kept.get(name) ?? null,
    removeItem: (name) => kept.delete(name),
  };
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: NOW });
});
afterEach(() => {
  mock.timers.reset();
  kept.clear();
});

const LINK = {
  status: "created",
  isActive: true,
  payableUntil: "2027-01-31T12:00:00.000Z",
  activeCharge: null,
  attemptsLeft: 10,
  updatedAt: "1",
  hasCharge: false,
  amount: 100,
  currency: "BRL",
  paymentMethods: [{ paymentType: "pix" }, { paymentType: "boleto" }],
  paymentLink: "https://pay.example",
};
const PIX = { paymentType: "pix", qrCodeData: "0002", qrCodeImageUrl: "/qr", expiresIn: 3600 };
const DRIP = { paymentType: "drip", paymentUrl: "https://drip.example" };

const chargeOf = (status, paymentMethod, request = {}) => ({
  chargeId: "1",
  status,
  paymentMethod,
  transactionRequests: [{ idempotencyKey: "key", createdAt: new Date(NOW).toISOString(), ...request }],
});
const holding = (charge, more = {}) => ({
  link: { ...LINK, hasCharge: true, activeCharge: { id: charge.chargeId }, ...more },
  charge,
});

async function settle() {
  for (let round = 0; round < 10; round += 1) await new Promise((done) => setImmediate(done));
}

/** Lets time pass at the form's own pace: it asks the hub again in pauses. */
async function passes(ms) {
  for (let at = 0; at < ms; at += 5000) {
    mock.timers.tick(5000);
    await settle();
  }
}

/** A form at a hub that answers with `world.link` and `world.charge`, until a test changes them. */
async function opened(world) {
  const events = [];
  const asked = [];
  globalThis.fetch = async (address, { method }) => {
    const path = `${method} ${new URL(address).pathname.split("/").at(-1)}`;
    asked.push(path);
    const { heldUntil, ...status } = world.link;
    const answers = {
      "GET link": world.link,
      "GET status": status,
      "GET charge": world.charge,
    };
    const body = path === "POST charge" ? await world.pays() : answers[path];
    return { status: body ? 200 : 404, headers: new Headers(), text: async () => JSON.stringify(body ?? {}) };
  };
  const root = element("main");
  const context = {
    api: "https://pay.example",
    clientId: "client",
    sessionId: "session",
    publicKey: "key",
    locale: "pt",
    surface: "page",
  };
  mountForm(root, context, (name, detail) => events.push([name, detail]));
  await settle();
  const action = (name) => all(root).find((node) => node.attributes["data-action"] === name);
  return {
    root,
    asked,
    action,
    press: async (name) => {
      action(name).on.click();
      await settle();
    },
    submits: async () => {
      all(root)
        .find((node) => node.name === "form")
        .on.submit({ preventDefault() {} });
      await settle();
    },
    bubbles: (type) =>
      all(root)
        .find((node) => node.name === "form")
        .on[type](),
    reported: () => events.filter(([name]) => name.startsWith("payment")).map(([name, { status }]) => [name, status]),
    text: () => textOf(root),
    type: (values) => {
      for (const [name, value] of Object.entries(values)) {
        const input = all(root).find((node) => node.attributes.name === name);
        input.value = value;
        input.on.input();
      }
    },
  };
}

test("while a payment is made, the code of the one before cannot be shown", async () => {
  let answer;
  const world = {
    ...holding(chargeOf("pending", PIX)),
    pays: () => new Promise((resolve) => (answer = resolve)),
  };
  const form = await opened(world);
  assert.equal(form.root.dataset.state, "pix");
  await form.press("another");
  await form.press("stay");
  assert.equal(form.root.dataset.state, "pix");
  await form.press("another");
  form.type({ name: "Maria da Silva", email: "maria@example.com" });
  await form.submits();
  assert.ok(form.asked.includes("POST charge"));
  assert.equal(form.action("stay").inert, true);
  await form.press("stay");
  assert.equal(form.root.dataset.state, "choose");
  assert.ok(form.text().includes(pt.paying));
  answer(null);
});

test("the payment that a session has is reported when its form opens", async () => {
  for (const [charge, more, event] of [
    [chargeOf("pending", PIX), {}, ["paymentSuccess", "pending"]],
    [chargeOf("pending", DRIP), {}, ["paymentSuccess", "pending"]],
    [chargeOf("paid", PIX), { status: "paid", activeCharge: null }, ["paymentSuccess", "paid"]],
    [chargeOf("pre_authorized", { paymentType: "credit" }), {}, ["paymentSuccess", "pre_authorized"]],
    [chargeOf("failed", DRIP), { activeCharge: null }, ["paymentFailed", "failed"]],
  ]) {
    for (const attempt of [null, { key: "key", at: NOW }]) {
      if (attempt) keepAttempt("session", attempt);
      const form = await opened(holding(charge, more));
      assert.deepEqual(form.reported(), [event], `${charge.status} ${charge.paymentMethod.paymentType}`);
    }
  }
  for (const [charge, more] of [
    [chargeOf("pending", { paymentType: "credit" }), {}],
    [chargeOf("voided", PIX), { status: "voided", activeCharge: null }],
    [chargeOf("canceled", PIX), { activeCharge: null }],
  ]) {
    assert.deepEqual((await opened(holding(charge, more))).reported(), [], charge.status);
  }
});

test("a Pix that is paid in its last seconds is shown as paid, though it was said to be over", async () => {
  const expired = chargeOf("failed", PIX, { providerError: { declinedCode: "expired" } });
  for (const [more, state] of [
    [{}, "choose"],
    [{ payableUntil: "2027-01-15T11:00:00.000Z" }, "expired"],
    [{ attemptsLeft: 0 }, "used_up"],
  ]) {
    const world = holding(expired, { activeCharge: null, ...more });
    const form = await opened(world);
    assert.equal(form.root.dataset.state, state);
    Object.assign(world, holding(chargeOf("paid", PIX), { status: "paid", activeCharge: null, updatedAt: "2" }));
    await passes(60_000);
    assert.equal(form.root.dataset.state, "paid", state);
    assert.deepEqual(form.reported().at(-1), ["paymentSuccess", "paid"]);
  }
});

test("a form in which a shopper types asks the hub only when it is looked at again", async () => {
  const world = { link: LINK };
  const form = await opened(world);
  const before = form.asked.length;
  Object.assign(world, holding(chargeOf("paid", PIX), { status: "paid", updatedAt: "2" }));
  await passes(120_000);
  assert.equal(form.asked.length, before);
  assert.equal(form.root.dataset.state, "choose");
  listeners.visibilitychange();
  await passes(5000);
  assert.equal(form.root.dataset.state, "paid");
});

test("a payment of another tab that holds the session offers no other, and its end is its own", async () => {
  const boleto = { paymentType: "boleto", barcodeData: "9", barcodeImageUrl: "/b", expiresDate: "2027-01-20" };
  const world = { ...holding(chargeOf("pending", boleto)) };
  const form = await opened(world);
  assert.ok(form.action("another"));
  const held = { ...chargeOf("pending", PIX), chargeId: "2" };
  Object.assign(world, holding(held, { heldUntil: "2027-01-15T13:00:00.000Z", updatedAt: "2" }));
  await passes(60_000);
  assert.equal(form.root.dataset.state, "pix");
  assert.equal(form.action("another"), undefined);
  Object.assign(world, holding({ ...chargeOf("pending", DRIP), chargeId: "3" }, { updatedAt: "3" }));
  await passes(60_000);
  assert.equal(form.root.dataset.state, "drip");
  assert.ok(form.action("another"));
});

test("a page that is left keeps no card, unless it is being charged", async () => {
  const card = { cardNumber: "4929564637987814", cardHolderName: "MARIA", cardExpirationDate: "12/30", cardCvv: "320" };
  const paymentMethods = [{ paymentType: "credit", installments: 1 }];
  let answer;
  const pays = () => new Promise((resolve) => (answer = resolve));
  const form = await opened({ link: { ...LINK, paymentMethods }, pays });
  const typed = () =>
    Object.keys(card).map((name) => all(form.root).find((node) => node.attributes.name === name)?.value);
  form.type(card);
  listeners.pagehide();
  assert.deepEqual(typed(), ["", "MARIA", "", ""]);
  form.type(card);
  await form.submits();
  listeners.pagehide();
  assert.equal(typed().at(-1), "320");
  answer(chargeOf("paid", { paymentType: "credit" }));
  await settle();
});

test("the advice to check the fields ends with the last one that is wrong", async () => {
  const form = await opened({ link: LINK });
  await form.submits();
  assert.ok(form.text().includes(pt.check_fields));
  form.type({ name: "Maria da Silva" });
  form.bubbles("input");
  assert.ok(form.text().includes(pt.check_fields), "the e-mail address is still missing");
  form.type({ email: "maria@example.com" });
  form.bubbles("input");
  assert.ok(!form.text().includes(pt.check_fields));
});
