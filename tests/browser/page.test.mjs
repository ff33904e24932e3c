// The hosted page around the form: its address, its languages, colours and sizes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIZES, accessible, booked, call, hub, openLink, picture, session, shopper, submit } from "./harness.mjs";

const settings = (changes) => call("PATCH", "/v1/settings", changes);

test("the key of a link leaves the address at once, and stays for the tab alone", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const asked = [];
  page.on("request", (request) => asked.push(`${request.url()} ${request.headers().referer ?? ""}`));
  await openLink(page, order);
  assert.equal(page.url(), `${hub.url}/pay/${order.id}`);
  assert.equal(await page.evaluate(() => history.length), 2); // about:blank, and this page once
  assert.ok(
    asked.every((each) => !each.includes(order.publicKey)),
    asked.join("\n"),
  );
  await page.reload();
  await page.locator("[data-state=choose]").waitFor();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByText("Este endereço está incompleto.").waitFor();
  assert.equal(await other.locator("input").count(), 0);
  assert.deepEqual(await booked(order), []);
});

test("another link in the same tab opens its own session", async (t) => {
  const { page } = await shopper(t);
  const [one, two] = [await session(), await session({ name: "Pedido 1043" })];
  await openLink(page, one);
  await openLink(page, two);
  await page.getByRole("heading", { name: "Pedido 1043" }).waitFor();
  await page.goto(one.paymentLink);
  await page.getByRole("heading", { name: "Pedido 1042" }).waitFor();
  assert.deepEqual([await booked(one), await booked(two)], [[], []]);
});

test("the page shows what is bought, the total and until when", async (t) => {
  const { page } = await shopper(t);
  const order = await session({ dueDate: "2031-02-03T15:30:00.000Z" });
  await openLink(page, order);
  const shown = page.locator(".order");
  for (const text of ["Tênis de corrida", "Azul, 41", "R$ 199,90", "Par de meias", "× 2", "R$ 60,00", "R$ 259,90"]) {
    await shown.getByText(text).waitFor();
  }
  await shown.getByText("Pague até 3 de fevereiro de 2031 às 12:30").waitFor(); // in São Paulo
  assert.deepEqual(await booked(order), []);
});

test("a due date that is a day lasts until its end in Brasília; one that is an instant, until then", async (t) => {
  const { page } = await shopper(t);
  for (const [dueDate, shown] of [
    ["2031-02-03", "Pague até 3 de fevereiro de 2031 às 23:59"],
    ["2031-02-03T23:59:59.999Z", "Pague até 3 de fevereiro de 2031 às 20:59"],
  ]) {
    const order = await session({ dueDate });
    await openLink(page, order);
    await page.getByText(shown).waitFor();
    assert.deepEqual(await booked(order), []);
  }
});

test("items whose sum is beyond what a number can hold have their exact sum", async (t) => {
  const { page } = await shopper(t);
  const order = await session({ items: [{ name: "Ouro", unitPrice: 999_999_999_999, quantity: 99_999_999 }] });
  await openLink(page, order);
  await page.getByText("R$ 999.999.989.999.000.000,01").waitFor();
  assert.deepEqual(await booked(order), []);
});

test("a long order is folded, and opens by keyboard", async (t) => {
  const { page } = await shopper(t, { size: "narrow" });
  const items = Array.from({ length: 30 }, (_, at) => ({ name: `Livro ${at + 1}`, unitPrice: 100, quantity: 1 }));
  const order = await session({ items });
  await openLink(page, order);
  const last = page.getByText("Livro 30");
  assert.equal(await last.isVisible(), false);
  await page.locator("summary").press("Enter");
  await last.waitFor();
  assert.deepEqual(await booked(order), []);
});

test("three languages: by the browser, by the switch, and kept for the tab", async (t) => {
  const { page } = await shopper(t, { locale: "en-GB" });
  const order = await session();
  await openLink(page, order);
  await page.getByText("Pay by").waitFor();
  const language = () => page.evaluate(() => document.documentElement.lang);
  assert.equal(await language(), "en");
  await page.getByLabel("Language").selectOption("es");
  await page.getByText("Pague hasta el").waitFor();
  assert.equal(await language(), "es");
  assert.equal(await page.evaluate(() => document.activeElement.name), "language");
  await page.reload();
  await page.getByText("Pague hasta el").waitFor();
  await page.getByLabel("Idioma").selectOption("pt");
  await page.getByText("Pague até").waitFor();
  assert.deepEqual(await booked(order), []);
});

test("a browser of another language gets that of the merchant", async (t) => {
  t.after(() => settings({ language: "" }));
  await settings({ language: "es" });
  const { page } = await shopper(t, { locale: "fr-FR" });
  const order = await session();
  await openLink(page, order);
  await page.getByText("Pague hasta el").waitFor();
  assert.deepEqual(await booked(order), []);
});

test("name, logo and colours are the merchant's, and stay readable", async (t) => {
  const pixel = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  );
  const form = new FormData();
  form.append("logo", new Blob([pixel], { type: "image/png" }), "logo.png");
  form.append("companyName", "Casa Aurora");
  const headers = { "X-Client-Id": hub.clientId, "X-Api-Key": hub.secretKey, "X-Merchant-Id": hub.merchantId };
  const sent = await fetch(`${hub.url}/v1/settings`, { method: "PATCH", headers, body: form });
  assert.equal(sent.status, 200, await sent.text());
  t.after(() => settings({ companyName: "", mainColor: "", errorColor: "", backgroundColor: "" }));
  for (const [mainColor, backgroundColor] of [
    ["#F2C200", "#FFF4CC"],
    ["#0A7E3F", "#0B3D2E"],
    ["#101010", "#808080"],
  ]) {
    await settings({ mainColor, errorColor: mainColor, backgroundColor });
    for (const scheme of ["light", "dark"]) {
      const { page } = await shopper(t, { scheme });
      const order = await session();
      const checkout = await openLink(page, order);
      await page.getByRole("heading", { name: "Casa Aurora" }).waitFor();
      assert.equal(await page.title(), "Pedido 1042 · Casa Aurora");
      assert.ok(await page.locator("img.logo").evaluate((logo) => logo.decode().then(() => logo.naturalWidth > 0)));
      await picture(page, `merchant-${mainColor.slice(1)}-${scheme}`);
      await submit(checkout).click(); // its fields are empty: there is text in the merchant's colour
      await page.getByText("Preencha este campo.").first().waitFor();
      await accessible(page);
      assert.deepEqual(await booked(order), []);
    }
  }
});

for (const locale of ["pt-BR", "en-US", "es-MX"]) {
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      test(`the form is accessible and fits: ${locale}, ${size}, ${scheme}`, async (t) => {
        const { page } = await shopper(t, { locale, size, scheme });
        const order = await session({}, ["credit", "pix", "boleto", "drip"]);
        await openLink(page, order);
        await accessible(page);
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= window, `${content} pixels in a window of ${window}`);
        await picture(page, `page-${locale.slice(0, 2)}-${size}-${scheme}`);
        assert.deepEqual(await booked(order), []);
      });
    }
  }
}

test("a page whose script does not arrive asks to be reloaded, and a reload opens the payment", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_FAILED"] });
  const order = await session();
  await context.route("**/checkout/assets/**", (route) => route.abort());
  await page.goto(order.paymentLink);
  await page.getByText("Se nada aparecer, recarregue a página.").waitFor();
  await accessible(page);
  await context.unroute("**/checkout/assets/**");
  await page.reload();
  await page.locator("[data-state=choose]").waitFor();
  assert.equal(await page.getByText("recarregue a página").count(), 0);
  assert.deepEqual(await booked(order), []);
});

test("a session that does not exist has a page that says so", async (t) => {
  const { page } = await shopper(t, { expects: [404] });
  const answer = await page.goto(
    `${hub.url}/pay/5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a001#5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a002`,
  );
  assert.equal(answer.status(), 404);
  await accessible(page);
  await picture(page, "unknown");
});
