// Parts that several screens have.

import { fill, h } from "./dom.js";

/** The address of a charge's image at this hub: no other origin is asked, whatever the answer says. */
export function imageAddress(address, api) {
  const { pathname } = new URL(address, "https://hub.invalid");
  return `${api}${pathname}`;
}

/** A screen's heading, of the frame or of a part of the hosted page: it takes the focus when the screen changes. */
export function heading(view, text) {
  return h(view.context.surface === "frame" ? "h1" : "h2", { class: "c-title", tabindex: "-1" }, text);
}

/** A button; the main one of a screen stands out. */
export function button(text, click, action, isMain = false, more = {}) {
  const look = isMain ? "c-button c-main" : "c-button";
  return h("button", { type: "button", class: look, "data-action": action, click, ...more }, text);
}

/** A code to be copied: a field that can be selected by hand, and a button. */
export function copyField(view, { name, label, text, shown, action, rows }) {
  const id = `catraca-${name}`;
  const field = h("textarea", { id, class: "c-input c-code", readonly: true, rows }, shown ?? text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      view.say(view.t.copied);
    } catch {
      field.focus();
      field.select();
      view.say(view.t.not_copied);
    }
  };
  field.addEventListener("focus", () => field.select());
  return h("div", { class: "c-field" }, h("label", { for: id }, label), field, button(action, copy, "copy", true));
}

/** The button to another payment method, or until when the payment that is there holds the session. */
export function anotherMethod(view, kind) {
  const {
    t,
    link,
    state: { heldUntil },
  } = view;
  if (heldUntil) return h("p", { class: "c-notice c-info" }, fill(t.held, { time: view.time(heldUntil) }));
  if (link.paymentMethods.length < 2) return null;
  return h(
    "div",
    { class: "c-another" },
    button(t.another, view.another, "another", false, { "aria-describedby": "catraca-another" }),
    h("p", { class: "c-hint", id: "catraca-another" }, t[`another_hint_${kind}`]),
  );
}
