import assert from "node:assert/strict";
import { test } from "node:test";
import { hubAddress, languageOf, message, safeAddress, typeOf } from "../../../functions/checkout/web/protocol.js";

test("a message of another protocol or version has no type", () => {
  assert.equal(typeOf(message("ready")), "ready");
  for (const other of [
    undefined,
    null,
    "ready",
    1,
    [],
    {},
    { type: "ready" },
    { catraca: 2, type: "ready" },
    { catraca: 1, type: 1 },
  ]) {
    assert.equal(typeOf(other), undefined);
  }
});

test("a body cannot change the type or the version of its message", () => {
  assert.deepEqual(message("state", { type: "init", catraca: 9, state: "paid" }), {
    catraca: 1,
    type: "state",
    state: "paid",
  });
});

test("the language is the first one that the checkout has", () => {
  assert.equal(languageOf([null, "de-DE", "es_MX", "en"]), "es");
  assert.equal(languageOf(["EN-gb"]), "en");
  assert.equal(languageOf(["fr", undefined]), "pt");
  assert.equal(languageOf([]), "pt");
});

test("a browser is sent to https, and to the hub itself", () => {
  const hub = "http://127.0.0.1:3000";
  assert.equal(safeAddress("https://drip.example/pay?id=1", hub), "https://drip.example/pay?id=1");
  assert.equal(safeAddress("http://127.0.0.1:3000/pay/1", hub), "http://127.0.0.1:3000/pay/1");
  for (const other of [
    "javascript:alert(1)",
    "data:text/html,x",
    "http://shop.example",
    "//evil.example",
    "",
    undefined,
    {},
    " javascript:x",
  ]) {
    assert.equal(safeAddress(other, hub), undefined);
  }
});

test("a hub is at http or https alone", () => {
  assert.equal(hubAddress("https://pay.example/x").origin, "https://pay.example");
  assert.equal(hubAddress("http://127.0.0.1:3000").origin, "http://127.0.0.1:3000");
  for (const address of ["javascript:alert(1)", "data:text/html,x", "about:blank", "ftp://pay.example", "x", ""]) {
    assert.equal(hubAddress(address), undefined, address);
  }
});

test("a browser without `URL.canParse` reads addresses too", (t) => {
  const { canParse } = URL;
  t.after(() => (URL.canParse = canParse));
  URL.canParse = undefined;
  assert.equal(hubAddress("https://pay.example").origin, "https://pay.example");
  assert.equal(safeAddress("https://drip.example/", "https://pay.example"), "https://drip.example/");
  assert.equal(safeAddress("x", "https://pay.example"), undefined);
});
