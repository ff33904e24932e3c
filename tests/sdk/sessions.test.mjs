import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { UUID, byCard, byPix, order } from "./samples.mjs";

const account = await startHub();
const client = clientOf(account);

const open = (changes) => client.sessions.create({ ...order(account.merchantId), ...changes });
const pay = ({ id, publicKey }, how) => client.charges.create({ sessionId: id, publicKey, ...how });

test("a created session is the order that was sent, with an id and a key of its own", async () => {
  const session = await open();
  assert.match(session.id, UUID);
  assert.match(session.publicKey, UUID);
  assert.notEqual(session.publicKey, session.id);
  const { name, orderId, amount, dueDate, paymentMethods, merchantId } = session;
  const { items: _, ...sent } = order(account.merchantId);
  assert.deepEqual({ name, orderId, amount, dueDate, paymentMethods, merchantId }, sent);
  const [{ name: item, unitPrice, quantity }, ...others] = session.items;
  assert.deepEqual([item, unitPrice, quantity, others], ["Item", 50, 2, []]);
  const { status, isActive, currency, capture, clientId } = session;
  const given = { status: "created", isActive: true, currency: "BRL", capture: true, clientId: account.clientId };
  assert.deepEqual({ status, isActive, currency, capture, clientId }, given);
});

test("a session is found as it was created", async () => {
  const session = await open();
  assert.deepEqual(await client.sessions.find(session.id), session);
});

test("a replay with the same idempotency key is the same session", async () => {
  const idempotencyKey = "session-1";
  const first = await client.sessions.create(order(account.merchantId), { idempotencyKey });
  const again = await client.sessions.create(order(account.merchantId), { idempotencyKey });
  assert.deepEqual(again, first);
  assert.notEqual((await open()).id, first.id);
});

test("a list shows the sessions of a status, the oldest first, page by page", async () => {
  const canceled = [await open(), await open(), await open()];
  for (const { id } of canceled) await client.sessions.cancel(id);
  const first = await client.sessions.list({ status: ["canceled"], page: 1, limit: 2 });
  assert.deepEqual(first.items.map(({ id }) => id), [canceled[0].id, canceled[1].id]);
  const meta = { totalItems: 3, itemCount: 2, itemsPerPage: 2, totalPages: 2, currentPage: 1 };
  assert.deepEqual(first.meta, meta);
  const second = await client.sessions.list({ status: ["canceled"], page: 2, limit: 2 });
  assert.deepEqual(second.items.map(({ id }) => id), [canceled[2].id]);
  const created = await open();
  const both = await client.sessions.list({ status: ["canceled", "created"], limit: 100 });
  assert.deepEqual(both.items.at(-1), created);
  assert.ok(both.items.some(({ id }) => id === canceled[0].id));
});

test("a list distinguishes active sessions from inactive ones", async () => {
  const [active, inactive] = [await open(), await open({ isActive: false })];
  const on = (await client.sessions.list({ isActive: [true], limit: 100 })).items.map(({ id }) => id);
  const off = (await client.sessions.list({ isActive: [false], limit: 100 })).items.map(({ id }) => id);
  assert.ok(on.includes(active.id) && !on.includes(inactive.id));
  assert.ok(off.includes(inactive.id) && !off.includes(active.id));
});

test("a list shows the sessions between the given dates", async () => {
  const [first, second, third] = [await open(), await open(), await open()];
  const { items } = await client.sessions.list({ startDate: first.createdAt, endDate: third.createdAt });
  assert.deepEqual(items, [second]);
  const before = await client.sessions.list({ endDate: second.createdAt, limit: 100 });
  assert.deepEqual(before.items.at(-1), first);
});

test("a canceled session stays canceled and cannot be paid", async () => {
  const session = await open();
  assert.deepEqual(await client.sessions.cancel(session.id), { id: session.id, status: "canceled" });
  assert.equal((await client.sessions.find(session.id)).status, "canceled");
  await assert.rejects(pay(session, byCard(client)), ({ error }) => error.code === 400 && /canceled/.test(error.message));
  assert.deepEqual(await client.sessions.cancel(session.id), { id: session.id, status: "canceled" });
});

test("a disabled session cannot be paid until it is enabled", async () => {
  const session = await open();
  assert.deepEqual(await client.sessions.disable(session.id), { id: session.id, isActive: false });
  await assert.rejects(pay(session, byCard(client)), ({ error }) => error.code === 400 && /not active/.test(error.message));
  assert.equal((await client.sessions.find(session.id)).isActive, false);
  assert.deepEqual(await client.sessions.enable(session.id), { id: session.id, isActive: true });
  assert.equal((await pay(session, byCard(client))).status, "paid");
});

test("a session is paid by a tokenized card with its own key", async () => {
  const session = await open();
  const paid = await pay(session, byCard(client));
  const { id, status, amount, originalAmount, sessionId, paymentMethod, orderId } = paid;
  const expected = { id: session.id, status: "paid", amount: 100, originalAmount: 100, sessionId: session.id };
  assert.deepEqual({ id, status, amount, originalAmount, sessionId }, expected);
  assert.equal(orderId, "pedido-1");
  assert.deepEqual(paymentMethod, { paymentType: "credit", installments: 1 });
  assert.equal(paid.paymentSource.sourceType, "token");
  assert.match(paid.paymentSource.tokenId, UUID);
  const [{ requestStatus, requestType, amount: asked }] = paid.transactionRequests;
  assert.deepEqual([requestStatus, requestType, asked], ["success", "authorization", 100]);
  assert.equal((await client.sessions.find(session.id)).status, "paid");
});

test("the charge that paid a session is found by its own id, by the session's, and in the session's list", async () => {
  const session = await open();
  const { chargeId } = await pay(session, byCard(client));
  const charge = await client.charges.find(chargeId);
  assert.deepEqual([charge.id, charge.status, charge.sessionId], [chargeId, "authorized", session.id]);
  assert.deepEqual(await client.charges.find(session.id), charge);
  assert.deepEqual((await client.charges.list({ sessionId: session.id })).items, [charge]);
});

test("a session that is paid cannot be paid again, nor canceled", async () => {
  const session = await open();
  await pay(session, byCard(client));
  const conflict = ({ error }) => error.code === 409 && error.type === "conflict" && /already paid/.test(error.message);
  await assert.rejects(pay(session, byCard(client)), conflict);
  await assert.rejects(client.sessions.cancel(session.id), conflict);
  assert.equal((await client.charges.list({ sessionId: session.id })).meta.totalItems, 1);
});

test("a session whose card was declined can be paid by another card", async () => {
  const session = await open();
  const declined = await pay(session, byCard(client, "unauthorized"));
  assert.deepEqual([declined.id, declined.status], [session.id, "failed"]);
  assert.equal((await client.sessions.find(session.id)).status, "created");
  const paid = await pay(session, byCard(client));
  assert.equal(paid.status, "paid");
  assert.notEqual(paid.chargeId, declined.chargeId);
});

test("a session's Pix shows its BR Code, and a card supersedes it", async () => {
  const session = await open();
  const pending = await pay(session, byPix());
  assert.deepEqual([pending.id, pending.status, pending.amount], [session.id, "pending", 100]);
  assert.equal(pending.paymentMethod.paymentType, "pix");
  assert.match(pending.paymentMethod.qrCodeData, /^000201.*54041\.00.*6304[0-9A-F]{4}$/);
  assert.equal((await client.sessions.find(session.id)).status, "created");
  assert.equal((await pay(session, byPix())).chargeId, pending.chargeId);
  assert.equal((await pay(session, byCard(client))).status, "paid");
  assert.equal((await client.charges.find(pending.chargeId)).status, "canceled");
});

test("a replay with the same idempotency key is the same payment of a session", async () => {
  const session = await open();
  const payment = { sessionId: session.id, publicKey: session.publicKey, ...byCard(client) };
  const first = await client.charges.create(payment, { idempotencyKey: "payment-1" });
  const again = await client.charges.create(payment, { idempotencyKey: "payment-1" });
  assert.equal(first.status, "paid");
  assert.deepEqual(again, first);
});
