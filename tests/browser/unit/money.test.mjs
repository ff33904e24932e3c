import assert from "node:assert/strict";
import { test } from "node:test";

import { decimalsOf, installmentChoices, installmentsOf, money } from "../../../functions/checkout/web/form/money.js";

/** A text whose blanks are plain ones. */
const plain = (text) => text.replace(/\s/g, " ");

test("money is shown with the decimals of its currency", () => {
  assert.equal(plain(money(150, "BRL", "pt-BR")), "R$ 1,50");
  assert.equal(plain(money(999_999_999_999, "BRL", "pt-BR")), "R$ 9.999.999.999,99");
  assert.equal(plain(money(5, "BRL", "pt-BR")), "R$ 0,05");
  assert.equal(plain(money(150, "JPY", "en")), "¥150");
  assert.equal(plain(money(1, "KWD", "en")), "KWD 0.001");
  assert.deepEqual(["BRL", "JPY", "KWD"].map(decimalsOf), [2, 0, 3]);
});

test("a sum that no number is exact for is exact", () => {
  const sum = BigInt(999_999_999_999) * BigInt(99_999_999);
  assert.equal(plain(money(sum, "BRL", "pt-BR")), "R$ 999.999.989.999.000.000,01");
});

test("installments together are the amount, and the first one has the remainder", () => {
  assert.deepEqual(installmentsOf(10_000, 3), { count: 3, each: 3333, first: 3334 });
  for (const amount of [1, 2, 99, 100, 101, 9_999, 999_999_999_999]) {
    for (const { count, each, first } of installmentChoices(amount, 99)) {
      assert.equal(first + each * (count - 1), amount);
      assert.ok(each >= 1 && first >= each && first - each < count, `${amount} in ${count}`);
    }
  }
});

test("no installment is less than one minor unit", () => {
  assert.deepEqual(
    installmentChoices(2, 12).map(({ count }) => count),
    [1, 2],
  );
  assert.deepEqual(
    installmentChoices(100, 0).map(({ count }) => count),
    [1],
  );
});

test("every minor unit is printed, whatever the browser's own table of decimals says", () => {
  for (const currency of Intl.supportedValuesOf("currency")) {
    for (const language of ["pt-BR", "en", "es-AR"]) {
      const shown = money(12_345, currency, language).match(/\d[\d.,\s]*/)[0];
      assert.equal(shown.replace(/\D/g, ""), "12345", `${currency} ${shown}`);
      assert.equal(shown.match(/[.,](\d+)$/)?.[1].length ?? 0, decimalsOf(currency) || 3, `${currency} ${shown}`);
    }
  }
});
