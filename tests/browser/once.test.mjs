// One payment, whatever the shopper and the network do; and the shopper knows.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accessible,
  asksFor,
  booked,
  choose,
  fillCard,
  openLink,
  openTag,
  paysByCard,
  picture,
  session,
  shop,
  shopper,
  submit,
  until,
} from "./harness.mjs";

const form = (page) => page.locator("[data-state]");
const PAY = (order) => `**/v1/sessions/${order.id}/charge`;

/** Lets the payments of a session be seen, and what `deal` does with each; other requests pass. Returns their keys. */
async function watchPayments(context, order, deal = (route) => route.continue()) {
  const keys = [];
  await context.route(PAY(order), (route) => {
    const request = route.request();
    if (request.method() !== "POST") return route.continue();
    keys.push(request.headers()["x-idempotency-key"]);
    return deal(route, keys.length);
  });
  return keys;
}

/** The hub pays, and its answer reaches no page. Returns the keys, and what resolves when the hub has answered. */
async function keepAnswers(context, order) {
  let answer;
  const arrived = new Promise((resolve) => (answer = resolve));
  const keys = await watchPayments(context, order, async (route) => {
    await route.fetch();
    answer();
  });
  return { keys, arrived };
}

test("a double click, and Enter after it, make one payment", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const keys = await watchPayments(context, order);
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await submit(checkout).dblclick();
  await page.keyboard.press("Enter");
  await until(checkout, "paid");
  assert.equal(keys.length, 1);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("two tabs that pay at the same moment make one payment, and both show it", async (t) => {
  const { context, page } = await shopper(t, { expects: [409] });
  const order = await session();
  const other = await context.newPage();
  const tabs = [await openLink(page, order), await openLink(other, order)];
  for (const tab of tabs) await fillCard(tab);
  await Promise.all(tabs.map((tab) => submit(tab).click()));
  for (const tab of tabs) {
    await until(tab, "paid");
    assert.equal(await tab.getByText("Outro pagamento").count(), 0);
  }
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

for (const [deed, act] of [
  ["is looked at", (left, page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))],
  ["pays", (left) => submit(left).click()],
]) {
  test(`a tab that was left open shows what another one paid, as soon as it ${deed}`, async (t) => {
    const { context, page } = await shopper(t, { expects: [409] });
    const order = await session();
    const left = await openLink(page, order);
    await fillCard(left);
    const other = await context.newPage();
    await paysByCard(await openLink(other, order));
    await act(left, page);
    await until(left, "paid");
    assert.deepEqual(await booked(order), ["credit authorized"]);
  });
}

const elsewhere = (t) =>
  shop(t, { "/": "<!doctype html><html lang=pt><title>Obrigado</title><h1>Obrigado</h1>" });

for (const [surface, open] of [
  ["the hosted page", (t, page, order) => openLink(page, order)],
  ["a shop's page", openTag],
]) {
  test(`the back button to ${surface} after a payment comes back to the payment, not to a form`, async (t) => {
    const { page } = await shopper(t);
    const order = await session();
    const checkout = await open(t, page, order);
    await paysByCard(checkout);
    await page.goto(await elsewhere(t));
    await page.goBack();
    await until(checkout, "paid");
    assert.deepEqual(await booked(order), ["credit authorized"]);
  });

  test(`the back button during the payment, and the way forward again to ${surface}, finds it`, async (t) => {
    const { context, page } = await shopper(t);
    const order = await session();
    const { keys, arrived } = await keepAnswers(context, order);
    await page.goto(await elsewhere(t));
    const checkout = await open(t, page, order);
    await fillCard(checkout);
    await submit(checkout).click();
    await arrived;
    await page.goBack();
    await page.getByRole("heading", { name: "Obrigado" }).waitFor();
    await page.goForward();
    await until(checkout, "paid");
    assert.equal(keys.length, 1);
    assert.deepEqual(await booked(order), ["credit authorized"]);
  });

  test(`a reload of ${surface} while the payment is under way finds it`, async (t) => {
    const { context, page } = await shopper(t);
    const order = await session();
    const { keys, arrived } = await keepAnswers(context, order);
    const checkout = await open(t, page, order);
    await fillCard(checkout);
    await submit(checkout).click();
    await arrived;
    await page.reload();
    await until(checkout, "paid");
    assert.equal(keys.length, 1);
    assert.deepEqual(await booked(order), ["credit authorized"]);
  });
}

test("a reload before the hub has answered waits for the payment, and takes no second one", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  let reached;
  let goOn;
  const arrived = new Promise((resolve) => (reached = resolve));
  const reloaded = new Promise((resolve) => (goOn = resolve));
  await watchPayments(context, order, async (route) => {
    const request = route.request();
    const [url, headers, body] = [request.url(), request.headers(), request.postData()];
    reached();
    await reloaded; // slow on its way to the hub
    await fetch(url, { method: "POST", headers, body });
  });
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await submit(checkout).click();
  await arrived;
  await page.reload();
  await form(page).getByText("Não pague de novo").waitFor();
  assert.equal(await submit(form(page)).count(), 0);
  await picture(page, "searching");
  goOn();
  await until(form(page), "paid");
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("an answer that is lost is asked for again under the same key: one payment", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_CONNECTION_RESET"] });
  const order = await session();
  const keys = await watchPayments(context, order, async (route, nth) => {
    if (nth > 2) return route.continue();
    await route.fetch(); // the hub pays
    await route.abort("connectionreset"); // and its answer is lost
  });
  const checkout = await openTag(t, page, order);
  await fillCard(checkout);
  await submit(checkout).click();
  await checkout.getByText("nada será cobrado duas vezes").waitFor();
  await until(checkout, "paid");
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.ok(keys[0]);
  assert.deepEqual(await booked(order), ["credit authorized"]);
  const fired = await page.evaluate(() => events.filter(([name]) => name === "paymentSuccess").length);
  assert.equal(fired, 1);
});

test("offline at the worst moment: the page says so, and finds the payment when it is online again", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"] });
  const order = await session();
  const keys = await watchPayments(context, order, async (route, nth) => {
    if (nth > 1) return route.continue();
    await route.fetch();
    await context.setOffline(true);
    await route.abort("internetdisconnected");
  });
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await submit(checkout).click();
  await checkout.getByText("sem internet").waitFor();
  await accessible(page);
  await picture(page, "offline");
  assert.deepEqual(await booked(order), ["credit authorized"]); // the shopper does not know yet
  await context.setOffline(false);
  await until(checkout, "paid");
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("offline before anything was sent: nothing is paid until the shopper is online, and then once", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_INTERNET_DISCONNECTED"] });
  const order = await session();
  const checkout = await openLink(page, order);
  await fillCard(checkout);
  await context.setOffline(true);
  await submit(checkout).click();
  await checkout.getByText("sem internet").waitFor();
  assert.deepEqual(await booked(order), []);
  await context.setOffline(false);
  await until(checkout, "paid");
  assert.deepEqual(await booked(order), ["credit authorized"]);
});

test("a hub that cannot be reached when the page opens is tried again by the shopper", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_CONNECTION_REFUSED"] });
  const order = await session();
  await context.route("**/link", (route) => route.abort("connectionrefused"));
  const checkout = await openLink(page, order);
  await until(checkout, "failed");
  await accessible(page);
  await context.unroute("**/link");
  await checkout.getByRole("button", { name: "Tentar de novo" }).click();
  await until(checkout, "choose");
  assert.deepEqual(await booked(order), []);
});

test("a Pix whose answer was lost is the Pix that is shown", async (t) => {
  const { context, page } = await shopper(t, { expects: ["ERR_CONNECTION_RESET"] });
  const order = await session();
  const keys = await watchPayments(context, order, async (route, nth) => {
    if (nth > 1) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  const checkout = await openLink(page, order);
  await asksFor(checkout, "pix");
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(await booked(order), ["pix pending"]);
});
