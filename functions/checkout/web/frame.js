// The frame's side of the protocol. The first `init` of the embedding page decides for whom the frame speaks: later
// messages are sent to that origin, and read from that origin, alone.

import { h } from "./form/dom.js";
import { failureDetail } from "./form/events.js";
import { mountForm } from "./form/form.js";
import { PAGE_TEXTS } from "./page-texts.js";
import { LANGUAGES, languageOf, message, typeOf } from "./protocol.js";
import { applyTheme } from "./theme.js";

export function openFrame(main) {
  const shop = window.parent;
  if (shop === window) {
    showSentence(main, languageOf(navigator.languages), "noKey");
    return;
  }
  let origin;
  let frame;
  addEventListener("message", (event) => {
    // An opaque origin cannot be named, and so not be answered.
    if (event.source !== shop || event.origin === "null") return;
    const type = typeOf(event.data);
    if (!origin && type === "init") {
      origin = event.origin;
      frame = startForm(main, event.data, (name, body) => shop.postMessage(message(name, body), origin));
    } else if (origin === event.origin && type === "locale" && LANGUAGES.includes(event.data.locale)) {
      speak(main, event.data.locale);
      frame.form?.setLocale(event.data.locale);
    } else if (origin === event.origin && type === "scheme") {
      paint(frame, event.data.scheme);
    }
  });
  shop.postMessage(message("ready"), "*"); // holds nothing: whose page it is is not known yet
}

/** Mounts the form: `{form, settings, scheme}`. What the embedding page said is a stranger's. */
function startForm(main, said, send) {
  const { session, client, embedding, sandbox } = document.documentElement.dataset;
  const locale = languageOf([said.locale]);
  const frame = {};
  const room = h("div");
  main.replaceChildren(...(sandbox === "true" ? [h("p", { class: "sandbox" })] : []), room);
  speak(main, locale);
  paint(frame, said.scheme);
  sendHeights(send);
  if (said.sandbox === true && sandbox !== "true") {
    const text = showSentence(main, locale, "production");
    send("paymentFailed", { detail: failureDetail({}, { sessionId: session }, text) });
    return frame;
  }
  frame.form = mountForm(
    room,
    {
      api: location.origin,
      clientId: String(said.clientId ?? client),
      sessionId: session,
      publicKey: String(said.publicKey),
      locale,
      surface: "frame",
      embedding,
      returnUrl: typeof said.returnUrl === "string" ? said.returnUrl : undefined,
    },
    (name, body) => {
      if (name === "loaded") {
        frame.settings = body.settings;
        paint(frame, frame.scheme);
      } else if (name === "redirect") send(name, { url: body.url });
      else if (name === "state") send(name, { state: body });
      else send(name, { detail: body });
    },
  );
  return frame;
}

function paint(frame, scheme) {
  frame.scheme = scheme === "dark" ? "dark" : "light";
  applyTheme(frame.settings, frame.scheme);
}

/** The shop's page has a main part of its own: the name distinguishes this one. */
function speak(main, locale) {
  document.documentElement.lang = locale;
  main.setAttribute("aria-label", PAGE_TEXTS[locale].pay);
  const sandbox = main.querySelector(".sandbox");
  if (sandbox) sandbox.textContent = PAGE_TEXTS[locale].sandbox;
}

/** The embedding page makes the frame as high as its content. */
function sendHeights(send) {
  const measure = () => send("height", { height: Math.ceil(document.body.getBoundingClientRect().height) });
  new ResizeObserver(measure).observe(document.body);
}

/** One sentence in place of the form. */
export function showSentence(main, locale, name) {
  const text = PAGE_TEXTS[locale][name];
  main.replaceChildren(h("p", { class: "sentence", role: "alert" }, text));
  return text;
}
