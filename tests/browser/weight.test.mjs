// What a shopper's browser loads: few requests, little weight, nothing of third parties, and hashes that hold.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  booked,
  fillCard,
  hub,
  openLink,
  openTag,
  paysByCard,
  session,
  shop,
  shopper,
  submit,
  tagPage,
  until,
} from "./harness.mjs";

const LIMIT = 30 * 1024;

/** The requests of a page, and the compressed size of each answer's body. */
async function watchTraffic(page) {
  const asked = [];
  page.on("requestfinished", async (request) => {
    const sizes = request.sizes().catch(() => ({ responseBodySize: 0 }));
    asked.push({
      url: request.url(),
      method: request.method(),
      size: sizes.then(({ responseBodySize }) => responseBodySize),
    });
  });
  return asked;
}

test("component, frame and form are at most 30 KB compressed, and ask only the hub", async (t) => {
  const { page } = await shopper(t);
  const asked = await watchTraffic(page);
  const order = await session();
  const checkout = await openTag(t, page, order);
  await until(checkout, "choose");
  const ofHub = asked.filter(({ url }) => new URL(url).pathname.startsWith("/checkout/"));
  assert.equal(ofHub.length, 3, ofHub.map(({ url }) => url).join("\n"));
  const sizes = await Promise.all(ofHub.map(({ size }) => size));
  const sum = sizes.reduce((one, other) => one + other, 0);
  assert.ok(sum > 5000 && sum <= LIMIT, `${sizes.join(" + ")} bytes`);
  const others = asked
    .map(({ url }) => new URL(url).origin)
    .filter((origin) => ![hub.url, new URL(page.url()).origin].includes(origin));
  assert.deepEqual(others, []);
  assert.deepEqual(await booked(order), []);
});

test("the hosted page takes a payment after three requests", async (t) => {
  const { page } = await shopper(t);
  const asked = await watchTraffic(page);
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  const before = asked
    .filter(({ url }) => !url.endsWith("/favicon.ico"))
    .map(({ url }) => new URL(url).pathname.replace(/-[0-9a-f]+\.js$/, ".js"));
  assert.equal(before.length, 3, before.join("\n"));
  assert.deepEqual(
    before.sort(),
    [`/checkout/assets/form.js`, `/pay/${order.id}`, `/v1/sessions/${order.id}/link`].sort(),
  );
  await submit(checkout).click();
  await until(checkout, "paid");
  const payments = asked.filter(({ method }) => method === "POST");
  assert.deepEqual(
    payments.map(({ url }) => url),
    [`${hub.url}/v1/sessions/${order.id}/charge`],
  );
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("the published integrity hashes are those of what is served, and a page can pin the script", async (t) => {
  const { scripts } = await (await fetch(`${hub.url}/checkout/integrity.json`)).json();
  const [path, hash] = Object.entries(scripts).find(([name]) => name.endsWith("catraca-checkout.js"));
  const served = Buffer.from(await (await fetch(`${hub.url}/checkout/catraca-checkout.js`)).arrayBuffer());
  assert.equal(hash, `sha384-${createHash("sha384").update(served).digest("base64")}`, path);
  const { page } = await shopper(t, { expects: ["integrity"] });
  const order = await session();
  const pinned = (value) =>
    tagPage(order).replace('type="module" src', `type="module" crossorigin="anonymous" integrity="${value}" src`);
  const address = await shop(t, { "/right": pinned(hash), "/wrong": pinned(`sha384-${"A".repeat(64)}`) });
  await page.goto(`${address}/right`);
  const checkout = page.frameLocator("iframe").locator("[data-state]");
  await fillCard(checkout);
  await page.goto(`${address}/wrong`);
  assert.equal(await page.evaluate(() => customElements.get("catraca-checkout")), undefined);
  assert.deepEqual(await booked(order), []);
});

test("the element works under a content security policy that allows the hub's origin twice", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const types = "require-trusted-types-for 'script'; trusted-types 'none'";
  const policy = `default-src 'none'; script-src ${hub.url}; frame-src ${hub.url}; ${types}`;
  const html = tagPage(order)
    .replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace(/<script>[^]*<\/script>/, "");
  await page.goto(await shop(t, { "/": html, "/favicon.ico": "" }));
  const checkout = page.frameLocator("iframe").locator("[data-state]");
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});
