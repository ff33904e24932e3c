// Worldline's own server library, unchanged, makes payments and follows them; its client library encrypts the card.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { startHub } from "./hub.mjs";
import { inBrowser } from "./worldline-client.mjs";

const require = createRequire(import.meta.url);
const connect = require("connect-sdk-nodejs");

const APPROVED = "4929564637987814";
const DECLINED = "4916878170842862";

const hub = await startHub();
const { hostname, port } = new URL(hub.url);
const client = connect.init({
  host: hostname,
  scheme: "http",
  port: Number(port),
  apiKeyId: hub.worldlineKeyId,
  secretApiKey: hub.worldlineSecret,
  integrator: "Hub tests",
});
const { payments } = client.v1;

const order = (amount) => ({
  amountOfMoney: { amount, currencyCode: "BRL" },
  customer: { personalInformation: { name: { firstName: "João", surname: "da Silva" } } },
  references: { merchantReference: "AcmeOrder0001" },
});

const plain = (cardNumber, amount = 2345) => ({
  cardPaymentMethodSpecificInput: {
    paymentProductId: 1,
    card: { cardNumber, expiryDate: "1230", cvv: "123", cardholderName: "JOAO DA SILVA" },
  },
  order: order(amount),
});

/** What a page encrypts with Worldline's client library. */
async function encrypted(values) {
  const made = await client.v1.sessions.create(hub.merchantId, {});
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const { Session } = inBrowser(() => require("connect-sdk-client-js"));
  // The hub names its public address, and this test calls it where it listens.
  const session = new Session({ ...made.body, clientApiUrl: `${hub.url}/client`, assetUrl: `${hub.url}/` });
  const context = { countryCode: "BR", totalAmount: 2345, currency: "BRL", isRecurring: false, locale: "pt_BR" };
  const request = session.getPaymentRequest();
  request.setPaymentProduct(await session.getPaymentProduct(1, context));
  for (const [name, value] of Object.entries(values)) request.setValue(name, value);
  return session.getEncryptor().encrypt(request);
}

test("a payment is made, read, approved for less and refunded in parts", async () => {
  const made = await payments.create(hub.merchantId, plain(APPROVED));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { payment } = made.body;
  assert.deepEqual([payment.status, payment.statusOutput.statusCode], ["PENDING_APPROVAL", 600]);
  const read = await payments.get(hub.merchantId, payment.id);
  assert.deepEqual(read.body, payment);
  const approved = await payments.approve(hub.merchantId, payment.id, { amount: 2000 });
  assert.equal(approved.status, 200, JSON.stringify(approved.body));
  assert.equal(approved.body.payment.status, "CAPTURE_REQUESTED");
  const twice = await payments.approve(hub.merchantId, payment.id, {});
  assert.deepEqual([twice.status, twice.isSuccess], [402, false]);
  const amountOfMoney = { amount: 500, currencyCode: "BRL" };
  const part = await payments.refund(hub.merchantId, payment.id, { amountOfMoney });
  assert.equal(part.status, 201, JSON.stringify(part.body));
  const rest = await payments.refund(hub.merchantId, payment.id, {});
  assert.equal(rest.body.refundOutput.amountOfMoney.amount, 1500);
  const refunds = await payments.refunds(hub.merchantId, payment.id);
  assert.deepEqual(refunds.body.refunds.map((refund) => refund.id), [part.body.id, rest.body.id]);
  const refund = await client.v1.refunds.get(hub.merchantId, part.body.id);
  assert.deepEqual(refund.body, part.body);
  assert.equal((await payments.get(hub.merchantId, payment.id)).body.status, "REFUNDED");
});

test("a payment is canceled, once", async () => {
  const { body } = await payments.create(hub.merchantId, plain(APPROVED));
  const canceled = await payments.cancel(hub.merchantId, body.payment.id);
  assert.equal(canceled.status, 200, JSON.stringify(canceled.body));
  assert.equal(canceled.body.payment.status, "CANCELLED");
  assert.equal(canceled.body.cardPaymentMethodSpecificOutput.voidResponseId, "00");
  assert.equal((await payments.cancel(hub.merchantId, body.payment.id)).status, 402);
});

test("a decline has its payment inside", async () => {
  const declined = await payments.create(hub.merchantId, plain(DECLINED));
  assert.deepEqual([declined.status, declined.isSuccess], [402, false]);
  assert.equal(declined.body.paymentResult.payment.status, "REJECTED");
  assert.equal(declined.body.errors[0].code, "430330");
});

test("an idempotent repeat gets the first answer and says when that was", async () => {
  const context = { idempotence: { key: "order-1" } };
  const first = await payments.create(hub.merchantId, plain(APPROVED), context);
  assert.equal(context.idempotence.requestTimestamp, undefined);
  const again = await payments.create(hub.merchantId, plain(APPROVED, 1), context);
  assert.deepEqual([again.status, again.body], [first.status, first.body]);
  assert.ok(Number(context.idempotence.requestTimestamp) > 0);
});

test("an encrypted card is charged once and read by both APIs", async () => {
  const encryptedCustomerInput = await encrypted({
    cardNumber: APPROVED,
    expiryDate: "1230",
    cvv: "123",
    cardholderName: "José da Silva",
  });
  const references = { merchantReference: "encrypted-1" };
  const body = { encryptedCustomerInput, order: { ...order(2345), references } };
  const made = await payments.create(hub.merchantId, body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { card } = made.body.payment.paymentOutput.cardPaymentMethodSpecificOutput;
  assert.deepEqual(card, { cardNumber: "************7814", expiryDate: "1230" });
  const again = await payments.create(hub.merchantId, body);
  assert.deepEqual([again.status, again.body.errors[0].propertyName], [400, "encryptedCustomerInput"]);
  const headers = { "X-Client-Id": hub.clientId, "X-Api-Key": hub.secretKey };
  const read = await (await fetch(`${hub.url}/v1/charges?orderId=encrypted-1`, { headers })).json();
  assert.deepEqual(read.items.map(({ status, amount }) => [status, amount]), [["pre_authorized", 2345]]);
});

test("an unknown payment is a 404 with its code", async () => {
  const unknown = await payments.get(hub.merchantId, "000000000000000000000000000000");
  assert.deepEqual([unknown.status, unknown.body.errors[0].code], [404, "1002"]);
});
