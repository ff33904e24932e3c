// The card form.

import {
  brandOf,
  cvvLength,
  digitsOf,
  expiryText,
  groupCardNumber,
  groupExpiry,
  hasExpired,
  isCardNumber,
  isHolder,
  readExpiry,
} from "./card.js";
import { fill, h } from "./dom.js";
import { field, fieldGrid, radios } from "./field.js";
import { installmentChoices, money } from "./money.js";
import { customerFields } from "./needs.js";
import { saveCard, savedChoices, takesSavedCards } from "./saved.js";

const NEW_CARD = "new";

function numberProblem(value) {
  const digits = digitsOf(value);
  if (digits.length < 12) return "error_short";
  return isCardNumber(digits) ? null : "error_number";
}

function expiryProblem(value, now) {
  const expiry = readExpiry(value);
  if (expiry === null) return "error_expiry";
  return hasExpired(expiry, now) ? "error_expired" : null;
}

// The security code's field follows the brand.
function cvvField({ t, values }, brand) {
  const hint = () =>
    fill(brand() === "American Express" ? t.cvv_hint_front : t.cvv_hint, { count: cvvLength(brand()) });
  const cvv = field({
    t,
    values,
    name: "cardCvv",
    label: t.cvv,
    hint: hint(),
    inputmode: "numeric",
    autocomplete: "cc-csc",
    maxlength: 4,
    format: (value) => digitsOf(value).slice(0, cvvLength(brand())),
    check: (value) => (value.length === cvvLength(brand()) ? null : ["error_cvv", { count: cvvLength(brand()) }]),
  });
  return { ...cvv, follow: () => cvv.hint(hint()) };
}

function newCardFields(view) {
  const { t, values, now } = view;
  const brand = () => brandOf(digitsOf(values.cardNumber ?? ""));
  const cvv = cvvField(view, brand);
  const number = field({
    t,
    values,
    name: "cardNumber",
    label: t.number,
    inputmode: "numeric",
    autocomplete: "cc-number",
    maxlength: 30,
    format: (value) => groupCardNumber(digitsOf(value).slice(0, 19)),
    check: numberProblem,
    typed: () => follow(),
  });
  const follow = () => {
    number.hint(brand() ?? "");
    cvv.follow();
  };
  follow();
  const holder = field({
    t,
    values,
    name: "cardHolderName",
    label: t.holder,
    autocomplete: "cc-name",
    autocapitalize: "characters",
    maxlength: 255,
    check: (value) => (isHolder(value) ? null : "error_holder"),
  });
  const expiry = field({
    t,
    values,
    name: "cardExpirationDate",
    label: t.expiry,
    inputmode: "numeric",
    autocomplete: "cc-exp",
    maxlength: 9,
    format: groupExpiry,
    check: (value) => expiryProblem(value, now()),
  });
  return [number, holder, expiry, cvv];
}

function cardOf({ values }) {
  return {
    cardNumber: digitsOf(values.cardNumber),
    cardCvv: values.cardCvv,
    cardExpirationDate: expiryText(readExpiry(values.cardExpirationDate)),
    cardHolderName: values.cardHolderName.trim(),
  };
}

function installmentsField({ t, values, link }, most) {
  const { amount, currency } = link;
  const show = (minor) => money(minor, currency, t.tag);
  const options = installmentChoices(amount, most).map(({ count, each, first }) => [
    String(count),
    fill(first === each ? t.installment : t.installment_first, { count, each: show(each), first: show(first) }),
  ]);
  return options.length > 1 ? field({ t, values, name: "installments", label: t.installments, options }) : null;
}

// The box, and the e-mail address of the customer to be where the session names none.
function saving(view) {
  const { t, values, link } = view;
  const extra = link.customerId ? [] : customerFields(view, ["email"]);
  const rest = h(
    "div",
    { class: "c-panel", hidden: !values.save },
    extra.map((one) => one.node),
  );
  const box = h("input", {
    type: "checkbox",
    checked: values.save,
    change: () => {
      values.save = box.checked;
      rest.hidden = !box.checked;
    },
  });
  const node = h("div", {}, h("label", { class: "c-check" }, box, h("span", {}, t.save)), rest);
  return { node, fields: () => (values.save ? extra : []) };
}

async function saveAndPay(view, api, key, paid) {
  const { values } = view;
  // A second try registers no second customer.
  const registered = values.registered?.email === values.email ? values.registered?.id : undefined;
  const customerId = view.link.customerId ?? registered;
  const card = cardOf(view);
  // A second try with another security code saves no second card.
  const name = [card.cardNumber, card.cardExpirationDate, card.cardHolderName].join();
  const known = values.saved?.name === name ? values.saved : null;
  const saved = known ?? (await saveCard(api, { card, customerId, values }, key));
  if (saved === null) {
    values.isUnsaved = true;
    view.say(`${view.t.save_failed} ${view.t.paying}`);
    return paid({ sourceType: "card", card });
  }
  values.saved = { ...saved, name };
  if (view.link.customerId) return paid({ sourceType: "card", cardId: saved.cardId, cardCvv: card.cardCvv });
  values.registered = { id: saved.customerId, email: values.email };
  return { customerId: saved.customerId, ...paid({ sourceType: "card", cardId: saved.cardId, cardCvv: card.cardCvv }) };
}

/** The panel of a payment by card: `{node, fields, order()}`. */
export function creditPanel(view, method) {
  const { t, values, cards, now, context } = view;
  const choices = takesSavedCards(context, view.link) ? savedChoices(cards, t, now()) : [];
  const first = choices.find((choice) => !choice.disabled)?.value ?? NEW_CARD;
  if (![NEW_CARD, ...choices.map(({ value }) => value)].includes(values.card)) values.card = first;
  const brandOfSaved = () => cards.find((card) => card.id === values.card)?.brand;
  const installments = installmentsField(view, method.installments);
  const inside = h("div", { class: "c-panel" });
  let own = [];
  let save = null;
  const draw = () => {
    const isNew = values.card === NEW_CARD;
    own = isNew ? newCardFields(view) : [cvvField(view, brandOfSaved)];
    save = isNew && takesSavedCards(context, view.link) ? saving(view) : null;
    inside.replaceChildren(fieldGrid(own));
    if (installments) inside.append(installments.node);
    if (save) inside.append(save.node);
  };
  draw();
  const choose = (card) => {
    values.card = card;
    values.cardCvv = "";
    draw();
  };
  const list =
    choices.length > 0 &&
    radios({
      name: "card",
      legend: t.saved_cards,
      choices: [...choices, { value: NEW_CARD, label: t.other_card }],
      chosen: values.card,
      choose,
    });
  const paid = (paymentSource) => ({
    paymentMethod: { paymentType: "credit", installments: Number(values.installments ?? 1) },
    paymentSource,
  });
  return {
    node: h("div", { class: "c-panel" }, list, inside),
    get fields() {
      return [...own, ...(installments ? [installments] : []), ...(save?.fields() ?? [])];
    },
    order: () => {
      const isSaving = values.card === NEW_CARD && values.save && save !== null;
      const source =
        values.card === NEW_CARD ? { card: cardOf(view) } : { cardId: values.card, cardCvv: values.cardCvv };
      return {
        paymentType: "credit",
        body: paid({ sourceType: "card", ...source }),
        ...(isSaving && { prepare: (api, key) => saveAndPay(view, api, key, paid) }),
      };
    },
  };
}
