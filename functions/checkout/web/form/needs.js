// What is asked of a shopper who pays without a card, or who saves one.

import { groupDocument, readDocument } from "./documents.js";
import { h } from "./dom.js";
import { field, fieldGrid } from "./field.js";
import { digitsOf } from "./card.js";

const STATES = "AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO".split(" ");

// Every customer of the hub has both.
const OF_EVERY_CUSTOMER = ["name", "email"];

/**
 * The fields that a payment must have: those of `/link`, of the customer's record, and the address that Drip always
 * needs.
 */
export function neededOf(link, paymentType) {
  const needed = new Set([...OF_EVERY_CUSTOMER, ...(link.shopperNeeds?.[paymentType] ?? [])]);
  if (paymentType === "drip") needed.add("address");
  if (needed.has("document.cpf")) needed.delete("document");
  return [...needed];
}

/** Whether a stored customer has what is needed. */
export function isMetBy(customer, needed) {
  const address = customer.address ?? {};
  const whole = ["street", "streetNumber", "zipCode", "country", "state", "city", "district"];
  const has = {
    name: () => customer.name.trim() !== "",
    email: () => customer.email.trim() !== "",
    document: () => ["cpf", "cnpj"].includes(customer.document.type),
    "document.cpf": () => customer.document.type === "cpf",
    phoneNumber: () => /\d/.test(customer.phoneNumber),
    address: () => whole.every((part) => address[part]),
  };
  return needed.every((need) => has[need]?.() ?? false);
}

/**
 * The customer of what was asked, and of what is `known` of the session's customer. What is neither is left out, as the
 * API lets it be.
 */
export function customerOf(values, asked, known = {}) {
  const onlyCpf = asked.includes("document.cpf");
  const hasDocument = onlyCpf || asked.includes("document");
  const text = (name) => (values[name] ?? "").trim();
  const one = (name, other) => (asked.includes(name) ? text(name) : other);
  return {
    name: one("name", known.name),
    email: one("email", known.email),
    phoneNumber: one("phoneNumber", known.phoneNumber ?? " "),
    document: hasDocument ? readDocument(text("document"), onlyCpf) : (known.document ?? { type: "noDocument" }),
    address: asked.includes("address") ? addressOf(text) : known.address,
  };
}

function addressOf(text) {
  const names = ["street", "streetNumber", "complement", "district", "city", "state", "zipCode"];
  return { ...Object.fromEntries(names.map((name) => [name, text(name)])), country: "BR" };
}

const groupZip = (text) =>
  digitsOf(text)
    .slice(0, 8)
    .replace(/^(\d{5})(\d)/, "$1-$2");
const whenNot = (holds, problem) => (value) => (holds(value) ? null : problem);

function addressFields(t, values) {
  const one = (name, autocomplete, more = {}) =>
    field({ t, values, name, label: t[name], autocomplete, maxlength: 255, ...more });
  return [
    one("zipCode", "postal-code", {
      inputmode: "numeric",
      format: groupZip,
      check: whenNot((value) => digitsOf(value).length === 8, "error_zip"),
    }),
    one("street", "address-line1"),
    one("streetNumber", "off"),
    one("complement", "address-line2", { required: false }),
    one("district", "address-level3"),
    one("city", "address-level2"),
    one("state", "address-level1", { options: [["", t.choose], ...STATES.map((state) => [state, state])] }),
  ];
}

/** The fields for `needed`, whose values are kept in `values`. */
export function customerFields({ t, values }, needed) {
  const one = (name, more) => field({ t, values, name, label: t[name], maxlength: 254, ...more });
  const onlyCpf = needed.includes("document.cpf");
  const isPhone = (value) => digitsOf(value).length >= 10;
  const made = {
    name: () => one("name", { autocomplete: "name", autocapitalize: "words" }),
    email: () =>
      one("email", {
        type: "email",
        autocomplete: "email",
        inputmode: "email",
        check: whenNot((value) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value), "error_email"),
      }),
    document: () =>
      one("document", {
        label: onlyCpf ? t.cpf : t.document,
        inputmode: onlyCpf ? "numeric" : "text",
        autocomplete: "off",
        maxlength: 18,
        format: groupDocument,
        check: whenNot((value) => readDocument(value, onlyCpf) !== null, onlyCpf ? "error_cpf" : "error_document"),
      }),
    phoneNumber: () => one("phoneNumber", { type: "tel", autocomplete: "tel", check: whenNot(isPhone, "error_phone") }),
    address: () => addressFields(t, values),
  };
  made["document.cpf"] = made.document;
  const order = ["name", "email", "document", "document.cpf", "phoneNumber", "address"];
  return order.filter((need) => needed.includes(need)).flatMap((need) => made[need]());
}

/**
 * The panel of a payment method that needs a customer: `{node, fields, order()}`. A customer of the session is asked
 * only for what the hub does not know of it, and pays by its id where that is nothing.
 */
export function customerPanel(view, paymentType, { info, method }) {
  const { customer } = view;
  const asked = neededOf(view.link, paymentType).filter((need) => customer === null || !isMetBy(customer, [need]));
  const fields = customerFields(view, asked);
  const source = () =>
    asked.length === 0 ? { customerId: customer.id } : { customer: customerOf(view.values, asked, customer ?? {}) };
  return {
    fields,
    node: h("div", { class: "c-panel" }, h("p", { class: "c-hint" }, info), fieldGrid(fields)),
    order: () => ({
      paymentType,
      body: {
        paymentMethod: { paymentType, ...method },
        paymentSource: { sourceType: "customer", ...source() },
      },
    }),
  };
}
