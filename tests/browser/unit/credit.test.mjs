// A payment by card whose card was not saved says so at its end.

import assert from "node:assert/strict";
import { test } from "node:test";

import { screenNamed } from "../../../functions/checkout/web/form/screens.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";

globalThis.document = {
  createElement: () => ({
    children: [],
    setAttribute() {},
    append(...children) {
      this.children.push(...children);
    },
  }),
};
const texts = (node) => (typeof node === "string" ? node : node.children.map(texts).join(" "));

test("the paid screen says that the card may not be saved, and only then", () => {
  const t = textsOf("en");
  const shown = (isUnsaved) =>
    texts(screenNamed("paid", { t, values: { isUnsaved }, context: {}, amount: "R$ 1.00" }).node);
  assert.ok(shown(true).includes(t.save_failed));
  assert.ok(!shown(false).includes(t.save_failed));
});
