import assert from "node:assert/strict";
import { test } from "node:test";

import { groupDocument, readDocument } from "../../../functions/checkout/web/form/documents.js";

test("a CPF and a CNPJ are read with and without punctuation, where their check digits hold", () => {
  assert.deepEqual(readDocument("729.120.530-13"), { type: "cpf", number: "72912053013" });
  assert.deepEqual(readDocument("11222333000181"), { type: "cnpj", number: "11222333000181" });
  // A check digit of 9, and one of 0 that is a ten.
  assert.equal(readDocument("123.456.789-09")?.type, "cpf");
  // Receita Federal's example of a CNPJ with letters.
  assert.deepEqual(readDocument("12.ABC.345/01de-35"), { type: "cnpj", number: "12ABC34501DE35" });
  for (const text of ["", "72912053014", "7291205301", "11222333000182", "12ABC34501DE36"])
    assert.equal(readDocument(text), null);
});

test("where a CPF is needed, a CNPJ is none", () => {
  assert.equal(readDocument("11.222.333/0001-81", true), null);
  assert.equal(readDocument("72912053013", true).type, "cpf");
});

test("a document gets its punctuation while it is typed", () => {
  const typed = (keys) => [...keys].reduce((shown, key) => groupDocument(shown + key), "");
  assert.equal(typed("72912053013"), "729.120.530-13");
  assert.equal(typed("11222333000181"), "11.222.333/0001-81");
  assert.equal(typed("12ABC34501DE35"), "12.ABC.345/01DE-35");
  assert.equal(typed("1122233300018199"), "11.222.333/0001-81");
});
