// Saved cards: those of the session's customer, and the card that a shopper saves.

import { Lost } from "./api.js";
import { fill } from "./dom.js";
import { hasExpired } from "./card.js";
import { customerOf } from "./needs.js";

/**
 * Whether cards are shown and saved here: in the frame of a page whose origin the merchant names, where the session has
 * no link.
 */
export function takesSavedCards({ surface, embedding }, { paymentLink }) {
  return surface === "frame" && embedding === "named" && !paymentLink;
}

/** The choices of a list of cards. */
export function savedChoices(cards, t, now) {
  return cards
    .filter((card) => card.status !== "failed")
    .map((card) => {
      const expiry = { month: Number(card.expirationMonth), year: Number(card.expirationYear) };
      const isOver = hasExpired(expiry, now);
      const values = {
        brand: card.brand,
        last4: card.last4digits,
        expiry: `${card.expirationMonth}/${card.expirationYear}`,
      };
      return { value: card.id, label: fill(t.saved_card, values), note: isOver && t.saved_expired, disabled: isOver };
    });
}

/**
 * Saves a card before it pays: a token, a card of the token, and its link to the customer that the session names, or to
 * one that is registered for it. Gives `{cardId, customerId}`, or null where the hub refused or did not answer.
 */
export async function saveCard(api, { card, customerId, values }, key) {
  const step = async (request, name) => {
    for (let tries = 0; ; tries += 1) {
      try {
        const answer = await request(`${key}-${name}`);
        return answer.status < 300 ? (answer.body ?? {}) : null;
      } catch (error) {
        if (!(error instanceof Lost) || tries > 0) return null;
      }
    }
  };
  const token = await step((own) => api.token(card, own), "token");
  const saved = token && (await step((own) => api.saveCard({ tokenId: token.tokenId }, own), "card"));
  const customer =
    saved &&
    (customerId
      ? { id: customerId }
      : await step(
          (own) => api.register(customerOf({ ...values, name: card.cardHolderName }, ["name", "email"]), own),
          "customer",
        ));
  const linked = customer && (await step((own) => api.linkCard(customer.id, { cardId: saved.id }, own), "link"));
  return linked ? { cardId: saved.id, customerId: customer.id } : null;
}
