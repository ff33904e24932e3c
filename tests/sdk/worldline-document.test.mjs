// docs/worldline.md: the commands and the code of its walk are run here, line for line and in order.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { start } from "./hub.mjs";
import { inBrowser } from "./worldline-client.mjs";

const require = createRequire(import.meta.url);
const PAGE = readFileSync(new URL("../../docs/worldline.md", import.meta.url), "utf8");
const INSTALLED = require("./package.json").dependencies;
const IMPORTS = /^import (\S+|\{ \w+ \}) from "(.*)";.*$/gm;

const folder = mkdtempSync(join(tmpdir(), "catraca-document-"));
after(() => rmSync(folder, { recursive: true }));

/** The code of every fence of this language, in order. */
function code(language) {
  const fences = [...PAGE.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  return fences.filter(([, of]) => of === language).map(([, , text]) => text);
}

/** Runs a line of a shell; the variables that it leaves are this process's. `cargo run --` is the program. */
async function type(line) {
  const [command] = line.split(/ +#/);
  if (command.startsWith("cargo run -- ")) return start([...command.split(" ").slice(3), "--memory"], folder);
  if (command.startsWith("npm install ")) {
    // `npm ci` has installed them: the page names the versions that are tested.
    for (const [name, version] of command.split(" ").slice(2).map((named) => named.split("@"))) {
      assert.equal(INSTALLED[name], version, name);
    }
    return;
  }
  const left = execFileSync("bash", ["-ec", `${command}\nenv -0`], { cwd: folder, encoding: "utf8" });
  Object.assign(process.env, Object.fromEntries(left.split("\0").filter(Boolean).map((pair) => pair.split(/=(.*)/s))));
}

/** Worldline's library for servers, which notes in `answers` what each call was answered. */
function noting(answers, library) {
  const noted = (part) => new Proxy(part, {
    get(of, name) {
      if (typeof of[name] !== "function") return noted(of[name]);
      return async (...args) => {
        const { status, body } = await of[name](...args);
        answers.push([status, body.status ?? body.payment?.status].filter(Boolean).join(", "));
        return { status, body };
      };
    },
  });
  return { init: (settings) => ({ v1: noted(library.init(settings).v1) }) };
}

test("the walk of the page is answered as the page says", async () => {
  for (const line of code("sh").join("").trim().split("\n")) await type(line);
  const script = code("js").join("\n");
  const imports = [...script.matchAll(IMPORTS)].map(([, name, from]) => `${name} from ${from}`);
  assert.deepEqual(imports, ["sdk from connect-sdk-nodejs", "{ Session } from connect-sdk-client-js"]);
  const answers = [];
  const { Session } = inBrowser(() => require("connect-sdk-client-js"));
  const run = new (async () => {}).constructor("sdk", "Session", script.replaceAll(IMPORTS, ""));
  await run(noting(answers, require("connect-sdk-nodejs")), Session);
  const said = [...script.matchAll(/\/\/ (\d{3}, [A-Z_]+)$/gm)].map(([, answer]) => answer);
  assert.deepEqual(said, ["201, PENDING_APPROVAL", "200, CAPTURE_REQUESTED", "200, CAPTURED", "201, REFUNDED"]);
  assert.deepEqual(answers, ["200", ...said, "201, PENDING_APPROVAL", "200"]);
});
