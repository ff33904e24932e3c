// A hub of its own for each test file: the real binary on a free port, in memory, stopped at the end by its process id.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after } from "node:test";
import { Malga } from "malga";

const BINARY = process.env.CATRACA_BIN ?? fileURLToPath(new URL("../../target/debug/catraca", import.meta.url));

/** Starts the program with these arguments in this folder. It is ready, and stops after the tests of the file. */
export async function start(args, folder) {
  const hub = spawn(BINARY, ["--port", "0", ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(hub, "exit");
  after(async () => {
    hub.kill("SIGTERM");
    await exited;
  });
  process.once("exit", () => hub.kill("SIGKILL")); // if the tests did not end
  const early = exited.then(([code]) => Promise.reject(new Error(`${BINARY} ended with ${code} before it was ready`)));
  await Promise.race([once(hub.stdout, "data"), early]); // it greets once it is ready
  hub.stdout.resume();
}

/** Starts a hub that stops after the tests of the file, and returns how it is called: `{ url, clientId, secretKey, … }`. */
export async function startHub() {
  const folder = mkdtempSync(join(tmpdir(), "catraca-sdk-"));
  let lines;
  try {
    await start(["--memory", "--env-file", "hub.env"], folder);
    lines = readFileSync(join(folder, "hub.env"), "utf8").trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
  const values = new Map(lines.map((line) => line.split(/=(.*)/s)));
  process.env.MALGA_API_URL = `${values.get("HUB_URL")}/v1`;
  process.env.no_proxy = "127.0.0.1"; // without it the client uses a proxy even for loopback
  return {
    url: values.get("HUB_URL"),
    clientId: values.get("HUB_CLIENT_ID"),
    secretKey: values.get("HUB_SECRET_KEY"),
    merchantId: values.get("HUB_MERCHANT_ID"),
    worldlineKeyId: values.get("HUB_WORLDLINE_KEY_ID"),
    worldlineSecret: values.get("HUB_WORLDLINE_SECRET"),
  };
}

/** The client, unchanged, with the account's secret key or another one. */
export function clientOf({ clientId, secretKey }, apiKey = secretKey) {
  return new Malga({ apiKey, clientId, options: { sandbox: true } });
}
