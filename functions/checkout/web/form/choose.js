// The screen on which a shopper chooses a payment method and pays.

import { creditPanel } from "./credit.js";
import { fill, h } from "./dom.js";
import { dripReturn } from "./drip.js";
import { allGood, radios } from "./field.js";
import { customerPanel } from "./needs.js";
import { button, heading } from "./parts.js";

// Where neither the session nor its merchant says how long a Pix code lives.
const PIX_SECONDS = 3600;

// The payment methods of the session that can be used here; not the one whose payment waits.
function usableMethods(view) {
  return view.link.paymentMethods.filter(
    (method) =>
      method.paymentType !== view.back &&
      (method.paymentType !== "drip" || dripReturn(method, view.context) !== null),
  );
}

function panelOf(view, method) {
  const { t } = view;
  switch (method.paymentType) {
    case "credit":
      return creditPanel(view, method);
    case "pix":
      return customerPanel(view, "pix", {
        info: t.pix_info,
        method: method.expiresIn ? {} : { expiresIn: PIX_SECONDS },
      });
    case "boleto":
      return customerPanel(view, "boleto", { info: t.boleto_info, method: {} });
    default:
      return customerPanel(view, "drip", { info: t.drip_info, method: dripReturn(method, view.context) });
  }
}

// A problem begins with the path of its field: `paymentSource.customer.email must be an email`.
function isAbout(problem, name) {
  return problem.split(" ")[0].split(".").includes(name);
}

function noticeNode(notice) {
  return (
    notice &&
    h(
      "div",
      { class: `c-notice ${notice.kind}`, role: "alert", tabindex: "-1" },
      notice.title && h("p", {}, h("strong", {}, notice.title)),
      h("p", {}, notice.text),
    )
  );
}

function methodChooser({ t, values, say }, methods, draw) {
  if (methods.length < 2) return null;
  return radios({
    name: "method",
    legend: t.methods,
    chosen: values.method,
    choices: methods.map(({ paymentType }) => ({ value: paymentType, label: t[paymentType] })),
    choose: (paymentType) => {
      values.method = paymentType;
      say("");
      draw();
    },
  });
}

/** `{node, focusField(name), showRefused(details), setBusy(busy)}`. */
export function chooseScreen(view) {
  const { t, values, notice } = view;
  const methods = usableMethods(view);
  if (methods.length === 0) {
    return { node: h("section", { class: "c-screen" }, heading(view, t.title), h("p", {}, t.no_method)) };
  }
  if (!methods.some((method) => method.paymentType === values.method)) values.method = methods[0].paymentType;
  const inside = h("div");
  const submit = h("button", { type: "submit", class: "c-button c-main", "data-action": "pay" });
  let panel = null;
  let busy = false;
  let asksToCheck = false;
  const label = () => {
    const text = values.method === "credit" ? t.pay : t[`pay_${values.method}`];
    submit.textContent = busy ? t.paying : fill(text, { amount: view.amount });
  };
  const draw = () => {
    const chosen = methods.find((method) => method.paymentType === values.method);
    panel = panelOf(view, chosen);
    inside.replaceChildren(panel.node);
    label();
  };
  draw();
  const checked = () => {
    if (!asksToCheck || panel.fields.some((one) => one.isMarked())) return;
    asksToCheck = false;
    view.say("");
  };
  const fields = h("div", {}, methodChooser(view, methods, draw), inside);
  const back = view.back && button(t[`back_${view.back}`], view.stay, "stay");
  const node = h(
    "form",
    {
      class: "c-screen",
      novalidate: true,
      "aria-label": t.title,
      submit: (event) => {
        event.preventDefault();
        if (busy) return;
        asksToCheck = !allGood(panel.fields);
        if (asksToCheck) view.say(t.check_fields);
        else view.pay(panel.order());
      },
      input: checked,
      change: checked,
    },
    heading(view, t.title),
    noticeNode(notice),
    fields,
    submit,
    back,
  );
  return {
    node,
    focusField: (name) => panel.fields.find((one) => one.name === name)?.input.focus(),
    showRefused: (details) => {
      const refused = panel.fields.filter((one) => details.some((detail) => isAbout(detail, one.name)));
      refused.forEach((one) => one.show("error_refused"));
      refused[0]?.input.focus();
    },
    setBusy: (now) => {
      busy = now;
      // The button keeps the focus: a control that is disabled would lose it.
      if (busy) submit.focus();
      fields.inert = busy;
      // The code of another payment is not shown while this one is made: both could be paid.
      if (back) back.inert = busy;
      submit.setAttribute("aria-disabled", String(busy));
      label();
    },
  };
}
