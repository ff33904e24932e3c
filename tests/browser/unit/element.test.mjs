// The element from its attributes on. Its document is what it uses of one; its frame's messages are those of a test.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { message } from "../../../functions/checkout/web/protocol.js";
import { all, element, textOf } from "./document.mjs";

const HUB = "https://pay.example";
const KEY = "0b8f5a52-6c39-4b2a-9d51-0f8a2f6c1e01";
const ATTRIBUTES = { "public-key": KEY, "client-id": KEY, "session-id": KEY, "api-url": HUB };

globalThis.HTMLElement = class extends EventTarget {
  isConnected = true;
  attributes = {};
  hasAttribute = (name) => name in this.attributes;
  getAttribute = (name) => this.attributes[name] ?? null;
  attachShadow = () => (this.root = element("root"));
};
globalThis.CSSStyleSheet = class {
  replaceSync() {}
};
globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
globalThis.getComputedStyle = () => ({ colorScheme: "normal" });
globalThis.location = { origin: "https://shop.example", href: "https://shop.example/basket" };
globalThis.addEventListener = () => {};
globalThis.document = {
  documentElement: { lang: "pt-BR" },
  createElement: (name) => Object.assign(element(name), { contentWindow: { postMessage() {} }, remove() {} }),
};
Object.defineProperty(globalThis, "navigator", { value: { languages: [] }, configurable: true });
const { CatracaCheckout } = await import("../../../functions/checkout/web/catraca-checkout.js");

let errors;
let lines;
beforeEach(() => {
  [errors, lines] = [[], []];
  mock.method(console, "error", (...words) => errors.push(words.join(" ")));
  mock.method(console, "info", (...words) => lines.push(words.join(" ")));
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** The element with these attributes in a page: `{states, frame, receives}`. */
async function opened(attributes) {
  const tag = new CatracaCheckout();
  const states = [];
  tag.addEventListener("paymentState", ({ detail }) => states.push(detail.state));
  tag.attributes = attributes;
  tag.connectedCallback();
  await Promise.resolve();
  const [frame] = tag.root.children;
  const receives = (type, body) =>
    tag.handleEvent({ type: "message", origin: HUB, source: frame.contentWindow, data: message(type, body) });
  return { root: tag.root, states, frame, receives };
}

test("an attribute of a wrong value is an error of the console, whose value is not repeated", async () => {
  for (const [name, value, error] of [
    ["public-key", "PUBLIC_KEY", "public-key is not the publicKey of a session"],
    ["public-key", "", "public-key is not the publicKey of a session"],
    ["client-id", "x-1", "client-id is not the id of an account"],
    ["session-id", "SESSION_ID", "session-id is not the id of a session"],
    ["api-url", "ftp://x-1", "api-url is not an address of http or https"],
    ["public-key", " sk_x-1", "public-key holds a secret key: take it out of the page, and rotate it"],
    ["client-id", "sk_x-1", "client-id holds a secret key: take it out of the page, and rotate it"],
  ]) {
    errors = [];
    const { frame } = await opened({ ...ATTRIBUTES, [name]: value });
    assert.equal(frame, undefined);
    assert.deepEqual(errors, [`catraca-checkout: ${error}`]);
  }
  errors = [];
  await opened({ "public-key": "x", "client-id": "x", "session-id": "x", "api-url": HUB });
  assert.equal(errors.length, 3);
});

test("an attribute that is absent is waited for, in silence", async () => {
  const { "public-key": _, ...rest } = ATTRIBUTES;
  assert.equal((await opened(rest)).frame, undefined);
  assert.deepEqual([errors, lines], [[], []]);
  await opened({ ...rest, debug: "true" });
  assert.deepEqual([errors, lines], [[], ["catraca-checkout: waiting for public-key"]]);
});

test("debug says what an event is about, and why no form opens, but no heights", async () => {
  const { receives } = await opened({ ...ATTRIBUTES, debug: "" });
  const error = { type: "failed" };
  receives("height", { height: 100 });
  receives("paymentFailed", { detail: { status: "failed", declinedCode: "expired_card", chargeId: "7", error } });
  receives("paymentFailed", { detail: { status: "failed", chargeId: null, error: { type: "409" } } });
  receives("paymentSuccess", { detail: { status: "paid", chargeId: "8", data: { publicKey: KEY } } });
  receives("state", { state: "closed" });
  assert.deepEqual(lines, [
    "catraca-checkout: paymentFailed failed expired_card 7",
    "catraca-checkout: paymentFailed failed 409",
    "catraca-checkout: paymentSuccess paid 8",
    "catraca-checkout: state closed",
    "catraca-checkout: the hub does not open this session with these public-key and client-id",
  ]);
});

test("a frame that never has a form is a failed state, an error that names both origins, and a sentence", async () => {
  const { root, states, frame } = await opened(ATTRIBUTES);
  frame.on.load();
  mock.timers.tick(10_000);
  assert.deepEqual(states, ["failed"]);
  assert.equal(errors.length, 1);
  for (const words of [HUB, "checkoutOrigins", "https://shop.example"]) assert.ok(errors[0].includes(words), words);
  assert.ok(!errors[0].includes(KEY));
  assert.match(textOf(root), /não carregou/);
  assert.ok(all(root).includes(frame), "its own sentence, if it has one, stays");
});

test("a frame that has its form is no failure", async () => {
  const { states, frame, receives } = await opened(ATTRIBUTES);
  frame.on.load();
  receives("ready");
  mock.timers.tick(10_000);
  assert.deepEqual([states, errors], [[], []]);
});
