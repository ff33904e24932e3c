// The payment that is under way in this tab: its key, so that a reload finds it. Never a card, never the session's key.
// Where nothing is kept, a reload looks at the session alone.

import { ofTab } from "./tab.js";

const PLACE = "catraca:attempt:";

/** Keeps the attempt `{key, at}`: `at` is the time at the hub, which a device that corrects its clock does not move. */
export function keepAttempt(sessionId, attempt) {
  ofTab((storage) => storage.setItem(PLACE + sessionId, JSON.stringify(attempt)));
}

/** The attempt that is kept, or null. */
export function keptAttempt(sessionId) {
  return ofTab((storage) => JSON.parse(storage.getItem(PLACE + sessionId)));
}

/** Keeps none. */
export function forgetAttempt(sessionId) {
  ofTab((storage) => storage.removeItem(PLACE + sessionId));
}
