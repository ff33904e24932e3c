// A shopper's page in a real browser, from another origin than the hub's: Worldline's own library for browsers, unchanged,
// calls the client API as CORS allows it, and encrypts the card that the shop's server then pays with.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { startHub } from "./hub.mjs";

const require = createRequire(import.meta.url);
const LIBRARY = readFileSync(join(dirname(require.resolve("connect-sdk-client-js")), "connect-sdk-client-js.js"));
const APPROVED = "4929564637987814";

const hub = await startHub();
const { hostname, port } = new URL(hub.url);
const shop = require("connect-sdk-nodejs").init({
  host: hostname,
  scheme: "http",
  port: Number(port),
  apiKeyId: hub.worldlineKeyId,
  secretApiKey: hub.worldlineSecret,
  integrator: "Loja",
});
const { payments, sessions } = shop.v1;

/** What `work`, which runs in a page of Chromium, returns for `given`. Its library is there as `connect`. */
async function inPage(work, given) {
  let report;
  const reported = new Promise((resolve) => (report = resolve));
  const script = `import * as connect from "/library.js";
    const result = await (${work})(connect, ${JSON.stringify(given)}).catch((error) => ({ failed: String(error.stack) }));
    await fetch("/result", { method: "POST", body: JSON.stringify(result) });`;
  const site = createServer((request, response) => {
    if (request.url === "/library.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(LIBRARY);
    if (request.url === "/") {
      return response.writeHead(200, { "content-type": "text/html" }).end(`<script type="module">${script}</script>`);
    }
    if (request.url !== "/result") return response.writeHead(404).end();
    let text = "";
    request.on("data", (part) => (text += part)).on("end", () => report(JSON.parse(text)) ?? response.end());
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  const profile = mkdtempSync(join(tmpdir(), "catraca-browser-"));
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server"];
  const page = `http://127.0.0.1:${site.address().port}/`;
  const browser = spawn("chromium", [...options, `--user-data-dir=${profile}`, page], { stdio: "ignore" });
  const ended = once(browser, "exit"); // rejects where there is no such program
  try {
    const early = ended.then(([code]) => Promise.reject(new Error(`chromium ended with ${code}`)));
    return await Promise.race([reported, early]);
  } finally {
    browser.kill("SIGTERM");
    await ended;
    site.close();
    site.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

test("a page lists products, names a card, shows logos and encrypts what then pays", async () => {
  const made = await sessions.create(hub.merchantId, {});
  const shown = await inPage(
    async (connect, { made, number }) => {
      const session = new connect.Session(made);
      const context = { totalAmount: 2345, countryCode: "BR", currency: "BRL", isRecurring: false, locale: "pt_BR" };
      const { basicPaymentProducts } = await session.getBasicPaymentProducts(context);
      const logos = basicPaymentProducts.map(async ({ displayHints }) => {
        const logo = new Image();
        logo.src = displayHints.logo;
        await logo.decode();
        return logo.naturalWidth > 0;
      });
      const { status, paymentProductId } = await session.getIinDetails(number.slice(0, 8), context);
      const request = session.getPaymentRequest();
      request.setPaymentProduct(await session.getPaymentProduct(paymentProductId, context));
      const values = { cardNumber: number, expiryDate: "1230", cvv: "123", cardholderName: "José da Silva" };
      for (const [name, value] of Object.entries(values)) request.setValue(name, value);
      return {
        origin: location.origin,
        products: basicPaymentProducts.map(({ id }) => id),
        logos: await Promise.all(logos),
        iin: [status, paymentProductId],
        problems: request.getErrorMessageIds(),
        encrypted: await session.getEncryptor().encrypt(request),
      };
    },
    { made: made.body, number: APPROVED },
  );
  assert.equal(shown.failed, undefined);
  assert.notEqual(shown.origin, new URL(hub.url).origin);
  assert.deepEqual(shown.products, [1, 3, 147, 2, 148, 132, 128, 125, 6105, 1503]);
  assert.deepEqual(shown.logos, Array(10).fill(true));
  assert.deepEqual([shown.iin, shown.problems], [["SUPPORTED", 1], []]);

  const order = {
    amountOfMoney: { amount: 2345, currencyCode: "BRL" },
    references: { merchantReference: "browser-1" },
  };
  const paid = await payments.create(hub.merchantId, { encryptedCustomerInput: shown.encrypted, order });
  assert.equal(paid.status, 201, JSON.stringify(paid.body));
  const read = await payments.get(hub.merchantId, paid.body.payment.id);
  assert.deepEqual(read.body.paymentOutput.cardPaymentMethodSpecificOutput.card, {
    cardNumber: "************7814",
    expiryDate: "1230",
  });
  const headers = { "X-Client-Id": hub.clientId, "X-Api-Key": hub.secretKey };
  const { items } = await (await fetch(`${hub.url}/v1/charges?orderId=browser-1`, { headers })).json();
  assert.deepEqual(items.map(({ status, amount }) => [status, amount]), [["pre_authorized", 2345]]);
});

test("a page reads why it is refused, and its own headers are all that CORS admits", async () => {
  const { body } = await sessions.create(hub.merchantId, {});
  const shown = await inPage(
    async (connect, { made }) => {
      const address = `${made.clientApiUrl}/v1/${made.customerId}/crypto/publickey`;
      const refused = await fetch(address, { headers: { authorization: "GCS v1Client:none" } });
      const opened = new connect.Session({ ...made, clientSessionId: "f084372052fb47d9a766ec35bfa0e6bd" });
      const server = fetch(address, { headers: { "x-gcs-servermetainfo": "e30=" } });
      return {
        refused: [refused.status, (await refused.json()).errors[0].code],
        stranger: await opened.getPublicKey().then(() => "opened", () => "refused"),
        otherHeader: await server.then(() => "sent", () => "not sent"),
      };
    },
    { made: body },
  );
  assert.deepEqual(shown, { refused: [403, "9002"], stranger: "refused", otherHeader: "not sent" });
});
