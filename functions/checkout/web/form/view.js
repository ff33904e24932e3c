// What the screens see of the form, and what they can ask it for.

import { declineText } from "./declines.js";
import { money } from "./money.js";
import { payOrder } from "./paying.js";
import { readableEnd } from "./session.js";

/** The view of `form`; `back` is the screen of the payment that waits while its shopper chooses another method. */
export function viewOf(form, back) {
  const { t, values, link, state, customer, cards, context, charge, notice } = form;
  const format = (options, date) => new Intl.DateTimeFormat(t.tag, options).format(new Date(date));
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
    time: (end) => format({ dateStyle: "short", timeStyle: "short" }, readableEnd(end)),
    day: (date) => format({ dateStyle: "long", timeZone: "UTC" }, `${date}T00:00:00Z`),
    say: (text) => form.say(text),
    soon: () => form.watcher?.soon(),
    redirect: (url) => form.emit("redirect", { url }),
    pay: (order) => payOrder(form, order),
    another: () => form.change(true),
    stay: () => form.change(false),
  };
}
