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

/** Starts a hub that stops after the tests of the file, and returns how it is called: `{ url, clientId, secretKey, … }`. */
export async function startHub() {
  const folder = mkdtempSync(join(tmpdir(), "catraca-sdk-"));
  const envFile = join(folder, "hub.env");
  const hub = spawn(BINARY, ["--port", "0", "--memory", "--env-file", envFile], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(hub, "exit");
  after(async () => {
    hub.kill("SIGTERM");
    await exited;
  });
  process.once("exit", () => hub.kill("SIGKILL")); // if the tests did not end
  const early = exited.then(([code]) => Promise.reject(new Error(`${BINARY} ended with ${code} before it was ready`)));
  let lines;
  try {
    // The hub greets once it is ready, after it wrote the file.
    await Promise.race([once(hub.stdout, "data"), early]);
    lines = readFileSync(envFile, "utf8").trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
  hub.stdout.resume();
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
