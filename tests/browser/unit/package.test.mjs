import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../../functions/checkout/web/", import.meta.url));
const about = JSON.parse(readFileSync(`${WEB}package.json`, "utf8"));

test("the package holds the component, its protocol and its types, and nothing of the hub's pages", () => {
  const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: WEB, encoding: "utf8" }));
  assert.deepEqual(files.map(({ path }) => path).sort(), [
    "catraca-checkout.js",
    "index.d.ts",
    "package.json",
    "protocol.js",
  ]);
});

test("the package has the version of the hub", () => {
  const [, version] = /^version = "(.+)"$/m.exec(readFileSync(new URL("../../../Cargo.toml", import.meta.url), "utf8"));
  assert.equal(about.version, version);
});

test("a page that is rendered on a server imports the component", async () => {
  const { CatracaCheckout } = await import("../../../functions/checkout/web/catraca-checkout.js");
  assert.equal(CatracaCheckout.name, "CatracaCheckout");
});

test("the types and the documentation name every state of the form, and no other", () => {
  const read = (path) => readFileSync(new URL(path, `file://${WEB}`), "utf8");
  const found = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  const drawn = ["form/form.js", "form/paying.js"].flatMap((path) =>
    found(read(path), /(?:put\(|draw\(|isClosed \? )"(\w+)"/g),
  );
  const states = [...new Set([...drawn, ...found(read("form/session.js"), /return "(\w+)"/g)])].sort();
  assert.ok(states.includes("choose") && states.includes("closed") && states.includes("failed"));
  const [, union] = /type CheckoutState =([^;]+);/.exec(read("index.d.ts"));
  assert.deepEqual(found(union, /"(\w+)"/g).sort(), states);
  const [, row] = /\| `paymentState` \|(.+)\|$/m.exec(read("../../../docs/checkout.md"));
  assert.deepEqual(found(row, /`(\w+)`/g).filter((name) => name !== "state").sort(), states);
});
