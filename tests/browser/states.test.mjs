// Every state of a session, in three languages, at two sizes, light and dark; and what happens when time passes.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CARDS,
  accessible,
  asksFor,
  booked,
  call,
  charges,
  choose,
  field,
  fillCard,
  openLink,
  openTag,
  passes,
  pays,
  paysByCard,
  picture,
  session,
  shopper,
  statusOf,
  submit,
  until,
} from "./harness.mjs";

const payBy = (order, method) =>
  call("POST", `/v1/sessions/${order.id}/charge`, {
    paymentMethod: { paymentType: method },
    paymentSource:
      method === "credit"
        ? {
            sourceType: "card",
            card: {
              cardNumber: CARDS.approved,
              cardCvv: "320",
              cardExpirationDate: "12/2030",
              cardHolderName: "MARIA DA SILVA",
            },
          }
        : {
            sourceType: "customer",
            customer: {
              name: "Maria da Silva",
              email: "maria@example.com",
              phoneNumber: "21 98889999099",
              document: { type: "cpf", number: "72912053013" },
            },
          },
  });

/** Each state, and how a session comes to it before its page is opened. */
const STATES = {
  paid: (order) => payBy(order, "credit"),
  voided: async (order) => call("POST", `/v1/charges/${(await payBy(order, "credit")).chargeId}/void`, {}),
  canceled: (order) => call("POST", `/v1/sessions/${order.id}/cancel`),
  inactive: (order) => call("PATCH", `/v1/sessions/${order.id}`, { isActive: false }),
  expired: () => {},
  pix: (order) => payBy(order, "pix"),
  boleto: (order) => payBy(order, "boleto"),
};
const LOOKS = [
  { locale: "pt-BR", size: "narrow", scheme: "light" },
  { locale: "en-US", size: "wide", scheme: "dark" },
  { locale: "es-MX", size: "narrow", scheme: "dark" },
];

for (const [state, reach] of Object.entries(STATES)) {
  test(`a session that is ${state} is shown so, and takes no other payment by accident`, async (t) => {
    const order = await session(state === "expired" ? { dueDate: new Date(Date.now() - 60_000) } : {});
    await reach(order);
    const before = await booked(order);
    for (const look of LOOKS) {
      const { page } = await shopper(t, look);
      const checkout = await openLink(page, order);
      await until(checkout, state);
      assert.equal(await submit(checkout).count(), 0);
      await accessible(page);
      const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= width, `${content} pixels in a window of ${width}`);
      await picture(page, `state-${state}-${look.locale.slice(0, 2)}`);
    }
    const { page } = await shopper(t);
    await until(await openTag(t, page, order), state);
    await accessible(page);
    assert.deepEqual(await booked(order), before);
  });
}

test("a session that is switched on again while its page is open can be paid", async (t) => {
  const { page } = await shopper(t);
  const order = await session({ isActive: false });
  const checkout = await openLink(page, order);
  await until(checkout, "inactive");
  await call("PATCH", `/v1/sessions/${order.id}`, { isActive: true });
  await until(checkout, "choose");
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("a card that was typed is not kept once another screen is shown", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await call("PATCH", `/v1/sessions/${order.id}`, { isActive: false });
  // As when the tab is looked at again.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until(checkout, "inactive");
  await call("PATCH", `/v1/sessions/${order.id}`, { isActive: true });
  await until(checkout, "choose");
  for (const name of ["cardNumber", "cardExpirationDate", "cardCvv"]) {
    assert.equal(await field(checkout, name).inputValue(), "", name);
  }
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("a session that is switched off or canceled while its shopper types is refused in words", async (t) => {
  for (const [change, state] of [
    [({ id }) => call("PATCH", `/v1/sessions/${id}`, { isActive: false }), "inactive"],
    [({ id }) => call("POST", `/v1/sessions/${id}/cancel`), "canceled"],
  ]) {
    const { page } = await shopper(t, { expects: [400, 403] });
    const order = await session();
    const checkout = await openLink(page, order);
    await fillCard(checkout);
    await change(order);
    await submit(checkout).click();
    await until(checkout, state);
    assert.deepEqual(await booked(order), []);
  }
});

test("a Pix that expires unpaid is said to be expired, and another payment method is offered", async (t) => {
  const { page } = await shopper(t);
  const order = await session({
    paymentMethods: [
      { paymentType: "pix", expiresIn: 600 },
      { paymentType: "credit", installments: 1 },
    ],
  });
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  await passes(660);
  await until(checkout, "choose");
  await checkout.getByText("O código Pix venceu sem pagamento.").waitFor();
  await accessible(page);
  await picture(page, "pix-expired");
  assert.deepEqual(await booked(order), ["pix failed"]);
  await choose(checkout, "credit");
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["pix failed", "credit authorized"]);
});

test("a boleto that was not paid in time is said so, and another payment method is offered", async (t) => {
  const { page } = await shopper(t);
  const order = await session({}, ["boleto", "credit"]);
  const checkout = await openLink(page, order);
  await asksFor(checkout, "boleto");
  await passes(30 * 24 * 3600);
  await page.reload();
  await until(checkout, "choose");
  await checkout.getByText("O boleto venceu sem pagamento.").waitFor();
  await accessible(page);
  await picture(page, "boleto-expired");
  await choose(checkout, "credit");
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["boleto failed", "credit authorized"]);
});

test("a Pix that is paid after it expired pays the session, and an open page sees it", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const { chargeId } = await payBy(order, "pix");
  await passes(3700);
  const checkout = await openLink(page, order);
  await until(checkout, "choose");
  await pays({ id: chargeId });
  assert.equal(await statusOf(order), "paid");
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["pix authorized"]);
});

test("a link whose session ended more than seven days ago says that it is closed", async (t) => {
  const { page } = await shopper(t, { expects: [403] });
  const order = await session();
  await call("POST", `/v1/sessions/${order.id}/cancel`);
  await passes(8 * 24 * 3600);
  const checkout = await openLink(page, order);
  await until(checkout, "closed");
  await accessible(page);
  await picture(page, "state-closed");
  assert.deepEqual(await booked(order), []);
});
