// Drip: the shopper pays on its page and comes back.

import { h } from "./dom.js";
import { anotherMethod, button, heading } from "./parts.js";

// MAX_URL of shared/domain/src/method/drip.rs.
const LONGEST = 2048;

/**
 * The redirect URLs that a payment must say: none where the session has them; null where there is no page to return
 * to.
 */
export function dripReturn(method, { returnUrl }) {
  if (method.successRedirectUrl && method.cancelRedirectUrl) return {};
  // What a shop's page has in its query is not worth the payment.
  const address = returnUrl?.length > LONGEST ? returnUrl.split("?")[0] : returnUrl;
  return address ? { successRedirectUrl: address, cancelRedirectUrl: address } : null;
}

/** `{node}`. */
export function dripScreen(view) {
  const { t, charge } = view;
  const node = h(
    "section",
    { class: "c-screen c-drip" },
    heading(view, t.drip_title),
    h("p", {}, t.drip_steps),
    button(t.drip_open, () => view.redirect(charge.paymentMethod.paymentUrl), "open", true),
    anotherMethod(view, "drip"),
  );
  return { node };
}
