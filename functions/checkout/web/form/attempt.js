// The payment that is under way in this tab: its key, so that a reload finds it. Never a card, never the session's key.

const PLACE = "catraca.attempt.";

// A frame may have no storage: then a reload looks at the session alone.
function stored(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}

/** Keeps the attempt `{key, at}`: `at` is the time at the hub, which a device that corrects its clock does not move. */
export function keepAttempt(sessionId, attempt) {
  stored((storage) => storage.setItem(PLACE + sessionId, JSON.stringify(attempt)));
}

/** The attempt that is kept, or null. */
export function keptAttempt(sessionId) {
  return stored((storage) => JSON.parse(storage.getItem(PLACE + sessionId)));
}

/** Keeps none. */
export function forgetAttempt(sessionId) {
  stored((storage) => storage.removeItem(PLACE + sessionId));
}
