// Webhook events as merchants receive them: verified by the client, and by the library of Standard Webhooks.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { clientOf, startHub } from "./hub.mjs";
import { byCard, byPix, order } from "./samples.mjs";

const account = await startHub();
const client = clientOf(account);
const { server, delivered } = receiver();
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

/** Webhook endpoints; `delivered(path, count)` waits for that many calls at a path, in the order of arrival. */
function receiver() {
  const posts = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    posts.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
    arrivals.emit("post");
  });
  const delivered = async (path, count) => {
    for (;;) {
      const seen = posts.filter((post) => post.path === path);
      if (seen.length >= count) return seen;
      await once(arrivals, "post");
    }
  };
  return { server, delivered };
}

/** Calls a route of the hub that the client does not have. */
async function ask(method, path, body) {
  const headers = { "x-client-id": account.clientId, "x-api-key": account.secretKey, "content-type": "application/json" };
  const answer = await fetch(new URL(path, account.url), { method, headers, body: JSON.stringify(body) });
  const read = await answer.json();
  assert.ok(answer.ok, JSON.stringify(read));
  return read;
}

/** Registers an endpoint at `path`, and returns its id, its public key and its secret. */
async function register(path, version, event = "*") {
  const endpoint = `http://127.0.0.1:${server.address().port}${path}`;
  const { id, publicKey } = await ask("POST", "/v1/webhooks", { event, endpoint, version });
  return { id, publicKey, secret: await secretOf(id) };
}

const secretOf = async (id) => (await ask("GET", `/v1/webhooks/${id}/secret`)).secret;

/** Moves the test clock by a minute, and waits until what is due is done. */
const minute = () => ask("POST", "/_local/clock", { advanceSeconds: 60 });

const pay = (how) => client.charges.create({ merchantId: account.merchantId, amount: 150, capture: true, ...how });

/** Whether the client verifies the signature. */
function takes({ headers, body }, publicKey, changes) {
  const given = { payload: body, publicKey, signature: headers["x-plug-signature"], signatureTime: Number(headers["x-plug-date"]) };
  return client.webhooks.verify({ ...given, ...changes });
}

/** Whether the asymmetric signature of Standard Webhooks is by this key; its library verifies the other one alone. */
function isSigned({ headers, body }, publicKey) {
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return headers["webhook-signature"].split(" ").some((one) => {
    const [scheme, signature] = one.split(",");
    return scheme === "v1a" && verify(null, signed, createPublicKey(publicKey), Buffer.from(signature, "base64"));
  });
}

test("the client's webhooks verify, and do nothing else", () => {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client.webhooks));
  assert.deepEqual(methods, ["constructor", "verify"]);
});

test("the published signatures verify with the client", () => {
  const pem = (key) => `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----\n`;
  for (const [key, signatureTime, payload, signature] of [
    [
      "MCowBQYDK2VwAyEAS8O+o7Cqd3mtpriJvOVK/cdo8se5VU5vZkCMUttd0WA=",
      1661795163719,
      '{"event":"ping","payload":{"object":{}}}',
      "5b20c43cfd55f0c1884196786d58392e1828232e05d66e9153032ae9d374bff785d0efc4ed850ea5856b71c950bd2a1914f376381386355fce2c51163ed26e01",
    ],
    [
      "MCowBQYDK2VwAyEArBCknsoGmHt5uJG2y30TBCZqDE6eW6Jnpa5XrBj9Kro=",
      1660174504702,
      "this is a test with utf32 char これはテストです",
      "eb29829fdd6a01f0e78836c9f63ec4a8bc1647cc2e973ba6a9bb3508aafbbe4d9c1ff54516cc5fb39396a001d23b84fb3bc876895511e1bfafb062812d40eb0b",
    ],
  ]) {
    assert.equal(client.webhooks.verify({ payload, publicKey: pem(key), signature, signatureTime }), true);
    assert.equal(client.webhooks.verify({ payload, publicKey: pem(key), signature, signatureTime: signatureTime + 1 }), false);
  }
});

test("the events of every payment are delivered in both versions, and verify by both schemes with the endpoint's keys alone", async () => {
  const [old, recent, stranger] = [await register("/old", "1.0"), await register("/new", "1.1"), await register("/other", "1.1")];
  const paid = [await pay(byCard(client)), await pay({ ...byPix(), description: "Pedido nº 1 – maçã ✓" })];
  const session = await client.sessions.create(order(account.merchantId));
  const inSession = await client.charges.create({ ...byCard(client), sessionId: session.id, publicKey: session.publicKey });
  // A Pix is pending, a card also authorized.
  for (const [path, { publicKey, secret }, chargeOf] of [
    ["/old", old, ({ payload }) => payload.id],
    ["/new", recent, ({ data }) => data.id],
  ]) {
    const seen = await delivered(path, 5);
    const charges = seen.map((post) => chargeOf(new Webhook(secret).verify(post.body, post.headers)));
    assert.deepEqual(new Set(charges), new Set([...paid.map(({ id }) => id), inSession.chargeId]));
    for (const post of seen) {
      const later = String(Number(post.headers["webhook-timestamp"]) + 1);
      assert.ok(takes(post, publicKey) && isSigned(post, publicKey));
      assert.ok(!takes(post, stranger.publicKey) && !isSigned(post, stranger.publicKey));
      assert.ok(!takes(post, publicKey, { payload: post.body.replace("150", "950").replace("100", "900") }));
      assert.ok(!takes(post, publicKey, { signatureTime: Number(post.headers["x-plug-date"]) + 1 }));
      for (const [key, body, headers] of [
        [stranger.secret, post.body, post.headers],
        [secret, `${post.body} `, post.headers],
        [secret, post.body, { ...post.headers, "webhook-timestamp": later }],
        [secret, post.body, { ...post.headers, "webhook-id": "msg_1" }],
      ]) {
        assert.throws(() => new Webhook(key).verify(body, headers), { message: "No matching signature found" });
      }
    }
  }
});

test("a ping verifies as other events do", async () => {
  const { id, publicKey, secret } = await register("/ping", "1.1", "dispute");
  const { eventId } = await ask("POST", `/v1/webhooks/${id}/test`, {});
  await minute();
  const [post] = await delivered("/ping", 1);
  assert.deepEqual([takes(post, publicKey), new Webhook(secret).verify(post.body, post.headers).id], [true, eventId]);
});

test("during a rotation, receivers with the old key and receivers with the new key verify", async () => {
  const former = await register("/rotated", "1.1", "authorized");
  const { publicKey } = await ask("POST", `/v1/webhooks/${former.id}/rotate`, {});
  const secret = await secretOf(former.id);
  assert.notEqual(secret, former.secret);
  const { id } = await pay(byCard(client));
  const [post] = await delivered("/rotated", 1);
  for (const known of [former.secret, secret]) {
    assert.equal(new Webhook(known).verify(post.body, post.headers).data.id, id);
  }
  assert.deepEqual([takes(post, former.publicKey), takes(post, publicKey)], [true, false]);
  assert.ok(isSigned(post, former.publicKey) && isSigned(post, publicKey));
});
