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
  await checkout
    .getByText("The card was declined")
    .or(checkout.getByRole("alert").filter({ hasText: /\S/ }))
    .first()
    .waitFor();
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

test("a card that is saved in one session pays the next one of the same customer, in the source document's page", async (t) => {
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
  await named([address]);
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
});

test("the form is dark only in a page that says it can be", async (t) => {
  const { page } = await shopper(t, { scheme: "dark" });
  const order = await session();
  const html = tagPage(order);
  const address = await shop(t, {
    "/light": html,
    "/dark": html.replace("<head>", "<head><style>:root{color-scheme:light dark}</style>"),
  });
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
});

test("a hub that does not answer leaves a sentence and a button that tries again", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_FAILED"] });
  const order = await session();
  const address = await shop(t, { "/": tagPage(order) });
  await page.clock.install();
  await context.route("**/checkout/frame/**", (route) => route.abort());
  await page.goto(address);
  await page.locator("iframe").waitFor();
  await page.clock.fastForward(11_000);
  await page.getByRole("alert").getByText("não carregou").waitFor();
  await accessible(page);
  await context.unroute("**/checkout/frame/**");
  await page.getByRole("button", { name: "Tentar de novo" }).click();
  await until(inFrame(page), "choose");
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
