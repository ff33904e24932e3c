import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { UUID, byCard, byPix } from "./samples.mjs";

const BRANDS = ["Mastercard", "Visa", "Amex", "HiperCard", "DinersClub"];

const account = await startHub();
const client = clientOf(account);

const charge = (how, changes, options) =>
  client.charges.create({ merchantId: account.merchantId, amount: 150, capture: true, ...how, ...changes }, options);

test("a card that is tokenized first is charged at once with capture", async () => {
  const made = await charge(byCard(client), { orderId: "one", description: "um", statementDescriptor: "LOJA" });
  assert.match(made.id, UUID);
  const { status, amount, originalAmount, currency, capture, merchantId, clientId, orderId, description } = made;
  assert.deepEqual([status, amount, originalAmount, currency, capture], ["authorized", 150, 150, "BRL", true]);
  assert.deepEqual([merchantId, clientId], [account.merchantId, account.clientId]);
  assert.deepEqual([orderId, description, made.statementDescriptor], ["one", "um", "LOJA"]);
  assert.deepEqual(made.paymentMethod, { paymentType: "credit", installments: 1 });
  assert.equal(made.paymentSource.sourceType, "token");
  const [{ requestStatus, requestType, amount: asked }, ...others] = made.transactionRequests;
  assert.deepEqual([requestStatus, requestType, asked, others], ["success", "authorization", 150, []]);
});

test("a charge without capture is a pre-authorization", async () => {
  const made = await charge(byCard(client), { capture: undefined });
  assert.deepEqual([made.status, made.capture, made.amount], ["pre_authorized", false, 150]);
  assert.equal(made.transactionRequests[0].requestType, "pre_authorization");
});

test("a token pays without its card", async () => {
  const card = { ...client.sandbox.generateCard({ brand: "Visa", status: "authorized" }), holderName: "JOAO DA SILVA" };
  const { tokenId } = await client.cards.tokenization(card);
  assert.match(tokenId, UUID);
  const made = await charge({ paymentMethod: { type: "credit", installments: 3, tokenId } });
  assert.deepEqual([made.status, made.paymentSource.tokenId], ["authorized", tokenId]);
  assert.equal(made.paymentMethod.installments, 3);
});

for (const brand of BRANDS) {
  test(`${brand}: every card that the client generates has the outcome of its name`, async () => {
    const made = await charge(byCard(client, "authorized", brand));
    assert.equal(made.status, "authorized");
    const reasons = { unauthorized: "generic", timeout: "timeout" };
    for (const name of ["unauthorized", "timeout", "blocked_card", "canceled_card", "expired_card", "invalid_cvv"]) {
      const { status, amount, transactionRequests } = await charge(byCard(client, name, brand));
      assert.deepEqual([status, amount, transactionRequests[0].requestStatus], ["failed", 150, "failed"], name);
      const { declinedCode, networkDeniedMessage } = transactionRequests[0].providerError;
      assert.equal(declinedCode, reasons[name] ?? name);
      assert.match(networkDeniedMessage, /./);
    }
  });
}

test("a Pix shows its BR Code and its image, and is pending", async () => {
  const made = await charge(byPix());
  assert.deepEqual([made.status, made.amount], ["pending", 150]);
  const { paymentType, expiresIn, qrCodeData, qrCodeImageUrl } = made.paymentMethod;
  assert.deepEqual([paymentType, expiresIn], ["pix", 600]);
  assert.match(qrCodeData, /^000201.*54041\.50.*6304[0-9A-F]{4}$/);
  const png = Buffer.from(await (await fetch(qrCodeImageUrl)).arrayBuffer());
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.match(made.paymentSource.customerId, UUID);
  assert.equal(made.transactionRequests[0].requestType, "pending");
});

test("a charge is found as it was answered", async () => {
  for (const how of [byCard(client), byCard(client, "unauthorized"), byPix()]) {
    const made = await charge(how);
    assert.deepEqual(await client.charges.find(made.id), made);
  }
});

test("a list shows the charges that match every filter", async () => {
  const mine = { orderId: "filtered" };
  const paid = await charge(byCard(client), mine);
  const dear = await charge(byCard(client), { ...mine, amount: 990 });
  const declined = await charge(byCard(client, "unauthorized"), mine);
  const pix = await charge(byPix(), mine);
  const listed = async (filter) => (await client.charges.list({ ...mine, ...filter })).items.map(({ id }) => id);
  assert.deepEqual(await listed({}), [paid.id, dear.id, declined.id, pix.id]);
  assert.deepEqual(await listed({ sort: "DESC" }), [pix.id, declined.id, dear.id, paid.id]);
  assert.deepEqual(await listed({ status: ["failed"] }), [declined.id]);
  assert.deepEqual(await listed({ status: ["failed", "pending"] }), [declined.id, pix.id]);
  assert.deepEqual(await listed({ paymentMethod: ["pix"] }), [pix.id]);
  assert.deepEqual(await listed({ paymentMethod: ["credit"], status: ["authorized"] }), [paid.id, dear.id]);
  assert.deepEqual(await listed({ amount: 990 }), [dear.id]);
  assert.deepEqual(await listed({ provider: [pix.transactionRequests[0].providerType] }), [pix.id]);
  assert.deepEqual(await listed({ merchantId: account.merchantId, amount: 990 }), [dear.id]);
  assert.deepEqual(await listed({ startDate: paid.createdAt, endDate: pix.createdAt }), [dear.id, declined.id]);
  assert.deepEqual(await listed({ endDate: "2001-01-01T00:00:00.000Z" }), []);
});

test("a list is read page by page", async () => {
  const orderId = "paged";
  const made = [await charge(byPix(), { orderId }), await charge(byPix(), { orderId }), await charge(byPix(), { orderId })];
  const { items, meta } = await client.charges.list({ orderId, page: 2, limit: 2 });
  assert.deepEqual(items, [made[2]]);
  assert.deepEqual(meta, { totalItems: 3, itemCount: 1, itemsPerPage: 2, totalPages: 2, currentPage: 2 });
});

test("a replay with the same idempotency key is the same charge, although its card is tokenized again", async () => {
  const idempotencyKey = "card-1";
  const first = await charge(byCard(client), { orderId: "repeated" }, { idempotencyKey });
  const again = await charge(byCard(client), { orderId: "repeated" }, { idempotencyKey });
  assert.equal(first.status, "authorized");
  assert.deepEqual(again, first);
  assert.equal(first.transactionRequests[0].idempotencyKey, idempotencyKey);
  assert.equal((await client.charges.list({ orderId: "repeated" })).meta.totalItems, 1);
});

test("a replay of a Pix is the same charge with the same BR Code", async () => {
  const first = await charge(byPix(), {}, { idempotencyKey: "pix-1" });
  assert.deepEqual(await charge(byPix(), {}, { idempotencyKey: "pix-1" }), first);
});

test("an idempotency key that is used again with another amount creates no charge", async () => {
  const orderId = "reused";
  const first = await charge(byPix(), { orderId }, { idempotencyKey: "pix-2" });
  // With a key the client reports every failed POST as this one.
  const reported = { error: { type: "api_error", code: 500, message: "unexpected error" } };
  await assert.rejects(charge(byPix(), { orderId, amount: 151 }, { idempotencyKey: "pix-2" }), reported);
  assert.deepEqual((await client.charges.list({ orderId })).items, [first]);
});
