// The screens of a session by their names.

import { boletoScreen } from "./boleto.js";
import { chooseScreen } from "./choose.js";
import { fill, h } from "./dom.js";
import { dripScreen } from "./drip.js";
import { button, heading } from "./parts.js";
import { pixScreen } from "./pix.js";

function plain(view, name, text) {
  const more = name === "paid" && view.values.isUnsaved && h("p", { class: "c-hint" }, view.t.save_failed);
  const title = heading(view, view.t[`${name}_title`]);
  return { node: h("section", { class: `c-screen c-${name}` }, title, h("p", {}, text), more) };
}

/** The screen `name`: `{node}`, with `stop` where it has a clock, and what the form does to the card's form. */
export function screenNamed(name, view) {
  const { t } = view;
  switch (name) {
    case "choose":
      return chooseScreen(view);
    case "pix":
      return pixScreen(view);
    case "boleto":
      return boletoScreen(view);
    case "drip":
      return dripScreen(view);
    case "paid":
      return plain(view, name, fill(view.charge?.status === "pre_authorized" ? t.reserved : t.paid, view));
    case "expired":
      return plain(view, name, fill(t.expired, { time: view.time(view.state.payableUntil) }));
    case "search":
      return plain(view, "processing", t.paying_hint);
    default:
      return plain(view, name, t[name]);
  }
}

/** While the session is loaded, which reads no session. */
export function loadingScreen(t) {
  return h("p", { class: "c-loading" }, t.loading);
}

/** Where the session could not be loaded. */
export function failedScreen(t, reload) {
  return h(
    "section",
    { class: "c-screen" },
    h("p", { role: "alert" }, t.load_failed),
    button(t.reload, reload, "reload", true),
  );
}
