// <catraca-checkout>: the payment form of a session, in a frame of the hub. Card numbers stay in that frame; this
// module and the page around it receive events.

import { FROM_FRAME, hubAddress, isId, languageOf, message, safeAddress, typeOf } from "./protocol.js";

const HUB = new URL(import.meta.url).origin;
const ATTRIBUTES = ["public-key", "client-id", "session-id", "sandbox", "locale", "debug", "api-url"];
/** After the frame's document is there, its script has this time to report. */
const PATIENCE_MS = 10_000;
const TALLEST_PX = 20_000;

/** What the value of an attribute must be, for the form to open. */
const NEEDED = {
  "public-key": "the publicKey of a session",
  "client-id": "the id of an account",
  "session-id": "the id of a session",
  "api-url": "an address of http or https",
};

const WORDS = {
  pt: ["Formulário de pagamento", "O formulário de pagamento não carregou.", "Tentar de novo"],
  en: ["Payment form", "The payment form did not load.", "Try again"],
  es: ["Formulario de pago", "El formulario de pago no se cargó.", "Intentar de nuevo"],
};

const STYLE = `:host{display:block}iframe{display:block;width:100%;height:320px;border:0}
div{font:16px/1.5 system-ui,sans-serif}p{margin:0 0 8px}
button{min-height:44px;padding:0 16px;border:1px solid;border-radius:8px;background:none;color:inherit;font:inherit}`;

// A page that is rendered on a server imports the module too, and has no elements there.
const Base = globalThis.HTMLElement ?? class {};

/** The element; its attributes, events and details are in index.d.ts. */
export class CatracaCheckout extends Base {
  static observedAttributes = ATTRIBUTES;

  #root = this.attachShadow({ mode: "open" });
  #system = matchMedia("(prefers-color-scheme: dark)");
  #frame;
  #fallback;
  #timer;
  #scheduled = false;

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [style];
  }

  connectedCallback() {
    addEventListener("message", this);
    this.#system.addEventListener("change", this);
    this.#schedule();
  }

  disconnectedCallback() {
    removeEventListener("message", this);
    this.#system.removeEventListener("change", this);
    this.#close();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (name === "locale" && this.#frame) this.#send("locale", { locale: this.#language });
    else this.#schedule();
  }

  /** The frame's messages: from the hub's origin and from the frame's own window, or they are not read. */
  handleEvent({ type: event, origin, source, data }) {
    if (event === "change") return this.#follow();
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#hub?.origin) return;
    const type = typeOf(data);
    if (type === "ready") this.#init();
    else if (FROM_FRAME.includes(type)) this.#receive(type, data);
  }

  get #language() {
    return languageOf([this.getAttribute("locale"), document.documentElement.lang, ...navigator.languages]);
  }

  /** The hub's address: that of this script, unless `api-url` says another. */
  get #hub() {
    return hubAddress(this.getAttribute("api-url") || HUB);
  }

  #is(name) {
    return this.hasAttribute(name) && this.getAttribute(name) !== "false";
  }

  /** Opens the frame once, however many attributes a framework sets one after the other. */
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.isConnected) this.#open();
    });
  }

  #open() {
    this.#close();
    const isRight = (name) => (name === "api-url" ? this.#hub : isId(this.getAttribute(name)));
    const wrong = Object.keys(NEEDED).filter((name) => !isRight(name));
    if (wrong.length) return wrong.forEach((name) => this.#lacks(name));
    const frame = document.createElement("iframe");
    frame.title = WORDS[this.#language][0];
    frame.referrerPolicy = "no-referrer";
    frame.allow = "clipboard-write";
    frame.style.colorScheme = this.#scheme;
    frame.addEventListener("load", () => {
      this.#timer ??= setTimeout(() => this.#offerAgain(), PATIENCE_MS);
    });
    frame.src = `${this.#hub.origin}/checkout/frame/${this.getAttribute("session-id")}`;
    this.#frame = frame;
    this.#root.replaceChildren(frame);
  }

  /** An attribute that is absent may come later. A wrong value is a mistake, and is not repeated: it may be a key. */
  #lacks(name) {
    const value = this.getAttribute(name);
    if (value === null) return this.#log(`waiting for ${name}`);
    const isSecret = /^\s*sk_/.test(value);
    const mistake = isSecret ? "holds a secret key: take it out of the page, and rotate it" : `is not ${NEEDED[name]}`;
    console.error(`catraca-checkout: ${name} ${mistake}`);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#frame = undefined;
    this.#root.replaceChildren();
  }

  /** What the frame needs; nothing of it is in the frame's address. */
  #init() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#fallback?.remove();
    this.#send("init", {
      publicKey: this.getAttribute("public-key"),
      clientId: this.getAttribute("client-id"),
      sessionId: this.getAttribute("session-id"),
      locale: this.#language,
      sandbox: this.#is("sandbox"),
      scheme: this.#scheme,
      returnUrl: location.href.split("#")[0],
    });
  }

  #send(type, body) {
    this.#frame.contentWindow?.postMessage(message(type, body), this.#hub.origin);
  }

  /** A page is dark where its `color-scheme` and the shopper's system both are. */
  get #scheme() {
    const schemes = getComputedStyle(this).colorScheme;
    return /dark/.test(schemes) && (this.#system.matches || !/light/.test(schemes)) ? "dark" : "light";
  }

  #follow() {
    if (!this.#frame) return;
    this.#frame.style.colorScheme = this.#scheme;
    this.#send("scheme", { scheme: this.#scheme });
  }

  #receive(type, { height, detail, url, state }) {
    if (type === "height") return this.#resize(height);
    const { status, declinedCode, error, chargeId } = detail ?? {};
    this.#log(...new Set([type, state, status, declinedCode ?? error?.type, chargeId].filter(Boolean)));
    if (state === "closed") this.#log("the hub does not open this session with these public-key and client-id");
    if (type === "redirect") return this.#redirect(url);
    if (type === "state") return this.#fire("paymentState", { state });
    this.#fire(type, detail);
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #resize(height) {
    if (Number.isFinite(height)) this.#frame.style.height = `${Math.min(Math.max(height, 0), TALLEST_PX)}px`;
  }

  #redirect(url) {
    const address = safeAddress(url, this.#hub.origin);
    if (address) location.assign(address);
  }

  /** Under the frame, which may say itself why it has no form. */
  #offerAgain() {
    const [, sentence, again] = WORDS[this.#language];
    const text = document.createElement("p");
    text.setAttribute("role", "alert");
    text.textContent = sentence;
    const button = document.createElement("button");
    button.textContent = again;
    button.addEventListener("click", () => this.#open());
    this.#fallback = document.createElement("div");
    this.#fallback.append(text, button);
    this.#root.append(this.#fallback);
    console.error(
      `catraca-checkout: no form came from ${this.#hub.origin}. Is that the hub, does it have this session, ` +
        `and do the merchant's checkoutOrigins, if any, hold ${location.origin}?`,
    );
    this.#fire("paymentState", { state: "failed" });
  }

  #log(...words) {
    if (this.#is("debug")) console.info("catraca-checkout:", ...words);
  }
}

// One class can have one tag. The second tag is for pages that were written for it.
for (const [tag, element] of [
  ["catraca-checkout", CatracaCheckout],
  ["malga-checkout", class extends CatracaCheckout {}],
]) {
  if (globalThis.customElements && !customElements.get(tag)) customElements.define(tag, element);
}
