// What a shopper reads of a decline: its words (`decline_…` of the texts) and what can be done.
//
// `again`: the same card may work. `fix`: a field is wrong. `other`: another card or another payment method. A card
// that its bank wants kept is refused in the words of a doubt: whoever holds it may not be its owner.

import { declineOf } from "./session.js";

const DECLINES = {
  generic: ["generic", "other"],
  insufficient_funds: ["funds", "other"],
  expired_card: ["expired", "fix", "cardExpirationDate"],
  invalid_number: ["number", "fix", "cardNumber"],
  invalid_cvv: ["cvv", "fix", "cardCvv"],
  invalid_amount: ["amount", "other"],
  card_not_supported: ["unsupported", "other"],
  blocked_card: ["blocked", "other"],
  canceled_card: ["canceled", "other"],
  timeout: ["bank_silent", "again"],
  try_again: ["not_processed", "again"],
  expired: ["late", "again"],
  processing_error: ["not_processed", "again"],
  fraud_confirmed: ["bank_refused", "other"],
  fraud_suspect: ["bank_refused", "other"],
  invalid_data: ["data", "fix", "cardNumber"],
  invalid_installment: ["installments", "fix", "installments"],
  invalid_merchant: ["merchant", "other"],
  invalid_pin: ["pin", "other"],
  issuer_not_available: ["bank_silent", "again"],
  lost_card: ["bank_refused", "other"],
  not_permitted: ["not_permitted", "other"],
  pickup_card: ["bank_refused", "other"],
  pin_try_exceeded: ["pin_tries", "other"],
  restricted_card: ["blocked", "other"],
  security_violation: ["bank_refused", "other"],
  service_not_allowed: ["unsupported", "other"],
  stolen_card: ["bank_refused", "other"],
  transaction_not_allowed: ["not_permitted", "other"],
};

/**
 * `{words, next, field}` of a `providerError` about a payment of this type; `words` alone where they say what is next.
 */
export function declineWords({ declinedCode, retryable } = {}, paymentType = "credit") {
  const [words, next, field] = DECLINES[declinedCode] ?? ["generic", retryable ? "again" : "other"];
  if (paymentType !== "credit") {
    return declinedCode === "expired" ? { words: `late_${paymentType}` } : { words: "method", next: "again" };
  }
  return { words, next, field };
}

/** What a shopper reads of a charge that was declined, as a message; null where it was not. */
export function declineText(charge, t) {
  const decline = declineOf(charge);
  if (decline === null) return null;
  const { words, next } = declineWords(decline, charge.paymentMethod.paymentType);
  return {
    kind: "c-refusal",
    title: t.decline_title,
    text: [t[`decline_${words}`], t[`next_${next}`]].filter(Boolean).join(" "),
  };
}

/** Every code that has words of its own. */
export const declinedCodes = Object.keys(DECLINES);
