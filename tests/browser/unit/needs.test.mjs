// What is asked of a shopper, and what the merchant's page learns.

import assert from "node:assert/strict";
import { test } from "node:test";

import { groupLine } from "../../../functions/checkout/web/form/boleto.js";
import { dripReturn } from "../../../functions/checkout/web/form/drip.js";
import { failureDetail, successDetail } from "../../../functions/checkout/web/form/events.js";
import { customerOf, isMetBy, neededOf } from "../../../functions/checkout/web/form/needs.js";
import { imageAddress } from "../../../functions/checkout/web/form/parts.js";
import { timeLeft } from "../../../functions/checkout/web/form/pix.js";
import { saveCard, savedChoices, takesSavedCards } from "../../../functions/checkout/web/form/saved.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";

const LINK = { shopperNeeds: { pix: ["name", "document", "phoneNumber"], drip: ["name", "document.cpf", "email"] } };
const VALUES = {
  name: " Ana ",
  email: "ana@example.com",
  document: "729.120.530-13",
  phoneNumber: "21 98889-9999",
  street: "Rua A",
  streetNumber: "1",
  complement: "",
  district: "Centro",
  city: "Rio",
  state: "RJ",
  zipCode: "20010-000",
};

test("a shopper is asked for a customer's name and e-mail address, and for what a provider needs", () => {
  assert.deepEqual(neededOf({}, "pix"), ["name", "email"]);
  assert.deepEqual(neededOf(LINK, "boleto"), ["name", "email"]);
  assert.deepEqual(neededOf(LINK, "pix").sort(), ["document", "email", "name", "phoneNumber"]);
  assert.deepEqual(neededOf(LINK, "drip").sort(), ["address", "document.cpf", "email", "name"]);
});

test("what is not needed is not sent", () => {
  assert.deepEqual(customerOf(VALUES, neededOf({}, "pix")), {
    name: "Ana",
    email: "ana@example.com",
    phoneNumber: " ",
    document: { type: "noDocument" },
    address: undefined,
  });
  const whole = customerOf(VALUES, neededOf(LINK, "drip"));
  assert.deepEqual(whole.document, { type: "cpf", number: "72912053013" });
  assert.equal(whole.address.country, "BR");
  assert.equal(whole.address.zipCode, "20010-000");
  assert.equal(whole.phoneNumber, " ");
});

test("a stored customer is asked for what is not known of it", () => {
  const known = { name: "Jose", email: "jose@example.com", phoneNumber: "21", document: { type: "noDocument" } };
  assert.deepEqual(customerOf(VALUES, ["document"], known), {
    ...known,
    document: { type: "cpf", number: "72912053013" },
    address: undefined,
  });
  assert.equal(customerOf(VALUES, ["phoneNumber"], { ...known, address: { city: "Rio" } }).address.city, "Rio");
});

test("a stored customer pays without a question where it has what is needed", () => {
  const customer = customerOf(VALUES, ["name", "email", "document", "phoneNumber", "address"]);
  for (const need of ["name", "email", "document", "document.cpf", "phoneNumber", "address"]) {
    assert.ok(isMetBy(customer, [need]), need);
  }
  assert.ok(!isMetBy({ ...customer, document: { type: "cnpj" } }, ["document.cpf"]));
  assert.ok(!isMetBy({ ...customer, document: { type: "noDocument" } }, ["document"]));
  assert.ok(!isMetBy({ ...customer, phoneNumber: " " }, ["phoneNumber"]));
  assert.ok(!isMetBy({ ...customer, address: null }, ["address"]));
  assert.ok(!isMetBy({ ...customer, address: { ...customer.address, city: null } }, ["address"]));
  assert.ok(!isMetBy(customer, ["something.new"]));
});

test("saved cards are for the frame of a page that the merchant names, never for a link", () => {
  const named = { surface: "frame", embedding: "named" };
  assert.ok(takesSavedCards(named, { paymentLink: "" }));
  assert.ok(!takesSavedCards(named, { paymentLink: "https://pay.example/pay/1#2" }));
  assert.ok(!takesSavedCards({ surface: "frame", embedding: "any" }, { paymentLink: "" }));
  assert.ok(!takesSavedCards({ surface: "page", embedding: "named" }, { paymentLink: "" }));
});

test("a saved card that has expired is shown and cannot be chosen; one that failed is not shown", () => {
  const card = { brand: "Visa", last4digits: "0010", expirationMonth: "06", expirationYear: "2028", status: "active" };
  const cards = [
    { ...card, id: "1" },
    { ...card, id: "2", expirationYear: "2020" },
    { ...card, id: "3", status: "failed" },
  ];
  const choices = savedChoices(cards, textsOf("en"), Date.parse("2027-01-01T00:00:00Z"));
  assert.deepEqual(
    choices.map(({ value, disabled }) => [value, disabled]),
    [
      ["1", false],
      ["2", true],
    ],
  );
  assert.equal(choices[0].label, "Visa ending in 0010, expires 06/2028");
});

/** The routes that save a card; `refused` is one that answers 400. */
function savingApi(refused) {
  const asked = [];
  const route =
    (name, body) =>
    async (...sent) => {
      asked.push([name, ...sent]);
      return name === refused ? { status: 400, body: {} } : { status: 201, body };
    };
  return {
    asked,
    token: route("token", { tokenId: "token-id" }),
    saveCard: route("saveCard", { id: "card-id" }),
    register: route("register", { id: "customer-id" }),
    linkCard: route("linkCard", null),
  };
}

test("a card is saved by a token, a card and a link to the session's customer or to a new one", async () => {
  const order = { card: { cardHolderName: "ANA" }, values: { email: "ana@example.com" } };
  const api = savingApi();
  assert.deepEqual(await saveCard(api, order, "key"), { cardId: "card-id", customerId: "customer-id" });
  assert.deepEqual(
    api.asked.map(([name]) => name),
    ["token", "saveCard", "register", "linkCard"],
  );
  assert.equal(new Set(api.asked.map((sent) => sent.at(-1))).size, 4, "a key each");
  const named = savingApi();
  assert.deepEqual(await saveCard(named, { ...order, customerId: "named" }, "key"), {
    cardId: "card-id",
    customerId: "named",
  });
  assert.deepEqual(
    named.asked.map(([name]) => name),
    ["token", "saveCard", "linkCard"],
  );
});

test("a card that cannot be saved is none", async () => {
  for (const refused of ["token", "saveCard", "register", "linkCard"]) {
    assert.equal(await saveCard(savingApi(refused), { card: {}, values: {} }, "key"), null, refused);
  }
});

test("Drip returns to the session's pages, or to the page that holds the form", () => {
  const own = { successRedirectUrl: "https://shop.example/a", cancelRedirectUrl: "https://shop.example/b" };
  const page = "https://shop.example/cart";
  assert.deepEqual(dripReturn(own, { returnUrl: page }), {});
  assert.deepEqual(dripReturn({}, { returnUrl: page }), { successRedirectUrl: page, cancelRedirectUrl: page });
  assert.equal(dripReturn({}, {}), null);
});

test("an image is asked of the hub alone", () => {
  const api = "https://pay.example";
  assert.equal(imageAddress("https://pay.example/v1/charges/1/image/x", api), `${api}/v1/charges/1/image/x`);
  assert.equal(imageAddress("https://evil.example/v1/charges/1/image/x", api), `${api}/v1/charges/1/image/x`);
});

test("the time that is left is minutes and seconds, with hours where there are any", () => {
  assert.deepEqual(
    [timeLeft(-5), timeLeft(900), timeLeft(61_000), timeLeft(3_723_000)],
    ["0:00", "0:01", "1:01", "1:02:03"],
  );
});

test("a linha digitável is grouped as slips print it", () => {
  assert.equal(
    groupLine("99990202308831080020012345670810100000000010000"),
    "99990.20230 88310.800200 12345.670810 1 00000000010000",
  );
  assert.equal(groupLine("123"), "123");
});

test("the merchant's page learns what Malga's component says, and the same in flat fields", () => {
  const context = { sessionId: "session", publicKey: "a-secret" };
  const paid = { chargeId: "charge", status: "paid", paymentMethod: { paymentType: "pix" }, transactionRequests: [] };
  assert.deepEqual(successDetail(paid, context), {
    data: paid,
    status: "paid",
    sessionId: "session",
    chargeId: "charge",
    paymentType: "pix",
  });
  const providerError = { declinedCode: "insufficient_funds" };
  const failed = { ...paid, status: "failed", transactionRequests: [{ providerError }] };
  const detail = failureDetail({ charge: failed }, context, "words");
  assert.deepEqual([detail.declinedCode, detail.message, detail.error.type], ["insufficient_funds", "words", "failed"]);
  assert.equal(detail.error.errorStack, failed);
  const answer = { status: 409, body: { error: {} } };
  const refused = failureDetail({ answer, paymentType: "credit" }, context, "words");
  assert.deepEqual([refused.error.type, refused.paymentType, refused.chargeId], ["409", "credit", null]);
  const unopened = failureDetail({}, context, "words");
  assert.deepEqual([unopened.error.type, unopened.status, unopened.sessionId], ["failed", "failed", "session"]);
  for (const said of [successDetail(paid, context), detail, refused, unopened]) {
    assert.ok(!JSON.stringify(said).includes(context.publicKey));
  }
});
