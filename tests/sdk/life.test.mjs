// Charges after their creation: captured, refunded, paid later, charged back, as the client shows them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, startHub } from "./hub.mjs";
import { UUID, byCard, byPix, customer } from "./samples.mjs";

const account = await startHub();
const client = clientOf(account);

const address = {
  street: "Rua do Comprador",
  streetNumber: "1",
  zipCode: "00000-140",
  country: "BR",
  state: "RJ",
  district: "Bairro",
  city: "Cidade",
};

const items = [{ id: "123", title: "item title", quantity: 1, unitPrice: 150 }];

const byDrip = {
  paymentMethod: {
    type: "drip",
    items,
    browser: { ipAddress: "127.0.0.1", browserFingerprint: "074c1ee676ed4998ab66491013c565e2" },
    successRedirectUrl: "http://your-service.com/success",
    cancelRedirectUrl: "http://your-service.com/cancel",
  },
  customer: { ...customer, address },
};

const byBoleto = {
  paymentMethod: { type: "boleto", instructions: "Nao receber apos o vencimento", fine: { days: 1, percentage: 0.5 } },
  customer,
};

const charge = (how, changes) =>
  client.charges.create({ merchantId: account.merchantId, amount: 150, capture: true, ...how, ...changes });

/** The charge's transaction requests, the oldest first: type, status and amount. */
const requests = ({ transactionRequests }) =>
  transactionRequests.map((r) => `${r.requestType}/${r.requestStatus} ${r.amount}`).reverse();

test("a pre-authorization is captured in part, and then refunded in two parts", async () => {
  const made = await charge(byCard(client), { capture: false });
  assert.equal(made.status, "pre_authorized");
  const captured = await client.charges.capture(made.id, { amount: 100 });
  assert.deepEqual([captured.status, captured.amount, captured.originalAmount], ["authorized", 100, 150]);
  const partly = await client.charges.refund(made.id, { amount: 30 });
  assert.deepEqual([partly.status, partly.amount], ["authorized", 70]);
  const wholly = await client.charges.refund(made.id, { amount: 70 });
  assert.deepEqual([wholly.status, wholly.amount, wholly.originalAmount], ["voided", 0, 150]);
  assert.deepEqual(requests(wholly), [
    "pre_authorization/success 150",
    "capture/success 100",
    "void/success 30",
    "void/success 70",
  ]);
});

test("a refund with an idempotency key is made once", async () => {
  const made = await charge(byCard(client));
  const [first, again] = [
    await client.charges.refund(made.id, { amount: 50 }, { idempotencyKey: "refund-1" }),
    await client.charges.refund(made.id, { amount: 50 }, { idempotencyKey: "refund-1" }),
  ];
  assert.deepEqual(again, first);
  assert.equal((await client.charges.find(made.id)).amount, 100);
});

test("a refund above the residual amount is refused, and the client shows the reason", async () => {
  const made = await charge(byCard(client));
  await assert.rejects(client.charges.refund(made.id, { amount: 151 }), ({ error }) => {
    assert.deepEqual([error.type, error.code], ["invalid_request_error", 400]);
    assert.match(error.message, /150/);
    return true;
  });
  assert.equal((await client.charges.find(made.id)).amount, 150);
});

test("a refund that the provider refuses leaves the charge as it was", async () => {
  const made = await charge(byCard(client), { amount: 2000 });
  const refused = await client.charges.refund(made.id, { amount: 991 });
  assert.deepEqual([refused.status, refused.amount], ["authorized", 2000]);
  const [{ requestType, requestStatus }] = refused.transactionRequests;
  assert.deepEqual([requestType, requestStatus], ["void", "failed"]);
});

test("a Pix is paid, refunded in part and then in full", async () => {
  const made = await charge(byPix());
  assert.equal((await client.sandbox.changeChargeStatus(made.id, { status: "authorized" })).status, "authorized");
  const asked = await client.charges.refund(made.id, { amount: 50 });
  assert.deepEqual([asked.status, asked.amount, asked.transactionRequests[0].requestStatus], ["refund_pending", 150, "processing"]);
  const partly = await client.sandbox.changeChargeStatus(made.id, { status: "voided" });
  assert.deepEqual([partly.status, partly.amount], ["authorized", 100]);
  await client.charges.refund(made.id, { amount: 100 });
  const wholly = await client.sandbox.changeChargeStatus(made.id, { status: "voided" });
  assert.deepEqual([wholly.status, wholly.amount], ["voided", 0]);
  assert.deepEqual(requests(wholly), [
    "pending/success 150",
    "authorization/success 150",
    "void/processing 50",
    "void/success 50",
    "void/processing 100",
    "void/success 100",
  ]);
});

test("a paid card or Pix is charged back", async () => {
  for (const how of [byCard(client), byPix()]) {
    const made = await charge(how);
    if (made.status === "pending") await client.sandbox.changeChargeStatus(made.id, { status: "authorized" });
    const disputed = await client.sandbox.changeChargeStatus(made.id, { status: "charged_back" });
    assert.deepEqual([disputed.status, disputed.amount], ["charged_back", 150]);
    assert.equal(disputed.transactionRequests[0].requestType, "charge_back");
  }
});

test("a Drip shows its page, is paid there, and is refunded at once", async () => {
  const made = await charge(byDrip);
  assert.equal(made.status, "pending");
  assert.match(made.paymentMethod.paymentUrl, /^https:\/\//);
  assert.deepEqual(made.paymentMethod.items, items);
  assert.equal((await client.sandbox.changeChargeStatus(made.id, { status: "authorized" })).status, "authorized");
  const back = await client.charges.refund(made.id, { amount: 150 });
  assert.deepEqual([back.status, back.amount], ["voided", 0]);
  assert.deepEqual(requests(back), ["pending/success 150", "authorization/success 150", "void/success 150"]);
});

test("a Drip without an address is refused before anything is sent", async () => {
  await assert.rejects(charge({ ...byDrip, customer }), ({ error }) => {
    assert.equal(error.code, 400);
    assert.ok(error.details.some((problem) => problem.startsWith("paymentSource.customer.address")), `${error.details}`);
    return true;
  });
});

test("a boleto shows its linha digitável and its barcode, is paid, and cannot be refunded", async () => {
  const made = await charge(byBoleto);
  const { paymentType, barcodeData, barcodeImageUrl, expiresDate, fine } = made.paymentMethod;
  assert.deepEqual([made.status, paymentType, fine], ["pending", "boleto", { days: 1, percentage: 0.5 }]);
  assert.match(barcodeData, /^\d{47}$/);
  assert.equal((await fetch(barcodeImageUrl)).headers.get("content-type"), "image/png");
  assert.match(expiresDate, /^\d{4}-\d{2}-\d{2}$/);
  assert.equal((await client.sandbox.changeChargeStatus(made.id, { status: "authorized" })).status, "authorized");
  await assert.rejects(client.charges.refund(made.id, { amount: 150 }), ({ error }) => error.code === 400);
});

test("a fraud analysis is shown and changed", async () => {
  const fraudAnalysis = { customer: { name: customer.name, identity: "72912053011", identityType: "CPF" } };
  const made = await charge(byCard(client), { fraudAnalysis });
  assert.equal(made.transactionRequests[0].fraudAnalysis.status, "approved");
  const changed = await client.sandbox.changeAntifraudStatus(made.id, { status: "reproved" });
  assert.match(changed.id, UUID);
  assert.equal(changed.transactionRequests[0].fraudAnalysis.status, "reproved");
});

test("a session's payment is refunded by the session's id or the charge's id", async () => {
  const session = await client.sessions.create({
    merchantId: account.merchantId,
    name: "Pedido 1",
    amount: 100,
    dueDate: "2999-01-01T00:00:00.000Z",
    paymentMethods: [{ paymentType: "drip", successRedirectUrl: "https://shop.example/ok", cancelRedirectUrl: "https://shop.example/no" }, { paymentType: "credit", installments: 1 }],
    items: [{ name: "Item", unitPrice: 100, quantity: 1 }],
  });
  const paid = await client.charges.create({ ...byCard(client), sessionId: session.id, publicKey: session.publicKey });
  assert.equal(paid.status, "paid");
  assert.equal((await client.charges.refund(session.id, { amount: 40 })).amount, 60);
  const back = await client.charges.refund(paid.chargeId, { amount: 60 });
  assert.deepEqual([back.status, (await client.sessions.find(session.id)).status], ["voided", "voided"]);
});
