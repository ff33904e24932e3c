import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { declineWords, declinedCodes } from "../../../functions/checkout/web/form/declines.js";
import { markOf, nextPause } from "../../../functions/checkout/web/form/live.js";
import { declineOf, endText, isPayable, pixEnd, screenOf } from "../../../functions/checkout/web/form/session.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";

const NOW = Date.parse("2027-01-15T12:00:00.000Z");
const SESSION = {
  status: "created",
  isActive: true,
  payableUntil: "2027-01-31T12:00:00.000Z",
  activeCharge: null,
  attemptsLeft: 10,
  updatedAt: "2027-01-01T00:00:00.000Z",
};
const charge = (status, paymentMethod = { paymentType: "credit" }, transactionRequests = []) => ({
  status,
  paymentMethod,
  transactionRequests,
  chargeId: "1",
});
const screen = (state, its = null, now = NOW) => screenOf({ state: { ...SESSION, ...state }, charge: its, now });

test("a session that can be paid shows its payment methods, also after a decline", () => {
  assert.equal(screen({}), "choose");
  assert.equal(screen({ attemptsLeft: 9 }, charge("failed")), "choose");
  assert.equal(screen({ attemptsLeft: 9 }, charge("canceled", { paymentType: "pix" })), "choose");
});

test("an unpaid payment is shown where there is something to pay with", () => {
  assert.equal(screen({}, charge("pending", { paymentType: "pix", qrCodeData: "0002" })), "pix");
  assert.equal(screen({}, charge("pending", { paymentType: "boleto", barcodeData: "9999" })), "boleto");
  assert.equal(screen({}, charge("pending", { paymentType: "drip", paymentUrl: "https://drip.example" })), "drip");
  for (const paymentType of ["credit", "pix", "boleto", "drip"]) {
    assert.equal(screen({}, charge("pending", { paymentType })), "processing", paymentType);
  }
  assert.equal(screen({ activeCharge: { id: "1", paymentType: "credit" } }), "processing", "before its charge is read");
});

test("a payment that is under way is shown also when its session has ended meanwhile", () => {
  const late = NOW + 365 * 24 * 3600 * 1000;
  assert.equal(screen({}, charge("pending", { paymentType: "boleto", barcodeData: "9999" }), late), "boleto");
  assert.equal(screen({ isActive: false }, charge("pending")), "processing");
});

test("each end of a session has a screen", () => {
  assert.equal(screen({ status: "paid" }, charge("paid")), "paid");
  assert.equal(screen({}, charge("pre_authorized")), "paid");
  assert.equal(screen({ status: "voided" }, charge("voided")), "voided");
  assert.equal(screen({ status: "canceled" }, charge("canceled")), "canceled");
  assert.equal(screen({ isActive: false }), "inactive");
  assert.equal(screen({ payableUntil: "2027-01-15T12:00:00.000Z" }), "expired");
  assert.equal(screen({ attemptsLeft: 0 }, charge("failed")), "used_up");
});

test("a session ends when the hub says, whatever its due date looks like", () => {
  const day = { dueDate: "2027-01-15T23:59:59.999Z", payableUntil: "2027-01-16T03:00:00.000Z" };
  const instant = { dueDate: "2027-01-15T23:59:59.999Z", payableUntil: "2027-01-15T23:59:59.999Z" };
  const at = Date.parse("2027-01-16T02:00:00Z");
  assert.equal(screen(day, null, at), "choose");
  assert.equal(screen(instant, null, at), "expired");
  assert.equal(screen(day, null, Date.parse(day.payableUntil)), "expired");
});

test("an end at midnight is read as the last minute of its day", () => {
  const read = (...end) => endText(new Date(...end).toISOString(), "en-GB", "short");
  assert.equal(read(2031, 1, 4), "03/02/2031, 23:59");
  assert.equal(read(2031, 1, 3, 12), "03/02/2031, 12:00");
  assert.equal(read(2031, 1, 3, 0, 30), "03/02/2031, 00:30");
});

test("the due date is shown where the session can be paid", () => {
  for (const name of ["choose", "pix", "boleto", "drip"]) assert.ok(isPayable(name), name);
  for (const name of ["paid", "processing", "expired", "canceled", undefined]) assert.ok(!isPayable(name), name);
});

test("a Pix ends when its own code does, not when its session was made", () => {
  const requests = [{ createdAt: "2027-01-15T12:01:00.000Z" }, { createdAt: "2027-01-15T12:00:00.000Z" }];
  const pix = {
    ...charge("pending", { paymentType: "pix", expiresIn: 60 }, requests),
    createdAt: "2026-01-01T00:00:00.000Z",
  };
  assert.equal(pixEnd(pix), NOW + 60_000);
});

test("a decline is that of the newest request that has one", () => {
  const error = { declinedCode: "insufficient_funds" };
  assert.equal(declineOf(charge("failed", undefined, [{ requestStatus: "failed", providerError: error }])), error);
  assert.deepEqual(declineOf(charge("failed")), { declinedCode: "generic" });
  assert.equal(declineOf(charge("paid")), null);
  assert.equal(declineOf(null), null);
});

const LANGUAGES = ["pt", "en", "es"];

/** Every code of `DeclineCode`. */
function codesOfTheHub() {
  const source = readFileSync(new URL("../../../shared/domain/src/charge/decline.rs", import.meta.url), "utf8");
  const list = source.slice(source.indexOf("\ndecline_codes! {"), source.indexOf("/// A decline by a provider"));
  const names = [...list.matchAll(/^ {4}([A-Z]\w+), (?:Hard|Soft|Irreversible);$/gm)].map(([, name]) => name);
  return names.map((name) => name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase());
}

test("every decline code of the hub has words and an advice in every language", () => {
  const codes = codesOfTheHub();
  assert.ok(codes.length > 25);
  assert.deepEqual([...declinedCodes].sort(), [...codes].sort());
  for (const language of LANGUAGES) {
    for (const declinedCode of codes) {
      for (const paymentType of ["credit", "pix", "boleto", "drip"]) {
        const { words, next } = declineWords({ declinedCode }, paymentType);
        assert.ok(textsOf(language)[`decline_${words}`], `${language} ${declinedCode} ${paymentType}`);
        assert.ok(!next || textsOf(language)[`next_${next}`], `${language} ${declinedCode} ${paymentType}`);
      }
    }
  }
});

test("a code that came later than the form is tried again where the hub says so", () => {
  assert.equal(declineWords({ declinedCode: "later", retryable: true }).next, "again");
  assert.equal(declineWords({ declinedCode: "later", retryable: false }).next, "other");
});

test("whether a card was stolen or its payment looks like a fraud is not said", () => {
  const [first, ...others] = ["stolen_card", "lost_card", "pickup_card", "fraud_suspect", "fraud_confirmed"];
  for (const declinedCode of others)
    assert.deepEqual(declineWords({ declinedCode }), declineWords({ declinedCode: first }));
});

test("the languages have the same texts with the same places", () => {
  const places = (text) =>
    [...text.matchAll(/\{\w+\}/g)]
      .map(([place]) => place)
      .sort()
      .join();
  const portuguese = textsOf("pt");
  for (const language of ["en", "es"]) {
    const other = textsOf(language);
    assert.deepEqual(Object.keys(other), Object.keys(portuguese));
    for (const [name, text] of Object.entries(portuguese))
      assert.equal(places(other[name]), places(text), `${language} ${name}`);
  }
});

test("a status that changed in any part has another mark", () => {
  const changes = [
    { status: "paid" },
    { isActive: false },
    { activeCharge: { id: "1" } },
    { attemptsLeft: 9 },
    { updatedAt: "later" },
  ];
  for (const change of changes) assert.notEqual(markOf({ ...SESSION, ...change }), markOf(SESSION));
  assert.equal(markOf({ ...SESSION, name: "x" }), markOf(SESSION));
});

test("pauses grow to the longest one", () => {
  const pauses = [2000];
  while (pauses.length < 12) pauses.push(nextPause(pauses.at(-1), 8000));
  assert.ok(pauses.every((pause, at) => at === 0 || pause >= pauses[at - 1]));
  assert.equal(pauses.at(-1), 8000);
});
