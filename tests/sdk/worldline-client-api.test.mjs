// The client API by Worldline's own libraries, unchanged: the one for servers makes the session, the one for browsers
// uses it.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { byCard } from "./samples.mjs";
import { inBrowser } from "./worldline-client.mjs";

const require = createRequire(import.meta.url);
const { Session } = inBrowser(() => require("connect-sdk-client-js"));

const account = await startHub();
const { hostname: host, port } = new URL(account.url);
const server = require("connect-sdk-nodejs").init({
  host,
  port: Number(port),
  scheme: "http",
  integrator: "Loja",
  apiKeyId: account.worldlineKeyId,
  secretApiKey: account.worldlineSecret,
});

const inBrazil = { totalAmount: 1000, countryCode: "BR", currency: "BRL", isRecurring: false, locale: "pt_BR" };

async function open(filters = {}) {
  const { status, body } = await server.v1.sessions.create(account.merchantId, filters);
  assert.equal(status, 200, JSON.stringify(body));
  return new Session(body);
}

test("a page lists the products of its merchant, and their images open", async () => {
  const session = await open();
  const { basicPaymentProducts } = await session.getBasicPaymentProducts(inBrazil);
  assert.deepEqual(
    basicPaymentProducts.map(({ id }) => id),
    [1, 3, 147, 2, 148, 132, 128, 125, 6105, 1503],
  );
  for (const { displayHints } of basicPaymentProducts) {
    const image = await fetch(displayHints.logo);
    assert.deepEqual([image.status, image.headers.get("content-type")], [200, "image/svg+xml"], displayHints.logo);
  }
  const { basicPaymentProductGroups } = await session.getBasicPaymentProductGroups(inBrazil);
  assert.deepEqual(
    basicPaymentProductGroups.map(({ id, displayHints }) => [id, displayHints.label]),
    [["cards", "Cartões"]],
  );
});

test("the filters of the server hold on the page", async () => {
  const session = await open({
    paymentProductFilters: { restrictTo: { groups: ["cards"], products: [6105] }, exclude: { products: [2, 3] } },
  });
  const { basicPaymentProducts } = await session.getBasicPaymentProducts(inBrazil);
  assert.deepEqual(
    basicPaymentProducts.map(({ id }) => id),
    [1, 147, 148, 132, 128, 125, 6105],
  );
  await assert.rejects(session.getPaymentProduct(2, inBrazil));
  assert.equal((await session.getIinDetails("3715 11", inBrazil)).status, "EXISTING_BUT_NOT_ALLOWED");
  const withoutPix = await open({ paymentProductFilters: { exclude: { products: [6105] } } });
  await assert.rejects(withoutPix.getPaymentProduct(6105, inBrazil));
});

test("the first digits of a card name its product", async () => {
  const session = await open();
  for (const [digits, product] of [
    ["4567 3500 0042", 1],
    ["506700", 147],
    ["60628293", 148],
  ]) {
    const { status, paymentProductId } = await session.getIinDetails(digits, inBrazil);
    assert.deepEqual([status, paymentProductId], ["SUPPORTED", product], digits);
  }
  await assert.rejects(session.getIinDetails("999999", inBrazil), { message: "UNKNOWN", status: 404 });
  await assert.rejects(session.getIinDetails("45673", inBrazil), { message: "NOT_ENOUGH_DIGITS" });
});

test("the library checks what the shopper types as the product says, and encrypts it", async () => {
  const session = await open();
  const product = await session.getPaymentProduct(1, inBrazil);
  const request = session.getPaymentRequest();
  request.setPaymentProduct(product);
  request.setValue("cardNumber", "4567 3500 0042 7978");
  request.setValue("expiryDate", "13/30");
  request.setValue("cvv", "12");
  assert.equal(request.isValid(), false);
  const wrong = ["expirationDate", "length", "luhn", "regularExpression", "regularExpression"];
  assert.deepEqual(request.getErrorMessageIds().sort(), wrong);
  request.setValue("cardNumber", "4567 3500 0042 7977");
  request.setValue("expiryDate", "12/31");
  request.setValue("cvv", "123");
  assert.deepEqual(request.getErrorMessageIds(), []); // a name on the card need not be typed
  request.setValue("cardholderName", "JOAO DA SILVA");
  assert.equal(request.isValid(), true);
  const masked = product.getPaymentProductField("cardNumber").applyMask("4567350000427977");
  assert.equal(masked.formattedValue, "4567 3500 0042 7977");

  const { keyId } = await session.getPublicKey();
  const parts = (await session.getEncryptor().encrypt(request)).split(".");
  const header = JSON.parse(Buffer.from(parts[0], "base64url"));
  assert.deepEqual(header, { alg: "RSA-OAEP", enc: "A256CBC-HS512", kid: keyId });
  assert.equal(Buffer.from(parts[1], "base64url").length, 256); // under a key of 2048 bits
  assert.equal(parts.length, 5);
});

test("a boleto wants the names of a person, or that of a company", async () => {
  const session = await open();
  const request = session.getPaymentRequest();
  request.setPaymentProduct(await session.getPaymentProduct(1503, inBrazil));
  const address = { street: "Rua das Flores", zip: "01000-000", city: "São Paulo", stateCode: "SP" };
  const person = { fiscalNumber: "72912053013", firstName: "José", surname: "Silva" };
  for (const [key, value] of Object.entries({ ...address, ...person })) request.setValue(key, value);
  assert.deepEqual(request.getErrorMessageIds(), []);
  request.setValue("fiscalNumber", "7291205301");
  assert.deepEqual(request.getErrorMessageIds(), ["regularExpression"]);
});

test("the shopper's stored cards come with their product", async () => {
  const client = clientOf(account);
  const { tokenId } = await client.cards.tokenization(byCard(client).paymentMethod.card);
  const stored = await client.cards.create({ tokenId });
  const session = await open({ tokens: [stored.id, "126166b16ed04b3ab85fb06da1d7a167"] });
  const { accountsOnFile } = await session.getBasicPaymentProducts(inBrazil);
  assert.equal(accountsOnFile.length, 1);
  const [onFile] = accountsOnFile;
  assert.deepEqual([onFile.id, onFile.paymentProductId], [1, 1]);
  assert.equal(onFile.getMaskedValueByAttributeKey("alias").formattedValue, `**** **** **** ${stored.last4digits}`);
  const product = await session.getPaymentProduct(1, inBrazil);
  assert.equal(product.accountsOnFile[0].id, 1);
});

test("a session that is none opens nothing", async () => {
  const made = await server.v1.sessions.create(account.merchantId, {});
  const stranger = new Session({ ...made.body, clientSessionId: "f084372052fb47d9a766ec35bfa0e6bd" });
  await assert.rejects(stranger.getBasicPaymentProducts(inBrazil));
  await assert.rejects(stranger.getPublicKey());
});
