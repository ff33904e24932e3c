// Worldline Connect's own server library, unchanged, against the hub: client sessions, errors, idempotence.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import sdk from "connect-sdk-nodejs";
import { clientOf, startHub } from "./hub.mjs";
import { NOTHING, byCard } from "./samples.mjs";

const account = await startHub();
const { hostname: host, port } = new URL(account.url);

/** A client of the library, with the account's key or another one. */
const serverOf = (key = {}) =>
  sdk.init({
    host,
    port: Number(port),
    scheme: "http",
    integrator: "Catraca",
    apiKeyId: account.worldlineKeyId,
    secretApiKey: account.worldlineSecret,
    ...key,
  });

const server = serverOf();
const create = (body, context, merchant = account.merchantId) => server.v1.sessions.create(merchant, body, context);

/** The only error of an answer. */
function onlyError(answer, status) {
  assert.deepEqual([answer.status, answer.isSuccess], [status, false], JSON.stringify(answer.body));
  assert.equal(answer.body.errors.length, 1);
  assert.equal(answer.body.errors[0].httpStatusCode, status);
  return answer.body.errors[0];
}

test("an empty request makes a session", async () => {
  const { status, isSuccess, body } = await create({});
  assert.deepEqual([status, isSuccess], [200, true]);
  assert.match(body.clientSessionId, /^[0-9a-f]{32}$/);
  assert.match(body.customerId, new RegExp(`^${account.merchantId}-[0-9a-f]{32}$`));
  assert.equal(body.clientApiUrl, `${account.url}/client`);
  assert.equal(body.assetUrl, `${account.url}/`);
  assert.equal(body.invalidTokens, undefined);
});

test("filters hold for the session", async () => {
  const paymentProductFilters = { restrictTo: { groups: ["cards"], products: [1503] }, exclude: { products: [2] } };
  const { status, body } = await create({ paymentProductFilters });
  assert.deepEqual([status, body.invalidTokens], [200, undefined]);
  const products = `${body.clientApiUrl}/v1/${body.customerId}/products?countryCode=BR&currencyCode=BRL&amount=1000`;
  const listed = await fetch(products, { headers: { Authorization: `GCS v1Client:${body.clientSessionId}` } });
  const { paymentProducts } = await listed.json();
  assert.deepEqual(
    paymentProducts.map(({ id }) => id),
    [1, 3, 147, 148, 132, 128, 125, 1503],
  );
});

test("of the documented tokens only a card of the account does not come back", async () => {
  const client = clientOf(account);
  const { tokenId } = await client.cards.tokenization(byCard(client).paymentMethod.card);
  const { id } = await client.cards.create({ tokenId });
  const [first, second, third, fourth] = [1, 2, 3, 4].map((number) => `${number}26166b16ed04b3ab85fb06da1d7a167`);
  const { status, body } = await create({ tokens: [first, second, id, third, fourth] });
  assert.deepEqual([status, body.invalidTokens], [200, [first, second, third, fourth]]);
  assert.deepEqual((await create({ tokens: ["TOKEN_ID"] })).body.invalidTokens, ["TOKEN_ID"]);
  assert.deepEqual((await create({ tokens: [id] })).body.invalidTokens, undefined);
});

test("the same idempotence key gets the same session, with the time of the first request", async () => {
  const context = () => ({ idempotence: { key: randomUUID() } });
  const first = context();
  const { body } = await create({ tokens: ["a"] }, first);
  assert.equal(first.idempotence.requestTimestamp, undefined);
  const again = { idempotence: { key: first.idempotence.key } };
  assert.deepEqual((await create({}, again)).body, body);
  const since = Number(again.idempotence.requestTimestamp);
  assert.ok(Math.abs(Date.now() - since) < 60_000, again.idempotence.requestTimestamp);
  assert.notEqual((await create({}, context())).body.clientSessionId, body.clientSessionId);
});

test("headers of the merchant's own are signed too", async () => {
  const extraHeaders = [{ key: "X-GCS-CustomerHeader", value: "processed  header value" }];
  assert.equal((await create({}, { extraHeaders })).status, 200);
});

test("a wrong secret, an unknown key and another merchant are refused", async () => {
  for (const key of [{ secretApiKey: "wrong" }, { apiKeyId: NOTHING }, { apiKeyId: "5e45c937b9db33ae" }]) {
    const refused = await serverOf(key).v1.sessions.create(account.merchantId, {});
    const { code, id } = onlyError(refused, 403);
    assert.deepEqual([code, id], ["9002", "MISSING_OR_INVALID_AUTHORIZATION"]);
    assert.throws(() => sdk.assertSuccess(refused), { name: "SdkApiError", status: 403 });
  }
  for (const merchant of [NOTHING, "1234"]) {
    const { code, id } = onlyError(await create({}, undefined, merchant), 403);
    assert.deepEqual([code, id], ["9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED"]);
  }
});

test("too many tokens are refused with the place of the problem", async () => {
  const { code, propertyName } = onlyError(await create({ tokens: Array(101).fill("a") }), 400);
  assert.deepEqual([code, propertyName], ["1099", "tokens"]);
});

test("what is not offered is not found", async () => {
  const { id } = onlyError(await server.v1.services.testconnection(account.merchantId), 404);
  assert.equal(id, "RESOURCE_NOT_FOUND");
});
