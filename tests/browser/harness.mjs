// What the tests of the checkout share: a hub of their own, its merchant, shops on another origin, and shoppers in
// Debian's Chromium. A shopper's browser that logs an error, breaks the content security policy or asks a third party
// fails its test.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { startHub } from "../sdk/hub.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = fileURLToPath(new URL("../../target/checkout/", import.meta.url));
const CHROMIUM = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();

export const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 320, height: 640 } };

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--no-proxy-server"] });
after(() => browser.close()); // before the hub stops, which waits for the browser's connections
export const hub = await startHub();

/** Calls the hub's API, with the secret key unless another is named. */
export async function call(method, path, body, key = hub.secretKey) {
  const headers = { "X-Client-Id": hub.clientId, "X-Api-Key": key, "X-Merchant-Id": hub.merchantId };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(`${hub.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

export const METHODS = {
  credit: { paymentType: "credit", installments: 3 },
  pix: { paymentType: "pix", expiresIn: 3600 },
  boleto: { paymentType: "boleto" },
  drip: { paymentType: "drip" },
};

/**
 * A session that accepts these methods, with a link of the hosted page; made with the secret key unless another is
 * named.
 */
export function session(changes = {}, methods = ["credit", "pix", "boleto"], key = hub.secretKey) {
  const order = {
    merchantId: hub.merchantId,
    name: "Pedido 1042",
    amount: 25990,
    dueDate: "2999-01-01T00:00:00.000Z",
    paymentMethods: methods.map((method) => METHODS[method]),
    items: [
      { name: "Tênis de corrida", description: "Azul, 41", unitPrice: 19990, quantity: 1 },
      { name: "Par de meias", unitPrice: 3000, quantity: 2 },
    ],
    createLink: true,
    ...changes,
  };
  return call("POST", "/v1/sessions", order, key);
}

/** The charges of a session, oldest first, as the secret key reads them. */
export async function charges({ id }) {
  const { items } = await call("GET", `/v1/charges?sessionId=${id}&limit=100`);
  const read = await Promise.all(items.map((charge) => call("GET", `/v1/charges/${charge.id}`)));
  return read.sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** The charges of a session, each as `credit authorized`. */
export async function booked(order) {
  return (await charges(order)).map(({ paymentMethod, status }) => `${paymentMethod.paymentType} ${status}`);
}

export const statusOf = async ({ id }) => (await call("GET", `/v1/sessions/${id}`)).status;

/** The shopper's bank pays a Pix, boleto or Drip. */
export const pays = (charge) => call("POST", `/v1/charges/${charge.id}`, { status: "authorized" });

/** Moves the hub's clock, and does what becomes due. */
export const passes = (seconds) => call("POST", "/_local/clock", { advanceSeconds: seconds });

/** A shop on an origin that is not the hub's. `pages` are HTML by path; returns its address. */
export async function shop(t, pages, host = "localhost") {
  const site = createServer((request, response) => {
    const html = pages[new URL(request.url, "http://shop").pathname];
    if (html === undefined) return response.writeHead(request.url === "/favicon.ico" ? 204 : 404).end();
    const type = request.url.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
    response.writeHead(200, { "content-type": type }).end(html);
  });
  await once(site.listen(0, host), "listening");
  t.after(() => {
    site.close();
    site.closeAllConnections();
  });
  return `http://${host}:${site.address().port}`;
}

/** The page of a shop with the tag of a session. Its events are in `events`. */
export function tagPage({ id, publicKey }, { tag = "catraca-checkout", attributes = "", lang = "pt-BR" } = {}) {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Loja</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <script type="module" src="${hub.url}/checkout/catraca-checkout.js"></script></head>
    <body><main><h1>Loja</h1><${tag} public-key="${publicKey}" client-id="${hub.clientId}" session-id="${id}"
      ${attributes}></${tag}></main>
    <script>const events = [];
      for (const name of ["paymentSuccess", "paymentFailed", "paymentState"]) {
        document.addEventListener(name, (event) => events.push([name, event.detail]));
      }</script></body></html>`;
}

/**
 * A shopper with a browser of their own. `expects` lists what the browser may log and why the test is about it: status
 * codes of refused calls, or texts such as `ERR_INTERNET_DISCONNECTED`.
 */
export async function shopper(t, { locale = "pt-BR", size = "wide", scheme = "light", expects = [] } = {}) {
  const context = await browser.newContext({
    locale,
    viewport: SIZES[size],
    colorScheme: scheme,
    timezoneId: "America/Sao_Paulo",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(15_000);
  const problems = [];
  const expected = (text) =>
    expects.some((each) => text.includes(Number.isInteger(each) ? `a status of ${each} ` : each));
  const watch = (page) => {
    page.on("console", (line) => {
      if (["error", "warning"].includes(line.type()) && !expected(line.text())) problems.push(line.text());
    });
    page.on("pageerror", (error) => problems.push(String(error.stack)));
  };
  context.on("page", watch);
  t.after(async () => {
    await context.close();
    assert.deepEqual(problems, []);
  });
  const page = await context.newPage();
  return { context, page };
}

/** Opens the hosted page of a session, and waits for the form. */
export async function openLink(page, { paymentLink }) {
  await page.goto(paymentLink);
  return formOf(page);
}

/** Opens a shop's page with the tag, and waits for the form in its frame. */
export async function openTag(t, page, order, options) {
  await page.goto(await shop(t, { "/": tagPage(order, options) }));
  return formOf(page.frameLocator("iframe"));
}

async function formOf(surface) {
  await surface.locator("[data-state]:not([data-state=loading])").waitFor();
  return surface.locator("[data-state]");
}

/** A card of the sandbox by the last digit of its number, which decides: docs/sandbox.md. */
export const CARDS = {
  approved: "4000000000000010",
  generic: "4000000000000002",
  expired_card: "4000000000000093",
  blocked_card: "4000000000000085",
  timeout: "4000000000000036",
  canceled_card: "4000000000000077",
};

export const SHOPPER = {
  name: "Maria da Silva",
  email: "maria@example.com",
  document: "729.120.530-13",
  phoneNumber: "(21) 98889-9990",
  zipCode: "20010-000",
  street: "Rua das Flores",
  streetNumber: "10",
  district: "Centro",
  city: "Rio de Janeiro",
  state: "RJ",
};

export const choose = (form, method) => form.locator(`input[type=radio][value=${method}]`).check();
export const field = (form, name) => form.locator(`[name=${name}]`);
export const submit = (form) => form.locator("button[type=submit]");
export const until = (form, state) => form.locator(`xpath=self::*[@data-state="${state}"]`).waitFor();

export async function fillCard(form, number = CARDS.approved, cvv = "320") {
  await field(form, "cardNumber").fill(number);
  await field(form, "cardHolderName").fill("MARIA DA SILVA");
  await field(form, "cardExpirationDate").fill("12/30");
  await field(form, "cardCvv").fill(cvv);
}

/** Fills the fields of the customer that the form asks for. */
export async function fillShopper(form) {
  for (const [name, value] of Object.entries(SHOPPER)) {
    const one = field(form, name);
    if ((await one.count()) === 0) continue;
    if (name === "state") await one.selectOption(value);
    else await one.fill(value);
  }
}

/** Pays by a card that is approved, and waits until the form says so. */
export async function paysByCard(form) {
  await fillCard(form);
  await submit(form).click();
  await until(form, "paid");
}

/** Asks for the code or slip of this payment method, and waits until the form shows it. */
export async function asksFor(form, method) {
  await choose(form, method);
  await fillShopper(form);
  await submit(form).click();
  await until(form, method);
}

/** What was copied, as another page of the shopper reads it: the hub's own pages may not. */
export async function copied(t, context) {
  const page = await context.newPage();
  await page.goto(await shop(t, { "/": "<!doctype html><html lang=pt><title>Banco</title><h1>Banco</h1>" }));
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await page.close();
  return text;
}

/** Fails on every finding of axe-core, with no rule off, in the page and its frame together. */
export async function accessible(page) {
  const [top, ...frames] = page.frames();
  for (const frame of [top, ...frames]) await frame.evaluate(AXE);
  // One part for each frame, in the order of the document:
  // https://github.com/dequelabs/axe-core/blob/develop/doc/run-partial.md
  const contexts = await top.evaluate(() =>
    window.axe.utils.getFrameContexts(document).map((each) => each.frameContext),
  );
  assert.equal(contexts.length, frames.length);
  const parts = [await top.evaluate(() => window.axe.runPartial(document, {}))];
  for (const [at, frame] of frames.entries()) {
    parts.push(await frame.evaluate((context) => window.axe.runPartial(context, {}), contexts[at]));
  }
  const { violations } = await top.evaluate((each) => window.axe.finishRun(each), parts);
  const where = ({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`;
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}\n${nodes.map(where).join("\n")}`),
    [],
  );
}

/** Keeps a picture of the whole page under target/checkout. */
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}
