// The tag in the page of a shop: both names, attributes, events, saved cards.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
  hub,
  openTag,
  pays,
  paysByCard,
  picture,
  session,
  shop,
  shopper,
  submit,
  tagPage,
  until,
} from "./harness.mjs";

const DOCUMENT = readFileSync(new URL("merchant-page.html", import.meta.url), "utf8");

/** The page of the source document with another script, and listeners that keep what they are given. */
function sourcePage({ id, publicKey }) {
  const changes = [
    [
      "https://unpkg.com/@malga-checkout/core@latest/dist/malga-checkout/malga-checkout.esm.js",
      `${hub.url}/checkout/catraca-checkout.js`,
    ],
    ["<PUBLIC_KEY_DA_SESSÃO>", publicKey],
    ["<YOUR_CLIENT_ID>", hub.clientId],
    ["<ID_DA_SESSÃO>", id],
    ["// Your specifications here", "window.success = data.detail;"],
    ["// Your specifications here", "window.failure = error.detail;"],
  ];
  return changes.reduce((page, [before, after]) => {
    assert.ok(page.includes(before), before);
    return page.replace(before, after);
  }, DOCUMENT);
}

/** What the element logs where no form came. */
const NO_FORM = "catraca-checkout: no form came";
const inFrame = (page) => page.frameLocator("iframe").locator("[data-state]");
const named = (origins) => call("PATCH", "/v1/settings", { checkoutOrigins: origins });
const eventsOf = (page, name) =>
  page.evaluate((wanted) => events.filter(([each]) => each === wanted).map(([, detail]) => detail), name);

test("the source document's page takes a card with only the script's address changed", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  await page.goto(await shop(t, { "/": sourcePage(order) }));
  const checkout = inFrame(page);
  await fillCard(checkout, CARDS.generic);
  await submit(checkout).click();
  await checkout.getByRole("alert").getByText("The bank declined the card without giving a reason.").waitFor();
  await page.waitForFunction(() => window.failure);
  const failure = await page.evaluate(() => window.failure);
  assert.equal(failure.declinedCode, "generic");
  assert.deepEqual(Object.keys(failure.error).sort(), ["errorStack", "message", "type"]);
  await fillCard(checkout);
  await submit(checkout).click();
  await page.waitForFunction(() => window.success);
  const success = await page.evaluate(() => window.success);
  const [, paid] = await charges(order);
  assert.deepEqual(
    [success.status, success.chargeId, success.sessionId, success.data.amount],
    ["paid", paid.id, order.id, 25990],
  );
  assert.deepEqual(await booked(order), ["credit failed", "credit authorized"]);
});

test("in the source document's page, a saved card pays a later session of the same customer", async (t) => {
  t.after(() => named([]));
  const { context, page } = await shopper(t);
  const pages = {};
  const address = await shop(t, pages);
  await named([address]);
  const first = await session({ createLink: false });
  pages["/first"] = sourcePage(first);
  await page.goto(`${address}/first`);
  const checkout = inFrame(page);
  await fillCard(checkout);
  await checkout.getByRole("checkbox").check();
  await field(checkout, "email").fill("maria@example.com");
  await accessible(page);
  await submit(checkout).click();
  await page.waitForFunction(() => window.success);
  const { customerId } = await page.evaluate(() => window.success.data);
  assert.ok(customerId);
  const second = await session({ customerId, createLink: false });
  pages["/second"] = sourcePage(second);
  const later = await context.newPage();
  await later.goto(`${address}/second`);
  const again = inFrame(later);
  await again.getByText(/0010/).waitFor();
  assert.equal(await field(again, "cardNumber").count(), 0);
  await accessible(later);
  await picture(later, "saved-card");
  await submit(again).click();
  assert.equal(await field(again, "cardCvv").getAttribute("aria-invalid"), "true");
  await field(again, "cardCvv").fill("320");
  await submit(again).click();
  await later.waitForFunction(() => window.success);
  const [{ status, paymentSource, customerId: payer }] = await charges(second);
  const [{ paymentSource: saved }] = await charges(first);
  assert.deepEqual([status, paymentSource.cardId, payer], ["authorized", saved.cardId, customerId]);
});

test("saved cards are not shown under origins that the merchant does not name, nor with a link", async (t) => {
  t.after(() => named([]));
  const customer = await call("POST", "/v1/customers", {
    name: "Maria",
    email: "saved@example.com",
    phoneNumber: "21 98889999099",
    document: { type: "cpf", number: "52998224725" },
  });
  const token = await call("POST", "/v1/tokens", {
    cardNumber: CARDS.approved,
    cardCvv: "320",
    cardExpirationDate: "12/2030",
    cardHolderName: "MARIA",
  });
  const card = await call("POST", "/v1/cards", { tokenId: token.tokenId });
  await call("POST", `/v1/customers/${customer.id}/cards`, { cardId: card.id });
  const hasNoSavedCard = async (form) => {
    assert.equal(await field(form, "cardNumber").count(), 1);
    assert.equal(await form.getByText("0010").count(), 0);
    assert.equal(await form.getByRole("checkbox").count(), 0);
  };
  const order = await session({ customerId: customer.id });
  const { page } = await shopper(t);
  await hasNoSavedCard(await openTag(t, page, await session({ customerId: customer.id, createLink: false })));
  const address = await shop(t, { "/": tagPage(order) });
  await named([address, hub.url]); // with a link whatever the settings name
  await page.goto(address);
  await until(inFrame(page), "choose");
  await hasNoSavedCard(inFrame(page));
  await page.goto(order.paymentLink);
  const linked = page.locator("[data-state=choose]");
  await linked.waitFor();
  await hasNoSavedCard(linked);
  await fillCard(linked);
  await submit(linked).click();
  await until(page.locator("[data-state]"), "paid");
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

for (const tag of ["catraca-checkout", "malga-checkout"]) {
  test(`<${tag}> fires the events of a Pix: pending when it is shown, paid when it is paid`, async (t) => {
    const { page } = await shopper(t);
    const order = await session();
    const checkout = await openTag(t, page, order, { tag });
    await asksFor(checkout, "pix");
    const [charge] = await charges(order);
    await pays(charge);
    await until(checkout, "paid");
    await page.waitForFunction(() => events.filter(([name]) => name === "paymentSuccess").length === 2);
    const details = await eventsOf(page, "paymentSuccess");
    assert.deepEqual(
      details.map(({ status, chargeId, paymentType }) => [status, chargeId, paymentType]),
      [
        ["pending", charge.id, "pix"],
        ["paid", charge.id, "pix"],
      ],
    );
    assert.equal(details[0].data.paymentMethod.qrCodeData, charge.paymentMethod.qrCodeData);
    const states = (await eventsOf(page, "paymentState")).map(({ state }) => state);
    assert.deepEqual(
      states.filter((state) => ["choose", "pix", "paid"].includes(state)),
      ["choose", "pix", "paid"],
    );
    assert.deepEqual(await booked(order), ["pix authorized"]);
  });
}

test("the frame is as high as the form, at every width", async (t) => {
  for (const size of ["wide", "narrow"]) {
    const { page } = await shopper(t, { size });
    const order = await session({}, ["credit", "pix", "drip"]);
    const checkout = await openTag(t, page, order);
    const fits = () =>
      page.waitForFunction(() => {
        const frame = document.querySelector("catraca-checkout").shadowRoot.querySelector("iframe");
        return Math.abs(frame.getBoundingClientRect().height - (window.wanted ?? 0)) < 2;
      });
    for (const method of ["credit", "drip", "pix"]) {
      await choose(checkout, method);
      const height = await checkout.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
      await page.evaluate((wanted) => (window.wanted = wanted), height);
      await fits();
    }
    const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window_);
    await accessible(page);
    await picture(page, `tag-${size}`);
    assert.deepEqual(await booked(order), []);
  }
});

test("the language is the attribute's, or the page's, and changes without losing what was typed", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openTag(t, page, order, { lang: "en" });
  await checkout.getByText("Card number").waitFor();
  await field(checkout, "cardHolderName").fill("MARIA");
  await page.evaluate(() => document.querySelector("catraca-checkout").setAttribute("locale", "es-AR"));
  await checkout.getByText("Número de la tarjeta").waitFor();
  assert.equal(await field(checkout, "cardHolderName").inputValue(), "MARIA");
  assert.equal(await checkout.evaluate(() => document.documentElement.lang), "es");
  assert.deepEqual(await booked(order), []);
});

test("a boleto in the page of a shop is printed alone", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openTag(t, page, order);
  await asksFor(checkout, "boleto");
  await checkout.evaluate(() => (window.print = () => (window.printed = true)));
  await checkout.getByRole("button", { name: "Imprimir boleto" }).click();
  assert.ok(await checkout.evaluate(() => window.printed)); // the frame's document, not the shop's page
  await page.emulateMedia({ media: "print" });
  assert.ok(await checkout.locator("img.c-barcode").isVisible());
  assert.ok(await checkout.getByText("R$ 259,90").isVisible());
  assert.equal(await checkout.locator("button:visible").count(), 0);
  assert.deepEqual(await booked(order), ["boleto pending"]);
});

test("the merchant's colours are readable in the page of a shop too", async (t) => {
  t.after(() => call("PATCH", "/v1/settings", { errorColor: "" }));
  await call("PATCH", "/v1/settings", { errorColor: "#F2C200" });
  const { page } = await shopper(t);
  const order = await session();
  const checkout = await openTag(t, page, order);
  await submit(checkout).click();
  await checkout.getByText("Preencha este campo.").first().waitFor();
  const token = await checkout.evaluate(() => document.documentElement.style.getPropertyValue("--error"));
  assert.match(token, /^#[0-9a-f]{6}$/);
  await accessible(page);
  assert.deepEqual(await booked(order), []);
});

test("debug logs the states of the form, and nothing of card and key", async (t) => {
  const { page } = await shopper(t);
  const lines = [];
  page.on("console", (line) => lines.push(line.text()));
  const order = await session();
  for (const [attributes, isLogged] of [
    ["", false],
    ["debug", true],
  ]) {
    const checkout = await openTag(t, page, order, { attributes });
    await fillCard(checkout, CARDS.generic);
    await submit(checkout).click();
    await page.waitForFunction(() => events.some(([name]) => name === "paymentFailed"));
    assert.equal(lines.length > 0, isLogged, lines.join("\n"));
  }
  const text = lines.join("\n");
  assert.match(text, /catraca-checkout: paymentFailed/);
  for (const secret of [order.publicKey, CARDS.generic, "4000 0000", "MARIA"]) assert.ok(!text.includes(secret), text);
  assert.deepEqual(await booked(order), ["credit failed", "credit failed"]);
});

test("debug says that the key does not open the session", async (t) => {
  const { page } = await shopper(t, { expects: [403] });
  const lines = [];
  page.on("console", (line) => lines.push(line.text()));
  const [order, other] = [await session(), await session()];
  const checkout = await openTag(t, page, { ...order, publicKey: other.publicKey }, { attributes: "debug" });
  await until(checkout, "closed");
  await page.waitForFunction(() => events.some(([, { state }]) => state === "closed"));
  assert.ok(lines.some((line) => line.includes("does not open this session")), lines.join("\n"));
  assert.deepEqual([await booked(order), await booked(other)], [[], []]);
});

test("the frame says that it is the sandbox, until a slip is printed", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  await openTag(t, page, order);
  const words = page.frameLocator("iframe").getByText("Ambiente de testes: nenhum valor é cobrado.");
  assert.ok(await words.isVisible());
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await words.isVisible()));
  assert.deepEqual(await booked(order), []);
});

test("the form is dark only in a page that says it can be, and follows the system while it is open", async (t) => {
  const { page } = await shopper(t, { scheme: "dark" });
  const order = await session();
  const html = tagPage(order);
  const address = await shop(t, {
    "/light": html,
    "/dark": html.replace("<head>", "<head><style>:root{color-scheme:light dark}</style>"),
  });
  t.after(() => call("PATCH", "/v1/settings", { mainColor: "" }));
  await call("PATCH", "/v1/settings", { mainColor: "#0A7E3F" });
  for (const [path, scheme] of [
    ["/light", "light"],
    ["/dark", "dark"],
  ]) {
    await page.goto(address + path);
    const checkout = inFrame(page);
    await until(checkout, "choose");
    assert.equal(await checkout.evaluate(() => document.documentElement.dataset.scheme), scheme);
    await accessible(page);
    await picture(page, `tag-${scheme}`);
  }
  const accent = () => inFrame(page).evaluate(() => document.documentElement.style.getPropertyValue("--accent"));
  const dark = await accent();
  await page.emulateMedia({ colorScheme: "light" });
  await page.frameLocator("iframe").locator("html[data-scheme=light]").waitFor();
  assert.ok(![dark, ""].includes(await accent()), "the merchant's colour, for the new scheme");
  await accessible(page);
  assert.deepEqual(await booked(order), []);
});

test("a tag whose attributes come later opens once, and again when the session is another one", async (t) => {
  const { page } = await shopper(t);
  const [one, two] = [await session(), await session({ amount: 12300 })];
  const address = await shop(t, { "/": tagPage(one).replace(/ public-key.*?>/, ">") });
  const frames = [];
  page.on("request", (request) => request.url().includes("/checkout/frame/") && frames.push(request.url()));
  await page.goto(address);
  const set = ({ id, publicKey }) =>
    page.evaluate(
      ([client, session_, key]) => {
        const tag = document.querySelector("catraca-checkout");
        tag.setAttribute("client-id", client);
        tag.setAttribute("session-id", session_);
        tag.setAttribute("public-key", key);
      },
      [hub.clientId, id, publicKey],
    );
  await set(one);
  await inFrame(page)
    .getByRole("button", { name: /259,90/ })
    .waitFor();
  await set(two);
  await inFrame(page)
    .getByRole("button", { name: /123,00/ })
    .waitFor();
  assert.deepEqual(
    frames,
    [one, two].map(({ id }) => `${hub.url}/checkout/frame/${id}`),
  );
  assert.deepEqual([await booked(one), await booked(two)], [[], []]);
});

/** A page whose frame does not load, after the time in which it should have. */
async function openWithoutFrame(t) {
  const { context, page } = await shopper(t, { expects: ["ERR_FAILED", NO_FORM] });
  const order = await session();
  const address = await shop(t, { "/": tagPage(order) });
  await page.clock.install();
  await context.route("**/checkout/frame/**", (route) => route.abort());
  await page.goto(address);
  await page.locator("iframe").waitFor();
  await page.clock.fastForward(11_000);
  return { context, page, order };
}

test("a hub that does not answer leaves a sentence and a button that tries again", async (t) => {
  const { context, page, order } = await openWithoutFrame(t);
  await page.getByRole("alert").getByText("não carregou").waitFor();
  assert.deepEqual(await eventsOf(page, "paymentState"), [{ state: "failed" }]);
  await accessible(page);
  await picture(page, "tag-failed");
  await context.unroute("**/checkout/frame/**");
  await page.getByRole("button", { name: "Tentar de novo" }).click();
  await until(inFrame(page), "choose");
  assert.deepEqual(await booked(order), []);
});

test("a frame that is loaded anew and has its form takes the sentence away", async (t) => {
  const { context, page, order } = await openWithoutFrame(t);
  await page.getByRole("alert").waitFor();
  await context.unroute("**/checkout/frame/**");
  await page.frames()[1].goto(`${hub.url}/checkout/frame/${order.id}`);
  await until(inFrame(page), "choose");
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.deepEqual(await booked(order), []);
});

test("a frame that says itself why it has no form keeps its sentence", async (t) => {
  const { page } = await shopper(t, { expects: [404, NO_FORM] });
  const order = await session();
  const unknown = { ...order, id: "5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a001" };
  const address = await shop(t, { "/": tagPage(unknown) });
  await page.clock.install();
  await page.goto(address);
  const sentence = page.frameLocator("iframe").getByText("Este pagamento não existe.");
  await sentence.waitFor();
  await page.clock.fastForward(11_000);
  await page.getByRole("alert").getByText("não carregou").waitFor();
  assert.ok(await sentence.isVisible());
  await accessible(page);
  await picture(page, "tag-unknown");
  assert.deepEqual(await booked(order), []);
});

test("the component of npm, served by the shop, works with the hub's address", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const web = (name) => readFileSync(new URL(`../../functions/checkout/web/${name}`, import.meta.url), "utf8");
  const html = tagPage(order, { attributes: `api-url="${hub.url}"` }).replace(`${hub.url}/checkout/`, "/");
  const address = await shop(t, {
    "/": html,
    "/catraca-checkout.js": web("catraca-checkout.js"),
    "/protocol.js": web("protocol.js"),
  });
  await page.goto(address);
  const checkout = inFrame(page);
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});
