// What the form knows of cards agrees with the hub.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  brandOf,
  cvvLength,
  digitsOf,
  expiryText,
  groupCardNumber,
  groupExpiry,
  hasExpired,
  isCardNumber,
  isHolder,
  luhnHolds,
  readExpiry,
} from "../../../functions/checkout/web/form/card.js";

const CARD_RS = new URL("../../../shared/domain/src/card.rs", import.meta.url);

/** `[[from, to, name], …]` of `Brand::of`, in its order. */
function rangesOfTheHub() {
  const source = readFileSync(CARD_RS, "utf8");
  const table = source.slice(source.indexOf("match first6.parse"), source.indexOf("_ => Self::Unknown"));
  const arms = table
    .slice(table.indexOf("{") + 1)
    .split(",\n")
    .filter((arm) => arm.includes("=>"));
  return arms.flatMap((arm) => {
    const [ranges, name] = arm.split("=> Self::");
    return ranges.split("|").map((range) => {
      const [from, to] = range.replaceAll("_", "").trim().split("..=").map(Number);
      return [from, to ?? from, name.trim()];
    });
  });
}

const NAMES = { AmericanExpress: "American Express", Jcb: "JCB" };

test("a number has the brand that the hub says, at the edges of every range", () => {
  const ranges = rangesOfTheHub();
  assert.ok(ranges.length > 30);
  const brandOfHub = (first6) => {
    const found = ranges.find(([from, to]) => first6 >= from && first6 <= to);
    return found ? (NAMES[found[2]] ?? found[2]) : null;
  };
  for (const [from, to] of ranges) {
    for (const first6 of [from - 1, from, to, to + 1])
      assert.equal(brandOf(String(first6)), brandOfHub(first6), first6);
  }
});

test("the brand shows as soon as the digits leave one", () => {
  assert.equal(brandOf(""), null);
  assert.equal(brandOf("4"), "Visa");
  assert.equal(brandOf("3"), null);
  assert.equal(brandOf("37"), "American Express");
  assert.equal(brandOf("401178"), "Elo");
  assert.equal(brandOf("9"), null);
});

test("a number is 12 to 19 digits whose check digit holds", () => {
  assert.ok(isCardNumber("4929564637987814"));
  assert.ok(!isCardNumber("4929564637987815"));
  assert.ok(isCardNumber("6304000000000000") === luhnHolds("6304000000000000"));
  assert.ok(!isCardNumber("00000000000"));
  assert.ok(!isCardNumber("0".repeat(20)));
  assert.ok(isCardNumber("0".repeat(19)));
});

test("digits are read however they are pasted", () => {
  assert.equal(digitsOf(" 4929-5646 3798.7814\n"), "4929564637987814");
  assert.equal(digitsOf("４９２９"), "4929");
});

test("a number is grouped as cards print it", () => {
  assert.equal(groupCardNumber("4929564637987814"), "4929 5646 3798 7814");
  assert.equal(groupCardNumber("371449635398431"), "3714 496353 98431");
  assert.equal(groupCardNumber("3714"), "3714");
  assert.equal(groupCardNumber("37144"), "3714 4");
  assert.equal(groupCardNumber("30569309025904"), "3056 930902 5904");
  assert.equal(groupCardNumber("6304000000000000000"), "6304 0000 0000 0000 000");
  assert.equal(groupCardNumber(""), "");
});

test("the security code has the brand's length", () => {
  assert.deepEqual([cvvLength("American Express"), cvvLength("Visa"), cvvLength(null)], [4, 3, 3]);
});

test("an expiry is read in every spelling that browsers fill in", () => {
  for (const text of ["06/28", "6/28", "06/2028", "06 / 28", "0628", "062028", "2028-06", "06-28", "06.2028"]) {
    assert.deepEqual(readExpiry(text), { month: 6, year: 2028 }, text);
  }
  for (const text of ["", "13/28", "00/28", "06", "06/2", "06/028", "2028/06x", "ab/cd"])
    assert.equal(readExpiry(text), null, text);
  assert.equal(expiryText({ month: 6, year: 2028 }), "06/2028");
});

test("a card is good through the last day of its month everywhere on earth", () => {
  const june = { month: 6, year: 2028 };
  assert.ok(!hasExpired(june, Date.parse("2028-07-01T11:59:59.999Z")));
  assert.ok(hasExpired(june, Date.parse("2028-07-01T12:00:00.000Z")));
  assert.ok(!hasExpired({ month: 12, year: 2028 }, Date.parse("2029-01-01T11:00:00.000Z")));
});

/** What the field shows after each key. */
function typed(keys, format) {
  return [...keys].reduce((shown, key) => format(shown + key), "");
}

test("an expiry is written while it is typed, pasted and filled in", () => {
  assert.equal(typed("0628", groupExpiry), "06/28");
  assert.equal(typed("628", groupExpiry), "06/28");
  assert.equal(typed("06/28", groupExpiry), "06/28");
  assert.equal(typed("6/28", groupExpiry), "06/28");
  assert.equal(typed("06/2028", groupExpiry), "06/28");
  assert.equal(typed("122020", groupExpiry), "12/20");
  assert.equal(groupExpiry("2028-06"), "06/28");
  assert.equal(groupExpiry("06/2028"), "06/28");
  assert.equal(groupExpiry("06/"), "06");
});

test("a holder is a name, not the number once more", () => {
  assert.ok(isHolder("JOAO DA SILVA"));
  assert.ok(isHolder("Ana 2"));
  assert.ok(!isHolder("4929 5646 3798 7814"));
  assert.ok(!isHolder("ANA 4929564637987814"));
  assert.ok(!isHolder("12-34"));
});
