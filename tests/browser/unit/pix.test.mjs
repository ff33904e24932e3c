// The screen of a Pix. The document here is a few lines: names, attributes and children.

import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { pixScreen } from "../../../functions/checkout/web/form/pix.js";
import { textsOf } from "../../../functions/checkout/web/form/texts.js";

class Node {
  children = [];
  attributes = {};
  hidden = false;

  constructor(name) {
    this.name = name;
  }

  append(...children) {
    this.children.push(...children);
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  addEventListener() {}
}
globalThis.document = { createElement: (name) => new Node(name) };

afterEach(() => mock.timers.reset());

const MADE = "2027-01-15T12:00:00.000Z";
const t = textsOf("en");

/** What is shown of `node`: texts, and the names of images and buttons. */
function shown(node) {
  if (typeof node === "string") return node;
  if (node.hidden) return "";
  return [node.name, node.attributes.src, node.textContent, ...node.children.map(shown)].filter(Boolean).join(" ");
}

/** A Pix of one minute, `seconds` after it was made; the hub's clock can be set. */
function pix(seconds) {
  mock.timers.enable({ apis: ["setInterval"] });
  const said = [];
  const it = { at: Date.parse(MADE) + seconds * 1000, said, asked: 0 };
  const paymentMethod = { expiresIn: 60, qrCodeData: "000201", qrCodeImageUrl: "/images/1" };
  it.screen = pixScreen({
    t,
    charge: { paymentMethod, transactionRequests: [{ createdAt: MADE }] },
    context: { api: "https://pay.example", surface: "page" },
    link: { paymentMethods: [{}, {}] },
    state: {},
    amount: "R$ 1.00",
    now: () => it.at,
    say: (text) => said.push(text),
    soon: () => (it.asked += 1),
  });
  return it;
}

const PAYABLE = ["000201", "/images/1", t.copy_pix, t.pix_steps, t.pix_waiting];

test("a Pix whose code ended looks payable no more, and the hub is asked about it", () => {
  const it = pix(58);
  for (const part of PAYABLE) assert.ok(shown(it.screen.node).includes(part), part);
  it.at += 2000;
  mock.timers.tick(3000);
  for (const part of PAYABLE) assert.ok(!shown(it.screen.node).includes(part), part);
  assert.ok(shown(it.screen.node).includes(t.pix_over));
  assert.deepEqual(it.said, [t.pix_over]);
  assert.equal(it.asked, 1);
});

test("a Pix whose code ended before its screen was drawn is never payable", () => {
  const it = pix(61);
  for (const part of PAYABLE) assert.ok(!shown(it.screen.node).includes(part), part);
});

test("what is left is said at the last minute, in words", () => {
  const it = pix(-5);
  it.at += 5000;
  mock.timers.tick(1000);
  assert.deepEqual(it.said, ["1 minute left to pay."]);
});

test("a clock that the hub corrects brings the code back", () => {
  const it = pix(61);
  it.at -= 30_000;
  mock.timers.tick(1000);
  for (const part of PAYABLE) assert.ok(shown(it.screen.node).includes(part), part);
});
