// One payment, whatever the network does. The hub here is a few lines: keys, one lock, and answers that get lost.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Lost, hubApi } from "../../../functions/checkout/web/form/api.js";
import { findPayment, payOnce } from "../../../functions/checkout/web/form/pay.js";

const CREATED = { status: 201 };
const LOST = { lost: true };

/**
 * A hub and a network that follow `steps`, one for each request that pays; the last one goes on. `held` is who has the
 * session's lock. After ten minutes the test ends whatever still asks.
 */
function world(steps, { othersPayment = false, searchable = true, held = null } = {}) {
  const said = [];
  const sent = [];
  const sentAt = [];
  const charges = othersPayment
    ? [{ chargeId: "other", status: "paid", transactionRequests: [{ idempotencyKey: "other" }] }]
    : [];
  let clock = 0;
  const make = (key) => {
    const known = charges.find((charge) => charge.transactionRequests[0].idempotencyKey === key);
    const made = known ?? {
      chargeId: key,
      status: "paid",
      transactionRequests: [{ idempotencyKey: key, requestStatus: "success" }],
    };
    if (!known) charges.push(made);
    return made;
  };
  const tools = {
    now: () => clock,
    sleep: async (ms) => {
      clock += ms;
      if (clock > 600_000) throw new Error("still asking");
    },
    online: async () => {},
    say: (step) => said.push(step),
    pay: async (body, key) => {
      sent.push({ body, key });
      const step = steps.length > 1 ? steps.shift() : steps[0];
      clock += step.ms ?? 200;
      sentAt.push(clock);
      if (step.status && step.status !== 201)
        return { status: step.status, body: step.body ?? { error: { type: "x" } } };
      if (!step.never) make(key);
      if (step.lost || step.never) throw new Lost("no answer");
      return { status: 201, body: make(key) };
    },
    charge: async () => {
      if (!searchable) throw new Lost("no answer");
      return charges.length > 0 ? { status: 200, body: charges.at(-1) } : { status: 404, body: {} };
    },
    status: async () => ({
      status: 200,
      body: { status: charges.length > 0 && !held ? "paid" : "created", activeCharge: held && { id: held } },
    }),
  };
  return { tools, said, sent, sentAt, charges };
}

const pay = ({ tools }) => payOnce(tools, { amount: 1 }, "key", tools.now());

test("an answer that arrives ends the payment", async () => {
  const it = world([CREATED]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  assert.equal(it.sent.length, 1);
});

test("a lost answer is asked for again with the same key and body, and is one payment", async () => {
  const it = world([
    LOST,
    LOST,
    { status: 503 },
    { status: 504 },
    { status: 429, body: { message: "Too Many Requests" } },
    CREATED,
  ]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  assert.equal(it.sent.length, 6);
  assert.equal(new Set(it.sent.map((one) => JSON.stringify(one))).size, 1);
  assert.equal(it.charges.length, 1);
  assert.deepEqual(it.said.slice(0, 3), ["lost", "lost", "again"]);
});

test("a request that never reached the hub is sent again", async () => {
  const it = world([{ never: true }, CREATED]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  assert.equal(it.charges.length, 1);
});

test("while no answer comes at all, the payment is found by its key and sent no more", async () => {
  const it = world([LOST]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  const seconds = it.sent.length;
  assert.ok(seconds > 5 && seconds < 30, `${seconds} requests`);
  assert.equal(it.charges.length, 1);
  assert.equal(it.said.at(-1), "search");
});

test("a device that slept sends nothing when it wakes up", async () => {
  const it = world([{ never: true }, CREATED]);
  const wait = it.tools.sleep;
  it.tools.sleep = (ms) => wait(ms + 200_000);
  assert.deepEqual(await pay(it), { unmade: true });
  assert.equal(it.sent.length, 1);
});

test("where the search finds nothing, no payment was made, once no request can be under way any more", async () => {
  const it = world([{ never: true }]);
  assert.deepEqual(await pay(it), { unmade: true });
  assert.ok(it.sentAt.at(-1) > 60_000);
  assert.ok(it.tools.now() >= it.sentAt.at(-1) + 30_000);
  assert.equal(it.charges.length, 0);
});

test("while the hub cannot be reached, nothing is concluded", async () => {
  await assert.rejects(pay(world([{ never: true }], { searchable: false })), /still asking/);
});

test("a refusal is not repeated", async () => {
  for (const answer of [
    { status: 400 },
    { status: 403 },
    { status: 422 },
    { status: 429, body: { error: { type: "too_many_requests" } } },
  ]) {
    const it = world([answer]);
    assert.equal((await pay(it)).refused.status, answer.status);
    assert.equal(it.sent.length, 1);
  }
});

test("after a lost answer, a key that opens nothing any more does not say that nothing was charged", async () => {
  for (const status of [401, 403]) {
    const it = world([LOST, { status }]);
    assert.equal((await pay(it)).charge.chargeId, "key", "the search finds it");
    const closed = world([LOST, { status }]);
    closed.tools.charge = async () => ({ status, body: {} });
    assert.deepEqual(await pay(closed), { closed: true });
    assert.deepEqual(await findPayment(closed.tools, "key", 0), { closed: true }, "after a reload");
    const unmade = world([{ never: true }, { status }]);
    assert.deepEqual(await pay(unmade), { unmade: true });
  }
});

test("a conflict about this very payment is waited for", async () => {
  const it = world([LOST, { status: 409 }]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  assert.equal(it.sent.length, 2);
});

test("a conflict with another payment is a refusal, and never another's charge", async () => {
  const it = world([{ status: 409 }], { othersPayment: true });
  const { refused, taken } = await pay(it);
  assert.deepEqual([refused.status, taken], [409, true]);
  assert.equal(it.sent.length, 1);
});

test("a conflict is another payment's only where its charge was read", async () => {
  const ours = world([LOST, { status: 409 }], { searchable: false, held: "key" });
  await assert.rejects(pay(ours), /still asking/);
  assert.equal(ours.said.at(-1), "search");
  const unread = world([{ status: 409 }], { searchable: false, held: "other" });
  await assert.rejects(pay(unread), /still asking/);
  const limited = world([LOST, { status: 409 }], { held: "key" });
  const { charge } = limited.tools;
  let asked = 0;
  limited.tools.charge = async () => ((asked += 1) < 6 ? { status: 429, body: {} } : charge());
  assert.equal((await pay(limited)).charge.chargeId, "key");
});

test("a conflict with a lock whose charge is not the one that was read is asked about again", async () => {
  const it = world([{ status: 409 }, CREATED], { held: "key" });
  it.charges.push({ chargeId: "declined", status: "failed", transactionRequests: [{ idempotencyKey: "before" }] });
  assert.equal((await pay(it)).charge.chargeId, "key");
  assert.equal(it.sent.length, 2);
  const another = world([{ status: 409 }], { othersPayment: true, held: "other" });
  assert.equal((await pay(another)).refused.status, 409);
});

test("a conflict of a session that is free is asked about again, a few times", async () => {
  const it = world([{ status: 409 }, { status: 409 }, CREATED]);
  assert.equal((await pay(it)).charge.chargeId, "key");
  const always = world([{ status: 409 }]);
  const { refused, taken } = await pay(always);
  assert.deepEqual([refused.status, taken], [409, undefined], "no other payment is in the way");
  assert.equal(always.sent.length, 4);
  assert.deepEqual(await pay(world([{ never: true }, { status: 409 }])), { unmade: true });
});

test("after a reload, a payment whose provider has not answered yet is waited for", async () => {
  const it = world([CREATED]);
  const running = {
    chargeId: "key",
    status: "pending",
    transactionRequests: [{ idempotencyKey: "key", requestStatus: "running" }],
  };
  it.charges.push(running);
  const wait = it.tools.sleep;
  it.tools.sleep = async (ms) => {
    await wait(ms);
    if (it.tools.now() > 10_000) running.transactionRequests[0].requestStatus = "failed";
  };
  assert.equal((await findPayment(it.tools, "key", 0)).charge, running);
  assert.ok(it.tools.now() > 10_000);
});

test("a device whose clock jumped ahead gives up no search before the hub's own clock says so", async () => {
  const it = world([CREATED]);
  const { now, charge } = it.tools;
  let jump = 60_000;
  it.tools.now = () => now() + jump;
  it.tools.charge = () => {
    jump = 0;
    return charge();
  };
  assert.deepEqual(await findPayment(it.tools, "key", 0), { unmade: true });
  assert.ok(now() >= 32_000, `${now()} ms`);
});

test("a payment that was sent in the future is searched for no longer than one that was sent now", async () => {
  const it = world([CREATED]);
  assert.deepEqual(await findPayment(it.tools, "key", 86_400_000), { unmade: true });
  assert.ok(it.tools.now() >= 32_000 && it.tools.now() < 60_000, `${it.tools.now()} ms`);
});

test("the key, the client and the idempotency key are headers, and nothing of them is in the address", async () => {
  let asked;
  const send = async (address, options) => {
    asked = { address, options };
    return { status: 201, headers: new Headers(), text: async () => "{}" };
  };
  const api = hubApi({ api: "https://pay.example", clientId: "client", publicKey: "secret", sessionId: "a/b" }, send);
  assert.deepEqual(await api.pay({ a: 1 }, "key"), { status: 201, body: {} });
  assert.equal(asked.address, "https://pay.example/v1/sessions/a%2Fb/charge");
  assert.equal(asked.options.headers["X-Api-Key"], "secret");
  assert.equal(asked.options.headers["X-Idempotency-Key"], "key");
  assert.equal(asked.options.credentials, "omit");
  assert.equal(asked.options.body, '{"a":1}');
});

test("an answer that is not JSON is no answer", async () => {
  for (const send of [
    async () => ({ status: 502, headers: new Headers(), text: async () => "<html>" }),
    async () => {
      throw new TypeError("failed");
    },
  ]) {
    const api = hubApi({ api: "", clientId: "c", publicKey: "k", sessionId: "s" }, send);
    await assert.rejects(api.link(), Lost);
  }
});

test("the time is the hub's, whatever the shopper's clock shows", async () => {
  const date = new Date(Date.now() + 86_400_000).toUTCString();
  const send = async () => ({ status: 200, headers: new Headers({ date }), text: async () => "{}" });
  const api = hubApi({ api: "", clientId: "c", publicKey: "k", sessionId: "s" }, send);
  await api.link();
  assert.ok(Math.abs(api.now() - Date.parse(date)) < 2000);
});
