// Errors as the client reports them. With an idempotency key it replaces each error by its own, so no request here has one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { NOTHING, byCard, byPix, order } from "./samples.mjs";

/** The client's error for every 403. */
const FORBIDDEN = { error: { type: "invalid_request_error", code: 403, message: "forbidden" } };

const account = await startHub();
const client = clientOf(account);

const charge = (how, changes) => client.charges.create({ merchantId: account.merchantId, amount: 150, ...how, ...changes });

test("a body with several problems is refused with all of them", async () => {
  const refused = { type: "bad_request", code: 400, message: "Bad Request Exception" };
  await assert.rejects(charge(byPix(), { amount: -1, currency: "real", customer: undefined }), ({ error }) => {
    const { details, ...rest } = error;
    assert.deepEqual(rest, refused);
    for (const field of ["amount", "currency", "paymentSource.sourceType"]) {
      assert.ok(details.some((problem) => problem.startsWith(`${field} `)), `${field}: ${details}`);
    }
    return true;
  });
  assert.equal((await client.charges.list()).meta.totalItems, 0);
});

test("a card that cannot be one is refused when it is tokenized", async () => {
  const card = { number: "4111", cvv: "1", expirationDate: "13/2031", holderName: "JOAO DA SILVA" };
  await assert.rejects(client.cards.tokenization(card), ({ error }) => {
    assert.deepEqual([error.type, error.code], ["bad_request", 400]);
    for (const field of ["cardNumber", "cardCvv", "cardExpirationDate"]) {
      assert.ok(error.details.some((problem) => problem.startsWith(`${field} `)), `${field}: ${error.details}`);
    }
    return true;
  });
});

test("a merchant of another account is refused", async () => {
  await assert.rejects(charge(byPix(), { merchantId: NOTHING }), ({ error }) => {
    assert.deepEqual([error.type, error.code], ["invalid_request_error", 400]);
    assert.match(error.message, /merchantId/);
    return true;
  });
});

test("a token pays once", async () => {
  const { card } = byCard(client).paymentMethod;
  const { tokenId } = await client.cards.tokenization(card);
  const byToken = { paymentMethod: { type: "credit", installments: 1, tokenId } };
  assert.equal((await charge(byToken)).status, "pre_authorized");
  await assert.rejects(charge(byToken), ({ error }) => {
    assert.deepEqual([error.type, error.code], ["invalid_request_error", 400]);
    assert.match(error.message, /already used/);
    return true;
  });
});

test("a charge that does not exist is not found", async () => {
  const missing = { error: { type: "entity_not_found", code: 404, message: "charge not found" } };
  await assert.rejects(client.charges.find(NOTHING), missing);
});

test("a session that does not exist is not found, whatever is asked of it", async () => {
  const missing = { error: { type: "entity_not_found", code: 404, message: "session not found" } };
  await assert.rejects(client.sessions.find(NOTHING), missing);
  await assert.rejects(client.sessions.cancel(NOTHING), missing);
  await assert.rejects(client.sessions.disable(NOTHING), missing);
});

test("a wrong secret key opens nothing", async () => {
  const stranger = clientOf(account, `sk_${"A".repeat(43)}`);
  await assert.rejects(stranger.sessions.list(), FORBIDDEN);
  await assert.rejects(stranger.sessions.create(order(account.merchantId)), FORBIDDEN);
  await assert.rejects(stranger.charges.list(), FORBIDDEN);
  await assert.rejects(stranger.charges.create({ merchantId: account.merchantId, amount: 150, ...byPix() }), FORBIDDEN);
});

test("a secret key opens no other account", async () => {
  const stranger = clientOf({ ...account, clientId: NOTHING });
  await assert.rejects(stranger.sessions.list(), FORBIDDEN);
});

test("the key of a session opens that session only", async () => {
  const [mine, other] = [
    await client.sessions.create(order(account.merchantId)),
    await client.sessions.create(order(account.merchantId)),
  ];
  const shopper = clientOf(account, mine.publicKey);
  assert.equal((await shopper.sessions.find(mine.id)).id, mine.id);
  await assert.rejects(shopper.sessions.find(other.id), FORBIDDEN);
  await assert.rejects(shopper.sessions.list(), FORBIDDEN);
  await assert.rejects(shopper.sessions.cancel(mine.id), FORBIDDEN);
  await assert.rejects(shopper.charges.list(), FORBIDDEN);
  await assert.rejects(client.charges.create({ sessionId: other.id, publicKey: mine.publicKey, ...byPix() }), FORBIDDEN);
});
