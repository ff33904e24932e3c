// Which screen a session has: a pure function of what the hub says of it.

const DAY_END = /T23:59:59\.999Z$/;
// A due date that is a day ends in Brasília, three hours after its end in UTC, which is printed.
const BRASILIA_MS = 3 * 60 * 60 * 1000;

/** Until when the session can be paid, in milliseconds. */
export function endOf(dueDate) {
  return Date.parse(dueDate) + (DAY_END.test(dueDate) ? BRASILIA_MS : 0);
}

function screenOfPending(charge) {
  const { paymentType, qrCodeData, barcodeData, paymentUrl } = charge.paymentMethod;
  if (paymentType === "pix" && qrCodeData) return "pix";
  if (paymentType === "boleto" && barcodeData) return "boleto";
  if (paymentType === "drip" && paymentUrl) return "drip";
  return "processing";
}

/**
 * The screen of a session: `state` is the newest of `/link` and `/status`, `charge` the answer of `/charge` or of a
 * payment, or null where there is none. A payment that holds the session is shown also after the due date.
 */
export function screenOf({ state, charge, now }) {
  if (state.status === "paid") return "paid";
  if (state.status === "voided") return "voided";
  if (state.status === "canceled") return "canceled";
  if (charge?.status === "pre_authorized") return "paid";
  if (charge?.status === "pending") return screenOfPending(charge);
  if (state.activeCharge) return "processing";
  if (!state.isActive) return "inactive";
  if (now >= endOf(state.dueDate)) return "expired";
  if (state.attemptsLeft === 0) return "used_up";
  return "choose";
}

/** Whether the message `words` is also true beside the screen `name`, which has no form. */
export function isSaidBeside(name, words) {
  return words === "taken" && ["processing", "pix", "boleto", "drip"].includes(name);
}

// Payment attempts of a session: MAX_ATTEMPTS of shared/domain/src/limits.rs.
const ATTEMPTS = 10;

/** Whether the hub can be asked for the charge: a session without an attempt has none, and its answer is an error. */
export function hasCharge({ activeCharge, attemptsLeft }) {
  return Boolean(activeCharge) || attemptsLeft < ATTEMPTS;
}

/** When the code of a pending Pix ends, in milliseconds: `createdAt` of a payment of a session is the session's own. */
export function pixEnd(charge) {
  const first = charge.transactionRequests.at(-1);
  return Date.parse(first?.createdAt ?? charge.updatedAt) + charge.paymentMethod.expiresIn * 1000;
}

/** Why the newest request failed; null where it did not. */
export function declineOf(charge) {
  if (charge?.status !== "failed") return null;
  return (
    charge.transactionRequests.find((request) => request.providerError)?.providerError ?? { declinedCode: "generic" }
  );
}
