import assert from "node:assert/strict";
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
