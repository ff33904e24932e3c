import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dripReturn } from "../../../functions/checkout/web/form/drip.js";

test("a shopper comes back from Drip to the page, without its query where the hub would refuse its length", () => {
  const back = (returnUrl) => dripReturn({}, { returnUrl });
  const short = "https://shop.example/order?id=1";
  assert.deepEqual(back(short), { successRedirectUrl: short, cancelRedirectUrl: short });
  const long = `https://shop.example/order?${"x".repeat(2048)}`;
  assert.equal(back(long).successRedirectUrl, "https://shop.example/order");
  assert.equal(back(long).cancelRedirectUrl, "https://shop.example/order");
  assert.equal(back(undefined), null);
});

test("an address is too long here where it is at the hub", () => {
  const source = readFileSync(new URL("../../../shared/domain/src/method/drip.rs", import.meta.url), "utf8");
  const [, longest] = /MAX_URL: usize = (\d+);/.exec(source);
  const address = (length) => `https://shop.example/?${"x".repeat(length - 22)}`;
  const back = (length) => dripReturn({}, { returnUrl: address(length) }).successRedirectUrl.length;
  assert.equal(back(Number(longest)), Number(longest));
  assert.ok(back(Number(longest) + 1) < 30);
});
