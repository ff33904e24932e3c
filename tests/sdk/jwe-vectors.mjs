// Makes jwe-vectors.json: what Worldline's client library and another JOSE library encrypt for one key pair.
// Run once, by hand: `npm install --no-save node-jose@2.2.0 && node jwe-vectors.mjs > jwe-vectors.json`. The tests of
// shared/seal decrypt what it wrote.

import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { inBrowser } from "./worldline-client.mjs";

const require = createRequire(import.meta.url);
const jose = require("node-jose");

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyId = "6ac0ba3c-4c9b-4b0c-8b3a-5f6f6b1f5b61";
const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");

/** A hub that answers with the key and with a product of four fields. */
const field = (id, type) => ({
  id,
  type,
  dataRestrictions: { isRequired: false, validators: {} },
  displayHints: {
    alwaysShow: false,
    displayOrder: 1,
    formElement: { type: "text" },
    label: id,
    obfuscate: false,
    preferredInputType: "StringKeyboard",
  },
});
const product = {
  id: 1,
  paymentMethod: "card",
  displayHints: { displayOrder: 1, label: "Visa", logo: "logo.png" },
  fields: ["cardNumber", "expiryDate", "cvv", "cardholderName"].map((id) => field(id, "string")),
};
const answer = (url) => (String(url).includes("publickey") ? { keyId, publicKey: spki } : product);
globalThis.fetch = async (url) =>
  new Response(JSON.stringify(answer(url)), { status: 200, headers: { "content-type": "application/json" } });

async function byClientLibrary(values) {
  const { Session } = inBrowser(() => require("connect-sdk-client-js"));
  const session = new Session({
    clientSessionId: "f084372052fb47d9a766ec35bfa0e6bd",
    customerId: "customer",
    clientApiUrl: "http://localhost/client",
    assetUrl: "http://localhost/",
  });
  const context = { countryCode: "BR", totalAmount: 100, currency: "BRL", isRecurring: false, locale: "pt_BR" };
  const request = session.getPaymentRequest();
  request.setPaymentProduct(await session.getPaymentProduct(1, context));
  request.setTokenize(true);
  for (const [name, value] of Object.entries(values)) request.setValue(name, value);
  return session.getEncryptor().encrypt(request);
}

const publicJwk = await jose.JWK.asKey({ ...publicKey.export({ format: "jwk" }), kid: keyId });
const privateJwk = await jose.JWK.asKey(privateKey.export({ type: "pkcs8", format: "pem" }), "pem");
const byJose = (text) =>
  jose.JWE.createEncrypt({ format: "compact", contentAlg: "A256CBC-HS512", fields: { alg: "RSA-OAEP" } }, publicJwk)
    .update(Buffer.from(text))
    .final();

const jwe = await byClientLibrary({
  cardNumber: "4567 3500 0042 7977",
  expiryDate: "12/30",
  cvv: "123",
  cardholderName: "José da Silva",
});
const { plaintext } = await jose.JWE.createDecrypt(privateJwk).decrypt(jwe);
const ofPhones = JSON.stringify({
  clientSessionId: "f084372052fb47d9a766ec35bfa0e6bd",
  nonce: "0f0e0d0c0b0a09080706050403020100",
  paymentProductId: 3,
  paymentValues: [
    { key: "cardNumber", value: "5555555555554444" },
    { key: "expiryDate", value: "0931" },
    { key: "cvv", value: "321" },
    { key: "cardholderName", value: "Łukasz Đorđević" },
  ],
});
const vectors = [
  { by: "connect-sdk-client-js 6.0.6", jwe, plaintext: plaintext.toString("base64") },
  { by: "node-jose 2.2.0", jwe: await byJose(ofPhones), plaintext: Buffer.from(ofPhones).toString("base64") },
];
const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
console.log(JSON.stringify({ privateKey: pkcs8, publicKey: spki, keyId, vectors }, null, 1));
