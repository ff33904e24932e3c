// Each failure: what the shopper reads, and what can be done next.

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
  fillShopper,
  hub,
  openLink,
  openTag,
  paysByCard,
  picture,
  session,
  shopper,
  statusOf,
  submit,
  until,
} from "./harness.mjs";

const DECLINES = [
  ["generic", "O banco recusou o cartão sem dizer o motivo."],
  ["expired_card", "A validade está errada ou o cartão venceu."],
  ["blocked_card", "O cartão está bloqueado."],
  ["timeout", "O banco do cartão não respondeu."],
  ["canceled_card", "Este cartão foi cancelado."],
];

for (const [code, words] of DECLINES) {
  test(`a card that is declined as ${code}: the reason in words, and another card pays`, async (t) => {
    const { page } = await shopper(t);
    const order = await session();
    const checkout = await openLink(page, order);
    await fillCard(checkout, CARDS[code], "310");
    await submit(checkout).click();
    await checkout.getByRole("alert").getByText(words).waitFor();
    await accessible(page);
    const [{ status, transactionRequests }] = await charges(order);
    assert.deepEqual([status, transactionRequests[0].providerError.declinedCode], ["failed", code]);
    await paysByCard(checkout);
    assert.deepEqual(await booked(order), ["credit failed", "credit authorized"]);
  });
}

test("a wrong security code is declined, named at its field, and corrected", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout, CARDS.generic, "321");
  await submit(checkout).click();
  await checkout.getByRole("alert").getByText("O código de segurança está errado.").waitFor();
  await picture(page, "declined");
  const [{ transactionRequests }] = await charges(order);
  assert.equal(transactionRequests[0].providerError.declinedCode, "invalid_cvv");
  await fillCard(checkout, CARDS.approved, "320");
  await submit(checkout).click();
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["credit failed", "credit authorized"]);
});

test("a declined card leaves Pix and boleto to pay by", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout, CARDS.generic, "320");
  await submit(checkout).click();
  await checkout.getByRole("alert").getByText("O pagamento não foi aprovado").waitFor();
  await asksFor(checkout, "pix");
  assert.deepEqual(await booked(order), ["credit failed", "pix pending"]);
});

test("a reload after a decline says so again", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout, CARDS.canceled_card, "320");
  await submit(checkout).click();
  await checkout.getByText("Este cartão foi cancelado.").waitFor();
  await page.reload();
  await checkout.getByText("Este cartão foi cancelado.").waitFor();
  assert.deepEqual(await booked(order), ["credit failed"]);
});

test("fields that are wrong are named in words, the first has the focus, and nothing is sent", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await submit(checkout).click();
  const problem = (name) =>
    field(checkout, name).evaluate((input) =>
      input
        .getAttribute("aria-describedby")
        .split(" ")
        .map((id) => document.getElementById(id).textContent)
        .at(-1),
    );
  for (const name of ["cardNumber", "cardHolderName", "cardExpirationDate", "cardCvv"]) {
    assert.equal(await field(checkout, name).getAttribute("aria-invalid"), "true");
    assert.equal(await problem(name), "Preencha este campo.");
  }
  assert.equal(await page.evaluate(() => document.activeElement.name), "cardNumber");
  const wrong = [
    ["cardNumber", "4000 0000 0000 0011", /não existe/],
    ["cardNumber", "4000 0000", /incompleto/],
    ["cardExpirationDate", "13/30", /mês e ano/],
    ["cardExpirationDate", "01/20", /vencido/],
    ["cardCvv", "32", /3 dígitos/],
    ["cardHolderName", "4000000000000010", /nome/],
  ];
  for (const [name, text, words] of wrong) {
    await field(checkout, name).fill(text);
    await submit(checkout).click();
    assert.match(await problem(name), words);
  }
  await accessible(page);
  await picture(page, "wrong-fields");
  await choose(checkout, "pix");
  await submit(checkout).click();
  for (const [name, text, words] of [
    ["email", "maria", /e-mail/],
    ["name", "", /Preencha/],
  ]) {
    await field(checkout, name).fill(text);
    await submit(checkout).click();
    assert.match(await problem(name), words);
  }
  assert.deepEqual(await booked(order), []);
});

test("a number in the name of a holder is refused by the hub too, and the form shows where", async (t) => {
  const { page } = await shopper(t, { expects: [400] });
  const order = await session();
  const checkout = await openLink(page, order);
  await choose(checkout, "pix");
  await fillShopper(checkout);
  await field(checkout, "name").fill("4929 5646 3798 7814");
  await submit(checkout).click();
  await checkout.getByText("Este dado não foi aceito.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "name");
  assert.deepEqual(await booked(order), []);
  await field(checkout, "name").fill("Maria da Silva");
  await submit(checkout).click();
  await until(checkout, "pix");
  assert.deepEqual(await booked(order), ["pix pending"]);
});

test("a card that was tried too often is refused before it is sent, and Pix still pays", async (t) => {
  const made = await call("POST", "/v1/auth", { scope: ["sessions", "tokens", "charges"], expires: 3600 });
  const open = () => session({ createLink: undefined }, ["credit", "pix"], made.publicKey);
  const card = {
    cardNumber: "5105105105105100",
    cardCvv: "321",
    cardExpirationDate: "12/2030",
    cardHolderName: "MARIA",
  };
  const number = "5200000000000007"; // declined as canceled_card
  for (let tries = 0; tries < 10; tries += 1) {
    const { id, publicKey } = await open();
    const paid = await call(
      "POST",
      `/v1/sessions/${id}/charge`,
      {
        paymentMethod: { paymentType: "credit" },
        paymentSource: { sourceType: "card", card: { ...card, cardNumber: number } },
      },
      publicKey,
    );
    assert.equal(paid.status, "failed");
  }
  const { page } = await shopper(t, { expects: [429] });
  const order = await open();
  const checkout = await openTag(t, page, order);
  await fillCard(checkout, number, "321");
  await submit(checkout).click();
  await checkout.getByText("Muitas tentativas com cartão.").waitFor();
  await accessible(page);
  await picture(page, "too-often");
  assert.deepEqual(await booked(order), []);
  await asksFor(checkout, "pix");
  assert.deepEqual(await booked(order), ["pix pending"]);
});

test("a Pix that can be neither canceled nor refunded holds the session: the shopper reads until when", async (t) => {
  const merchant = await call("POST", "/v1/merchants", {
    mcc: "5912",
    providers: [
      { name: "STRIPE", methods: ["credit"], credentials: { type: "sandbox" } },
      { name: "GETNET", methods: ["pix"], credentials: { type: "sandbox" } },
    ],
  });
  const { page } = await shopper(t, { expects: [409] });
  const order = await session({ merchantId: merchant.id }, ["credit", "pix"]);
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  const { heldUntil } = await call("GET", `/v1/sessions/${order.id}/link`, undefined, order.publicKey);
  const time = new Intl.DateTimeFormat("pt-BR", {
    dateStyle: "short",
    timeStyle: "short",
    timeZone: "America/Sao_Paulo",
  }).format(new Date(heldUntil));
  const words = `Este pagamento não pode ser cancelado. Até ${time}, só ele pode ser pago.`;
  await checkout.getByText(words).waitFor();
  assert.equal(await checkout.getByRole("button", { name: "Pagar de outra forma" }).count(), 0);
  await accessible(page);
  await picture(page, "held");
  // So reads also who opens the page later: there is nothing to choose.
  await page.reload();
  await checkout.getByText(words).waitFor();
  assert.equal(await checkout.locator("input[type=radio]").count(), 0);
  assert.deepEqual(await booked(order), ["pix pending"]);
  assert.equal(await statusOf(order), "created");
});

test("after ten attempts the session takes no more, and says so", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const card = { cardNumber: CARDS.generic, cardCvv: "320", cardExpirationDate: "12/2030", cardHolderName: "MARIA" };
  for (let tries = 0; tries < 9; tries += 1) {
    await call("POST", `/v1/sessions/${order.id}/charge`, {
      paymentMethod: { paymentType: "credit" },
      paymentSource: { sourceType: "card", card },
    });
  }
  const checkout = await openLink(page, order);
  await fillCard(checkout, CARDS.generic, "320");
  await submit(checkout).click();
  await until(checkout, "used_up");
  await accessible(page);
  await picture(page, "used-up");
  assert.equal((await charges(order)).length, 10);
});
