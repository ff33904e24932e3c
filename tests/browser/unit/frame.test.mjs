// The frame: what is in it beside the form.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { openFrame } from "../../../functions/checkout/web/frame.js";
import { PAGE_TEXTS } from "../../../functions/checkout/web/page-texts.js";
import { message } from "../../../functions/checkout/web/protocol.js";
import { all, element, textOf } from "./document.mjs";

const SHOP = "https://shop.example";
const shop = { postMessage() {} };
let receives;

beforeEach(() => {
  globalThis.window = { parent: shop };
  globalThis.location = { origin: "https://pay.example" };
  globalThis.addEventListener = (type, listener) => {
    if (type !== "message") return;
    receives = (name, body) => listener({ source: shop, origin: SHOP, data: message(name, body) });
  };
  globalThis.ResizeObserver = class {
    observe() {}
  };
  globalThis.fetch = () => new Promise(() => {});
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true, languages: [] }, configurable: true });
});

function opened(sandbox) {
  const root = Object.assign(element("html"), { style: { setProperty() {} } });
  Object.assign(root.dataset, { session: "1", client: "2", embedding: "any", sandbox });
  globalThis.document = { documentElement: root, createElement: element, body: element("body") };
  const main = element("main");
  main.querySelector = () => all(main).find((node) => node.attributes.class === "sandbox") ?? null;
  openFrame(main);
  receives("init", { publicKey: "3", clientId: "2", locale: "en" });
  return main;
}

test("the frame says that it is the sandbox, in the shopper's language", () => {
  const main = opened("true");
  assert.ok(textOf(main).includes(PAGE_TEXTS.en.sandbox));
  receives("locale", { locale: "es" });
  assert.ok(textOf(main).includes(PAGE_TEXTS.es.sandbox));
  assert.ok(!textOf(main).includes(PAGE_TEXTS.en.sandbox));
  assert.ok(all(main).some((node) => node.dataset.state === "loading"), "beside the form");
});

test("where real money moves the frame has the form alone", () => {
  const main = opened("false");
  for (const { sandbox } of Object.values(PAGE_TEXTS)) assert.ok(!textOf(main).includes(sandbox));
  assert.ok(all(main).some((node) => node.dataset.state === "loading"));
});
