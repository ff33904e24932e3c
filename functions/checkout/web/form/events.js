// What the merchant's page learns: as Malga's component says it, and the same in flat fields. Never a card, never a
// key.

const MESSAGE = "Your transaction cannot be completed";

function common(charge, { sessionId }) {
  return {
    status: charge?.status ?? "failed",
    sessionId,
    chargeId: charge?.chargeId ?? null,
    paymentType: charge?.paymentMethod.paymentType ?? null,
  };
}

/** The detail of `paymentSuccess`: a payment that was made, or waits for its shopper (`status` is `pending`). */
export function successDetail(charge, context) {
  return { data: charge, ...common(charge, context) };
}

/**
 * The detail of `paymentFailed`: of a charge that failed, of an answer that refused, or of neither where no form opens.
 * `message` is what the shopper reads.
 */
export function failureDetail({ charge, answer, paymentType }, context, message) {
  const type = answer ? String(answer.status) : "failed";
  const declined = charge?.transactionRequests.find((request) => request.providerError)?.providerError;
  return {
    ...common(charge, context),
    ...(paymentType && { paymentType }),
    ...(declined && { declinedCode: declined.declinedCode }),
    message,
    error: { type, message: MESSAGE, errorStack: charge ?? answer?.body },
  };
}
