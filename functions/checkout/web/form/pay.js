// One payment, whatever the network does: the same key and the same body until an answer comes, then a search by the
// key.

import { Lost } from "./api.js";

// After this, nothing is sent again: a card is not charged minutes after its shopper chose to pay.
const SEND_MS = 90_000;
// A request that was sent can be under way at the hub for this long.
const UNDER_WAY_MS = 32_000;

const NO_ANSWER = [500, 502, 503, 504];
const UNOPENED = [401, 403];

async function answerTo(request) {
  try {
    return await request();
  } catch (error) {
    if (error instanceof Lost) return null;
    throw error;
  }
}

/** Whether the charge was made by the request with this key. */
export function isOfKey(charge, key) {
  return (charge?.transactionRequests ?? []).some((request) => request.idempotencyKey === key);
}

function isLost(answer) {
  // The gateway's own 429 has no `error`: the request did not reach the hub.
  return answer === null || NO_ANSWER.includes(answer.status) || (answer.status === 429 && !answer.body?.error);
}

// What a 409 is about: the payment of this key, the other one that the session has, or none: then the hub did nothing.
// Null where that could not be read.
async function conflictOf(tools, key) {
  const charge = await answerTo(tools.charge);
  if (charge?.status === 200 && isOfKey(charge.body, key)) return "ours";
  const status = await answerTo(tools.status);
  if (![200, 404].includes(charge?.status) || status?.status !== 200) return null;
  if (charge.status === 404) return "none";
  const { status: state, activeCharge } = status.body;
  return state !== "created" || activeCharge?.id === charge.body.chargeId ? "another" : "none";
}

/**
 * Pays with `body` under `key` for a shopper who chose to at `chosen`: `{charge}`, `{refused: answer}`, with `taken`
 * where another payment holds the session, `{unmade: true}` where nothing was sent or the search finds nothing, or
 * `{closed: true}` where the search is refused: what became of the payment is not known. `tools` has `pay(body, key)`,
 * `charge()`, `status()`, `sleep(ms)`, `online()`, `now()` of the hub and `say(step)`.
 */
export async function payOnce(tools, body, key, chosen) {
  let sent = null;
  let conflicts = 0;
  let wasLost = false;
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    // The device may have slept in the pause, or while the card was saved.
    if (tools.now() - chosen > SEND_MS) return sent === null ? { unmade: true } : findPayment(tools, key, sent);
    const answer = await answerTo(() => tools.pay(body, key));
    sent = tools.now();
    if (answer?.status === 201) return { charge: answer.body };
    if (answer?.status === 409) {
      const whose = await conflictOf(tools, key);
      if (whose === "ours") return findPayment(tools, key, sent);
      if (whose === "none") conflicts += 1;
      if (whose === "another") return { refused: answer, taken: true };
      if (conflicts > 3) return wasLost ? findPayment(tools, key, sent) : { refused: answer };
    } else if (isLost(answer)) {
      wasLost = true;
    } else {
      // A key that opens nothing any more says nothing of the request whose answer was lost.
      return wasLost && UNOPENED.includes(answer.status) ? findPayment(tools, key, sent) : { refused: answer };
    }
    tools.say(answer === null ? "lost" : "again");
    await tools.online();
    await tools.sleep(pause);
  }
}

/** Looks for the payment of `key`, whose request was last sent at `sent`, until it is found or cannot come any more. */
export async function findPayment(tools, key, sent) {
  // What was sent in the future was sent now: clocks differ.
  const from = Math.min(sent, tools.now());
  const isOver = () => tools.now() - from >= UNDER_WAY_MS;
  for (let pause = 1000; ; pause = Math.min(pause * 1.5, 10_000)) {
    tools.say("search");
    const wasOver = isOver();
    const charge = await answerTo(tools.charge);
    if (charge?.status === 200 && isOfKey(charge.body, key)) {
      if (!isUnanswered(charge.body)) return { charge: charge.body };
      // The answer corrects the clock.
    } else if (wasOver && isOver() && (charge?.status === 200 || charge?.status === 404)) {
      return { unmade: true };
    } else if (charge !== null && charge.status < 500 && ![200, 404, 429].includes(charge.status)) {
      return { closed: true };
    }
    await tools.online();
    await tools.sleep(pause);
  }
}

// The provider has not answered yet; after an unknown outcome the newest request is `processing`.
function isUnanswered(charge) {
  return charge.transactionRequests[0]?.requestStatus === "running";
}
