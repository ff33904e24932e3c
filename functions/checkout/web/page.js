// The hosted page: who sells, what, for how much and until when, around the form.

import { h } from "./form/dom.js";
import { mountForm } from "./form/form.js";
import { money } from "./form/money.js";
import { imageAddress } from "./form/parts.js";
import { endText, isPayable } from "./form/session.js";
import { ofTab } from "./form/tab.js";
import { textsOf } from "./form/texts.js";
import { showSentence } from "./frame.js";
import { PAGE_TEXTS } from "./page-texts.js";
import { LANGUAGES, isId, languageOf, safeAddress } from "./protocol.js";
import { applyTheme, systemScheme } from "./theme.js";

/** An order of more items than these is folded: on a telephone the form comes first. */
const UNFOLDED_ITEMS = 3;
const CHOSEN_LANGUAGE = "catraca:language";

export function openPage(main) {
  const { session, client, sandbox } = document.documentElement.dataset;
  const publicKey = takeKey(session);
  const page = { main, session, publicKey, sandbox: sandbox === "true", locale: languageOf(wishes()) };
  addEventListener("hashchange", () => location.reload()); // the link was opened again, in this tab
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paintPage(page));
  page.header = h("header", { class: "shop" });
  page.order = h("section", { class: "order", hidden: true });
  page.pay = h("section", { class: "pay" });
  document.body.prepend(page.header);
  main.replaceChildren(page.order, page.pay);
  drawPage(page);
  if (!publicKey) {
    showSentence(page.pay, page.locale, "noKey");
    return;
  }
  page.form = mountForm(
    page.pay,
    {
      api: location.origin,
      clientId: client,
      sessionId: session,
      publicKey,
      locale: page.locale,
      surface: "page",
      embedding: "any",
      returnUrl: `${location.origin}/pay/${session}`,
    },
    (name, body) => receive(page, name, body),
  );
}

/**
 * The key of the link: out of the address at once, so that no entry to go back to and no copied address holds it. One
 * that the hub took before stays the tab's until it has taken another.
 */
function takeKey(session) {
  const key = location.hash.slice(1);
  if (location.hash) history.replaceState(null, "", location.pathname);
  const kept = ofTab((storage) => storage.getItem(nameOfKey(session)));
  if (!isId(key)) return kept;
  if (!kept) keepKey(session, key);
  return key;
}

const nameOfKey = (session) => `catraca:${session}`;

function keepKey(session, key) {
  ofTab((storage) => storage.setItem(nameOfKey(session), key));
}

function wishes(language) {
  return [ofTab((storage) => storage.getItem(CHOSEN_LANGUAGE)), ...navigator.languages, language];
}

function receive(page, name, body) {
  if (name === "loaded") {
    page.link = body;
    keepKey(page.session, page.publicKey);
    chooseLanguage(page, languageOf(wishes(body.settings?.language)));
  } else if (name === "state") {
    page.state = body;
    showDue(page);
  } else if (name === "redirect") {
    const address = safeAddress(body.url, location.origin);
    if (address) location.assign(address);
  }
}

function chooseLanguage(page, locale) {
  const changed = locale !== page.locale;
  page.locale = locale;
  drawPage(page);
  if (changed) page.form?.setLocale(locale);
}

function drawPage(page) {
  document.documentElement.lang = page.locale;
  paintPage(page);
  drawHeader(page);
  if (page.link) drawOrder(page);
}

function paintPage({ link }) {
  applyTheme(link?.settings, systemScheme());
}

function drawHeader(page) {
  const { link, locale, sandbox } = page;
  const texts = PAGE_TEXTS[locale];
  const shop = link?.settings?.companyName || link?.name || texts.pay;
  document.title = link ? [...new Set([link.name, shop])].join(" · ") : texts.pay;
  const parts = [];
  if (link?.settings?.logo) {
    parts.push(h("img", { src: imageAddress(link.settings.logo, location.origin), alt: "", class: "logo" }));
  }
  parts.push(h("h1", null, shop));
  if (sandbox) parts.push(h("p", { class: "sandbox" }, texts.sandbox));
  parts.push(languageSwitch(page));
  page.header.replaceChildren(...parts);
}

function languageSwitch(page) {
  const options = LANGUAGES.map((language) => {
    const selected = language === page.locale;
    return h("option", { value: language, lang: language, selected }, PAGE_TEXTS[language].name);
  });
  const select = h("select", { "aria-label": PAGE_TEXTS[page.locale].language, name: "language" }, ...options);
  select.addEventListener("change", () => {
    ofTab((storage) => storage.setItem(CHOSEN_LANGUAGE, select.value));
    chooseLanguage(page, select.value);
    page.header.querySelector("select").focus(); // the header was drawn anew
  });
  return select;
}

function drawOrder(page) {
  const { link, locale, order } = page;
  const texts = PAGE_TEXTS[locale];
  const price = (amount) => h("span", { class: "price" }, money(amount, link.currency, textsOf(locale).tag));
  const rows = (link.items ?? []).map(({ name, description, quantity, unitPrice }) => {
    const count = quantity === 1 ? [] : [h("span", { class: "count" }, ` × ${quantity}`)];
    const text = h("span", null, name, ...count);
    if (description) text.append(h("small", null, description));
    return h("li", null, text, price(BigInt(unitPrice) * BigInt(quantity)));
  });
  const open = order.querySelector("details")?.open ?? rows.length <= UNFOLDED_ITEMS;
  // Without a company the name is the title.
  const name = h("h2", null, link.settings?.companyName ? link.name : texts.order);
  const total = h("p", { class: "total" }, h("span", null, texts.total), price(link.amount));
  const items = rows.length ? h("details", { open }, h("summary", null, name), h("ul", null, rows)) : name;
  const due = h("p", { class: "due" }, texts.due(endText(link.payableUntil, textsOf(locale).tag, "long")));
  order.hidden = false;
  order.replaceChildren(items, total, due);
  showDue(page);
}

function showDue({ order, state }) {
  const due = order.querySelector(".due");
  if (due) due.hidden = !isPayable(state);
}
