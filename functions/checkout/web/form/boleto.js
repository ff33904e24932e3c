// The screen of a boleto: a slip that is shown, copied and printed.

import { h } from "./dom.js";
import { anotherMethod, button, copyField, heading, imageAddress } from "./parts.js";

/** The linha digitável in the groups that a slip prints. */
export function groupLine(line) {
  const match = line.match(/^(\d{5})(\d{5})(\d{5})(\d{6})(\d{5})(\d{6})(\d)(\d{14})$/);
  if (!match) return line;
  const [, a, b, c, d, e, f, check, rest] = match;
  return `${a}.${b} ${c}.${d} ${e}.${f} ${check} ${rest}`;
}

/** `{node}`. */
export function boletoScreen(view) {
  const { t, charge, link, context } = view;
  const { barcodeData, barcodeImageUrl, expiresDate, instructions } = charge.paymentMethod;
  const rows = [
    [t.payee, link.settings?.companyName],
    [t.purpose, link.name],
    [t.amount, view.amount],
    [t.due, view.day(expiresDate)],
    [t.instructions, instructions],
  ].filter(([, text]) => text);
  const slip = h(
    "div",
    { class: "c-slip" },
    h(
      "dl",
      {},
      rows.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
    ),
    h("p", { class: "c-line" }, groupLine(barcodeData)),
    h("img", { class: "c-barcode", src: imageAddress(barcodeImageUrl, context.api), alt: t.boleto_image }),
  );
  const node = h(
    "section",
    { class: "c-screen c-boleto" },
    heading(view, t.boleto_title),
    h("p", {}, t.boleto_steps),
    slip,
    copyField(view, {
      name: "boleto",
      label: t.boleto_line,
      text: barcodeData,
      shown: groupLine(barcodeData),
      action: t.copy_boleto,
      rows: 3,
    }),
    button(t.print, () => print(), "print"),
    anotherMethod(view, "boleto"),
  );
  return { node };
}
