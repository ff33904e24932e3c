import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { NOTHING, UUID, byCard, customer } from "./samples.mjs";

const account = await startHub();
const client = clientOf(account);

const plain = (status = "authorized") => ({
  ...client.sandbox.generateCard({ brand: "Visa", status }),
  holderName: "JOAO DA SILVA",
});

const shopper = (number, document) => ({ ...customer, email: `jose${number}@example.com`, document: { type: "cpf", number: document } });

test("a token becomes a stored card, which is found, listed and pays", async () => {
  const { tokenId } = await client.cards.tokenization(plain());
  const card = await client.cards.create({ tokenId });
  assert.match(card.id, UUID);
  assert.deepEqual([card.status, card.brand, card.cardHolderName], ["active", "Visa", "JOAO DA SILVA"]);
  assert.deepEqual([card.first6digits, card.last4digits, card.cvvChecked], ["491674", "4124", false]);
  assert.equal((await client.cards.find(card.id)).fingerprint, card.fingerprint);
  const { items, meta } = await client.cards.list();
  assert.deepEqual([items.map(({ id }) => id), meta.totalItems], [[card.id], 1]);
  const paymentMethod = { type: "credit", installments: 1, cardId: card.id };
  const paid = await client.charges.create({ merchantId: account.merchantId, amount: 150, capture: true, paymentMethod });
  assert.deepEqual([paid.status, paid.paymentSource.cardId], ["authorized", card.id]);
});

test("a card is verified without a payment", async () => {
  const { tokenId } = await client.cards.tokenization(plain());
  const zeroDollar = { merchantId: account.merchantId, cvvCheck: true };
  const card = await client.cards.create({ tokenId, zeroDollar });
  assert.deepEqual([card.status, card.cvvChecked], ["active", true]);
  assert.deepEqual(card.transactionRequests.map(({ requestType, requestStatus }) => [requestType, requestStatus]), [
    ["zero_dollar", "success"],
  ]);
});

test("a card that does not exist is a 404", async () => {
  await assert.rejects(client.cards.find(NOTHING), (thrown) => {
    assert.deepEqual([thrown.error.type, thrown.error.code], ["invalid_request_error", 404]);
    return true;
  });
});

test("a customer is created, found, changed, listed and removed", async () => {
  const made = await client.customers.create(shopper(1, "72912053013"));
  assert.match(made.id, UUID);
  assert.equal((await client.customers.find(made.id)).email, "jose1@example.com");
  const changed = await client.customers.update(made.id, { name: "Jose", phoneNumber: "11 1" });
  assert.deepEqual([changed.name, changed.documentNumber], ["Jose", "72912053013"]);
  const { items } = await client.customers.list();
  assert.deepEqual(items.map(({ id }) => id), [made.id]);
  await assert.rejects(client.customers.create(shopper(2, "72912053013")), (thrown) => {
    assert.deepEqual([thrown.error.type, thrown.error.code], ["conflict", 409]);
    return true;
  });
  const second = await client.customers.create(shopper(3, "72912053013"), { force: true });
  assert.notEqual(second.id, made.id);
  await client.customers.remove(made.id);
  await assert.rejects(client.customers.find(made.id), (thrown) => thrown.error.code === 404);
});

test("a customer's linked cards are a plain list", async () => {
  const { id } = await client.customers.create(shopper(4, "11111111111"));
  const { tokenId } = await client.cards.tokenization(plain());
  const card = await client.cards.create({ tokenId });
  await client.customers.linkCard(id, { cardId: card.id });
  const cards = await client.customers.cards(id);
  assert.deepEqual(cards.map((linked) => linked.id), [card.id]);
});

test("a public key opens the routes of its scope and no others", async () => {
  const { publicKey, clientId, scope } = await client.auth.createPublicKey({ scope: ["tokens"], expires: 600 });
  assert.deepEqual([clientId, scope], [account.clientId, ["tokens"]]);
  const browser = clientOf(account, publicKey);
  const { tokenId } = await browser.cards.tokenization(plain());
  await assert.rejects(browser.cards.create({ tokenId }), (thrown) => thrown.error.code === 403);
  assert.equal((await client.cards.create({ tokenId })).status, "active");
});

test("a charge by card stores its customer", async () => {
  const made = await client.charges.create({
    merchantId: account.merchantId,
    amount: 150,
    capture: true,
    ...byCard(client),
    customer: shopper(5, "52998224725"),
  });
  assert.equal(made.status, "authorized");
  assert.equal((await client.customers.find(made.customerId)).email, "jose5@example.com");
});
