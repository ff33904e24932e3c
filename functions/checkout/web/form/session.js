// Which screen a session has: a pure function of what the hub says of it.

/** The screens of a payment that waits for its shopper. */
export const UNPAID = ["pix", "boleto", "drip"];

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
  if (now >= Date.parse(state.payableUntil)) return "expired";
  if (state.attemptsLeft === 0) return "used_up";
  return "choose";
}

/** Whether the message `words` is also true beside the screen `name`, which has no form. */
export function isSaidBeside(name, words) {
  return words === "taken" && ["processing", ...UNPAID].includes(name);
}

/** An end as a shopper reads it, where the shopper is: midnight is the last minute of the day that it ends. */
export function endText(end, tag, dateStyle) {
  const date = new Date(end);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  return new Intl.DateTimeFormat(tag, { dateStyle, timeStyle: "short" }).format(date - (isMidnight ? 60_000 : 0));
}

/** Whether the due date matters on the screen `name`: the session can be paid there. */
export function isPayable(name) {
  return ["choose", ...UNPAID].includes(name);
}

/** When the code of a pending Pix ends, in milliseconds: `createdAt` of a payment of a session is the session's own. */
export function pixEnd(charge) {
  const first = charge.transactionRequests.at(-1);
  return Date.parse(first?.createdAt ?? charge.updatedAt) + charge.paymentMethod.expiresIn * 1000;
}

/** Whether both are one charge in one status, or none. */
export function isSameCharge(one, other) {
  return one?.chargeId === other?.chargeId && one?.status === other?.status;
}

/** Why the newest request failed; null where it did not. */
export function declineOf(charge) {
  if (charge?.status !== "failed") return null;
  return (
    charge.transactionRequests.find((request) => request.providerError)?.providerError ?? { declinedCode: "generic" }
  );
}
