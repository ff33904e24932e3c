// A card that is saved before it pays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { creditPanel } from "../../../functions/checkout/web/form/credit.js";
import { forgetCard } from "../../../functions/checkout/web/form/paying.js";
import { screenNamed } from "../../../functions/checkout/web/form/screens.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";
import { element, textOf } from "./document.mjs";

globalThis.document = { createElement: element };

test("the paid screen says that the card may not be saved, and only then", () => {
  const t = textsOf("en");
  const shown = (isUnsaved) =>
    textOf(screenNamed("paid", { t, values: { isUnsaved }, context: {}, amount: "R$ 1.00" }).node);
  assert.ok(shown(true).includes(t.save_failed));
  assert.ok(!shown(false).includes(t.save_failed));
});

const CARD = { cardNumber: "4000000000000010", cardCvv: "320", cardExpirationDate: "12/30", cardHolderName: "MARIA" };

/** Pays by a card that is saved, in a session that names no customer or this one: `pay(values)` gives what is sent. */
function saver(link) {
  const values = { email: "maria@example.com", card: "new", save: true };
  const registered = [];
  const api = {
    token: async () => ({ status: 201, body: { tokenId: "token" } }),
    saveCard: async () => ({ status: 201, body: { id: "card" } }),
    register: async ({ email }) => {
      registered.push(email);
      return { status: 201, body: { id: `customer ${registered.length}` } };
    },
    linkCard: async () => ({ status: 204, body: null }),
  };
  const view = {
    t: textsOf("en"),
    values,
    link: { amount: 100, currency: "BRL", ...link },
    cards: [],
    now: () => 0,
    context: { surface: "frame", embedding: "named" },
    say() {},
  };
  const pay = async (changes) => {
    forgetCard(values);
    Object.assign(values, CARD, changes);
    return (await creditPanel(view, { installments: 1 }).order().prepare(api, "key")).customerId;
  };
  return { pay, registered };
}

test("a second card of the same shopper is saved for the same customer", async () => {
  const { pay, registered } = saver({});
  assert.equal(await pay({}), "customer 1");
  assert.equal(await pay({ cardNumber: "4000000000000028" }), "customer 1");
  assert.equal(await pay({ email: "ana@example.com" }), "customer 2");
  assert.deepEqual(registered, ["maria@example.com", "ana@example.com"]);
});

test("a card is saved for the customer that the session names, whom the payment need not name", async () => {
  const { pay, registered } = saver({ customerId: "named" });
  assert.equal(await pay({}), undefined);
  assert.deepEqual(registered, []);
});
