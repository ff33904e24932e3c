// The hub's routes for a session key.

const ASK_MS = 12_000;
// The gateway answers within 29 seconds.
const PAY_MS = 35_000;

/** No answer came, or none that says what was done: the request may have reached the hub. */
export class Lost extends Error {}

/**
 * What the form asks the hub. Each resolves to `{status, body}` for every answer of the hub, and throws [Lost] where
 * none came. `now()` is the time at the hub. `send` is `fetch`.
 */
export function hubApi({ api, clientId, publicKey, sessionId }, send = fetch.bind(globalThis)) {
  // The shopper's clock may be wrong: the hub's counts.
  let ahead = 0;
  const ask = async (method, path, { body, key, within = ASK_MS } = {}) => {
    const headers = { "X-Client-Id": clientId, "X-Api-Key": publicKey };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key !== undefined) headers["X-Idempotency-Key"] = key;
    const options = { method, headers, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
    try {
      const signal = AbortSignal.timeout(within);
      const answer = await send(`${api}/v1/sessions${path}`, {
        ...options,
        signal,
        body: body && JSON.stringify(body),
      });
      const date = Date.parse(answer.headers.get("date"));
      if (!Number.isNaN(date)) ahead = date - Date.now();
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
    } catch (cause) {
      throw new Lost("no answer", { cause });
    }
  };
  const session = `/${encodeURIComponent(sessionId)}`;
  const customer = (id) => `/customers/${encodeURIComponent(id)}`;
  return {
    now: () => Date.now() + ahead,
    link: () => ask("GET", `${session}/link`),
    status: () => ask("GET", `${session}/status`),
    charge: () => ask("GET", `${session}/charge`),
    pay: (body, key) => ask("POST", `${session}/charge`, { body, key, within: PAY_MS }),
    token: (body, key) => ask("POST", "/tokens", { body, key }),
    saveCard: (body, key) => ask("POST", "/cards", { body, key }),
    register: (body, key) => ask("POST", "/customers", { body, key }),
    linkCard: (id, body, key) => ask("POST", `${customer(id)}/cards`, { body, key }),
    customer: (id) => ask("GET", customer(id)),
    cards: (id) => ask("GET", `${customer(id)}/cards`),
  };
}
