// What the screens see of the form, and what they can ask it for.

import { declineText } from "./declines.js";
import { money } from "./money.js";
import { payOrder } from "./paying.js";
import { endText } from "./session.js";

/** The view of `form`; `back` is the screen of the payment that waits while its shopper chooses another method. */
export function viewOf(form, back) {
  const { t, values, link, state, customer, cards, context, charge, notice } = form;
  const dayOf = new Intl.DateTimeFormat(t.tag, { dateStyle: "long", timeZone: "UTC" });
  return {
    t,
    values,
    link,
    state,
    customer,
    cards,
    context,
    charge,
    back,
    notice: notice ? { kind: notice.kind, text: t[notice.words] } : declineText(charge, t),
    amount: link && money(link.amount, link.currency, t.tag),
    now: form.api.now,
    time: (end) => endText(end, t.tag, "short"),
    day: (date) => dayOf.format(new Date(`${date}T00:00:00Z`)),
    say: (text) => form.say(text),
    soon: () => form.watcher?.soon(),
    redirect: (url) => form.emit("redirect", { url }),
    pay: (order) => payOrder(form, order),
    another: () => form.change(true),
    stay: () => form.change(false),
  };
}
