// Each payment method, from the form to the charge that the merchant's server reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CARDS,
  SHOPPER,
  accessible,
  asksFor,
  booked,
  call,
  charges,
  choose,
  copied,
  field,
  fillCard,
  fillShopper,
  hub,
  openLink,
  passes,
  pays,
  paysByCard,
  picture,
  session,
  shop,
  shopper,
  statusOf,
  submit,
  tagPage,
  until,
} from "./harness.mjs";

const form = (page) => page.locator("[data-state]");

test("a card pays a session, in the installments that the shopper chose", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await choose(checkout, "credit");
  await fillCard(checkout);
  assert.equal(await field(checkout, "cardNumber").inputValue(), "4000 0000 0000 0010");
  await checkout.getByText("Visa").first().waitFor();
  const counts = await field(checkout, "installments").locator("option").allTextContents();
  assert.deepEqual(
    counts.map((text) => text.replaceAll("\u00a0", " ")),
    ["1x de R$ 259,90", "2x de R$ 129,95", "3x: a primeira de R$ 86,64, as demais de R$ 86,63"],
  );
  await field(checkout, "installments").selectOption("3");
  await picture(page, "card");
  await accessible(page);
  await submit(checkout).click();
  await until(checkout, "paid");
  await checkout.getByText("Recebemos R$ 259,90.").waitFor();
  await accessible(page);
  await picture(page, "paid");
  const [{ status, amount, paymentMethod }, ...others] = await charges(order);
  assert.deepEqual([status, amount, paymentMethod.installments, others], ["authorized", 25990, 3, []]);
  assert.equal(await statusOf(order), "paid");
});

test("a card that is typed with blanks, pasted or filled in by the browser is the same card", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  // By these words a browser knows which field is which.
  for (const [name, words] of [
    ["cardNumber", "cc-number"],
    ["cardHolderName", "cc-name"],
    ["cardExpirationDate", "cc-exp"],
    ["cardCvv", "cc-csc"],
  ]) {
    assert.equal(await field(checkout, name).getAttribute("autocomplete"), words);
  }
  await page.evaluate(() => navigator.clipboard.writeText(" 4000-0000-0000-0010\n"));
  await field(checkout, "cardNumber").focus();
  await page.keyboard.press("ControlOrMeta+V");
  assert.equal(await field(checkout, "cardNumber").inputValue(), "4000 0000 0000 0010");
  await field(checkout, "cardHolderName").fill("Maria");
  await field(checkout, "cardExpirationDate").fill("12/2030"); // as browsers fill it in
  await field(checkout, "cardCvv").fill("320");
  await submit(checkout).click();
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("the whole payment works by keyboard alone", async (t) => {
  const { page } = await shopper(t);
  const order = await session({}, ["credit"]);
  const checkout = await openLink(page, order);
  const reach = async (name) => {
    for (let presses = 0; presses < 20; presses += 1) {
      if (
        await page.evaluate(
          (wanted) => document.activeElement?.name === wanted || document.activeElement?.type === wanted,
          name,
        )
      )
        return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${name} is not reached by Tab`);
  };
  for (const [name, text] of [
    ["cardNumber", CARDS.approved],
    ["cardHolderName", "MARIA DA SILVA"],
    ["cardExpirationDate", "1230"],
    ["cardCvv", "320"],
  ]) {
    await reach(name);
    await page.keyboard.type(text);
  }
  await reach("submit");
  await page.keyboard.press("Enter");
  await until(checkout, "paid");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Pagamento confirmado/);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("a Pix is shown, copied, and seen as paid while the page is open", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  const [charge] = await charges(order);
  const code = checkout.locator("img.c-qr");
  assert.ok(await code.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));

  await checkout.getByText(/(59:\d\d|1:00:00)$/).waitFor();
  await checkout.getByRole("button", { name: "Copiar código Pix" }).click();
  assert.equal(await copied(t, context), charge.paymentMethod.qrCodeData);
  await accessible(page);
  await picture(page, "pix");
  await pays(charge);
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["pix authorized"]);
});

test("a Pix is payable no longer than its session", async (t) => {
  const { page } = await shopper(t);
  const { now } = await call("GET", "/_local/clock");
  const order = await session({ dueDate: new Date(Date.parse(now) + 600_000) }); // its code would live for an hour
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  await checkout.getByText(/ (9:\d\d|10:00)$/).waitFor();
  assert.deepEqual(await booked(order), ["pix pending"]);
});

test("a page asks for the status only while it is visible", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  await page.clock.install();
  let asked = 0;
  page.on("request", (request) => request.url().endsWith("/status") && (asked += 1));
  const seen = () => page.waitForResponse((answer) => answer.url().endsWith("/status"));
  const show = (state) =>
    page.evaluate((visibility) => {
      Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  let answer = seen();
  await page.clock.runFor(5000);
  await answer;
  await show("hidden");
  const before = asked;
  await page.clock.runFor(600_000);
  answer = seen();
  await show("visible");
  await page.clock.runFor(0);
  await answer;
  assert.equal(asked, before + 1);
  assert.deepEqual(await booked(order), ["pix pending"]);
});

test("a reload comes back to the Pix that is there", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  await page.reload();
  await until(form(page), "pix");
  assert.deepEqual(await booked(order), ["pix pending"]);
});

test("a boleto is shown, copied, printed as a slip, and there after a reload", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await asksFor(checkout, "boleto");
  const [charge] = await charges(order);
  await checkout.getByRole("button", { name: "Copiar linha digitável" }).click();
  assert.equal(await copied(t, context), charge.paymentMethod.barcodeData);
  assert.ok(
    await checkout.locator("img.c-barcode").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)),
  );
  await accessible(page);
  await picture(page, "boleto");
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  await checkout.getByRole("button", { name: "Imprimir boleto" }).click();
  assert.ok(await page.evaluate(() => window.printed));
  await page.emulateMedia({ media: "print" });
  assert.ok(await checkout.locator("img.c-barcode").isVisible());
  assert.equal(await page.locator("header.shop").isVisible(), false);
  assert.equal(await checkout.getByRole("button", { name: "Imprimir boleto" }).isVisible(), false);
  await picture(page, "boleto-printed");
  await page.emulateMedia({ media: "screen" });
  await page.reload();
  await until(form(page), "boleto");
  await pays(charge);
  await until(form(page), "paid");
  assert.deepEqual(await booked(order), ["boleto authorized"]);
});

test("a Drip goes to Drip's page and comes back to its result", async (t) => {
  t.after(() => call("PATCH", "/v1/settings", { redirectOrigins: [] }));
  await call("PATCH", "/v1/settings", { redirectOrigins: ["https://shop.example"] }); // which is not the hub's page
  const { context, page } = await shopper(t);
  await context.route("https://pay.sandbox.example/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=pt><title>Drip</title><h1>Drip</h1>" }),
  );
  const order = await session({}, ["credit", "drip"]);
  const checkout = await openLink(page, order);
  await choose(checkout, "drip");
  await fillShopper(checkout);
  await submit(checkout).click();
  await page.getByRole("heading", { name: "Drip" }).waitFor();
  const [charge] = await charges(order);
  assert.equal(page.url(), charge.paymentMethod.paymentUrl);
  assert.equal(charge.paymentMethod.successRedirectUrl, `${hub.url}/pay/${order.id}`);
  await page.goto(charge.paymentMethod.successRedirectUrl);
  await until(form(page), "drip");
  await accessible(page);
  await picture(page, "drip");
  await pays(charge);
  await until(form(page), "paid");
  assert.deepEqual(await booked(order), ["drip authorized"]);
});

test("a Drip in the page of a shop takes the whole page there, and returns to the shop", async (t) => {
  const { context, page } = await shopper(t);
  await context.route("https://pay.sandbox.example/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=pt><title>Drip</title><h1>Drip</h1>" }),
  );
  const order = await session({}, ["credit", "drip"]);
  const address = await shop(t, { "/cart": tagPage(order) });
  await page.goto(`${address}/cart?step=3`);
  const checkout = page.frameLocator("iframe").locator("[data-state]").first();
  await choose(checkout, "drip");
  await fillShopper(checkout);
  await submit(checkout).click();
  await page.getByRole("heading", { name: "Drip" }).waitFor();
  const [charge] = await charges(order);
  assert.equal(charge.paymentMethod.successRedirectUrl, `${address}/cart?step=3`);
  await page.goto(charge.paymentMethod.successRedirectUrl);
  await until(checkout, "drip");
  await pays(charge);
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["drip authorized"]);
});

test("an unpaid Pix is superseded by a card, and an unpaid boleto too", async (t) => {
  for (const method of ["pix", "boleto"]) {
    const { page } = await shopper(t);
    const order = await session();
    const checkout = await openLink(page, order);
    await choose(checkout, method);
    await fillShopper(checkout);
    await submit(checkout).click();
    await until(checkout, method);
    await checkout.getByRole("button", { name: "Pagar de outra forma" }).click();
    await choose(checkout, "credit");
    await paysByCard(checkout);
    const [first, second] = await booked(order);
    assert.equal(second, "credit authorized");
    if (method === "pix") assert.equal(first, "pix canceled");
    assert.equal(await statusOf(order), "paid");
  }
});

test("a shopper who chose another way comes back to the Pix, but not while the other way is being paid", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  const back = checkout.getByRole("button", { name: "Voltar ao Pix" });
  await checkout.getByRole("button", { name: "Pagar de outra forma" }).click();
  await accessible(page);
  await back.click();
  await until(checkout, "pix");
  await checkout.getByRole("button", { name: "Pagar de outra forma" }).click();
  await choose(checkout, "credit");
  await fillCard(checkout);
  let goOn;
  const waits = new Promise((resolve) => (goOn = resolve));
  await context.route(`**/v1/sessions/${order.id}/charge`, async (route) => {
    if (route.request().method() === "POST") await waits;
    await route.continue();
  });
  await submit(checkout).click();
  await checkout.getByText("Processando o pagamento… Não feche esta página.").waitFor();
  assert.equal(await back.evaluate((button) => button.inert), true);
  await checkout.locator("[data-action=stay]").dispatchEvent("click");
  await until(checkout, "choose");
  goOn();
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["pix canceled", "credit authorized"]);
});

test("a pre-authorization is shown as approved", async (t) => {
  const { page } = await shopper(t);
  const order = await session({ capture: false });
  const checkout = await openLink(page, order);
  await paysByCard(checkout);
  await checkout.getByText("O pagamento de R$ 259,90 foi aprovado.").waitFor();
  await page.reload();
  await checkout.getByText("O pagamento de R$ 259,90 foi aprovado.").waitFor();
  assert.deepEqual(await booked(order), ["credit pre_authorized"]);
});

test("a card whose outcome is unknown is under way until the hub knows", async (t) => {
  const { page } = await shopper(t);
  const order = await session({ amount: 992 });
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await submit(checkout).click();
  await until(checkout, "processing");
  await accessible(page);
  await picture(page, "processing");
  await passes(120);
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("the form asks for what the providers of a method need, as /link says it, and no more", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  await context.route("**/link", async (route) => {
    const answer = await route.fetch();
    const needs = { pix: ["document.cpf", "phoneNumber"], boleto: ["name", "document", "address"] };
    await route.fulfill({ response: answer, json: { ...(await answer.json()), shopperNeeds: needs } });
  });
  const checkout = await openLink(page, order);
  const asked = () =>
    checkout.locator("input:not([type=radio]), select").evaluateAll((all) => all.map(({ name }) => name));
  await choose(checkout, "boleto");
  const address = ["zipCode", "street", "streetNumber", "complement", "district", "city", "state"];
  assert.deepEqual(await asked(), ["name", "email", "document", ...address]);
  await submit(checkout).click();
  assert.equal(await checkout.locator("[aria-invalid=true]").count(), 9); // the complement is optional
  await choose(checkout, "pix");
  assert.deepEqual(await asked(), ["name", "email", "document", "phoneNumber"]);
  await fillShopper(checkout);
  await field(checkout, "document").fill("729.120.530-14");
  await submit(checkout).click();
  await checkout.getByText("Este CPF não existe.").waitFor();
  assert.deepEqual(await charges(order), []);
  await field(checkout, "document").fill("729.120.530-13");
  await submit(checkout).click();
  await until(checkout, "pix");
  const [{ paymentSource }] = await charges(order);
  const customer = await call("GET", `/v1/customers/${paymentSource.customerId}`);
  assert.deepEqual([customer.document.number, customer.phoneNumber], ["72912053013", SHOPPER.phoneNumber]);
});
