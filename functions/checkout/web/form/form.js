// The form of a session: loads it, draws its screen, and draws it again when the session changes.

import { Lost, hubApi } from "./api.js";
import { forgetAttempt, keptAttempt } from "./attempt.js";
import { h } from "./dom.js";
import { markOf, watchStatus } from "./live.js";
import { isOfKey } from "./pay.js";
import { forgetCard, reportCharge, searchPayment } from "./paying.js";
import { takesSavedCards } from "./saved.js";
import { failedScreen, loadingScreen, screenNamed } from "./screens.js";
import { UNPAID, declineOf, isSameCharge, screenOf } from "./session.js";
import { textsOf } from "./texts.js";
import { viewOf } from "./view.js";

// The longest pause between two questions, in milliseconds. A screen without one changes no more. A Pix or a boleto
// that was paid in its last seconds can become known when the session is over.
const ASKED_EVERY = {
  choose: 20_000,
  processing: 8000,
  pix: 8000,
  drip: 8000,
  boleto: 60_000,
  inactive: 30_000,
  expired: 30_000,
  used_up: 30_000,
};
const CLOSED = [401, 403, 404];

class CheckoutForm {
  constructor(root, context, emit) {
    Object.assign(this, { root, context, emit });
    this.api = hubApi(context);
    this.t = textsOf(context.locale);
    this.values = {};
    this.cards = [];
    this.customer = null;
    this.charge = null;
    this.offline = h("p", { class: "c-notice c-warning", role: "alert", hidden: true });
    this.body = h("div", { class: "c-body" });
    this.status = h("p", { class: "c-status", role: "status" });
    this.node = h("div", { class: "c-form" }, this.offline, this.body, this.status);
    root.replaceChildren(this.node);
    for (const name of ["online", "offline"]) addEventListener(name, () => this.showConnection());
    addEventListener("pagehide", () => this.leave());
    this.showConnection();
    this.load();
  }

  say(text) {
    this.status.textContent = text;
  }

  showConnection() {
    this.offline.hidden = navigator.onLine;
    this.offline.textContent = navigator.onLine ? "" : this.t.offline;
    if (navigator.onLine && this.name === "failed") this.load();
  }

  // The browser may keep a page that was left, with what was typed, and show it again.
  leave() {
    if (this.name !== "choose" || this.busy) return;
    forgetCard(this.values);
    this.draw();
  }

  async load() {
    this.put("loading", { node: loadingScreen(this.t) });
    try {
      const answer = await this.api.link();
      if (CLOSED.includes(answer.status)) return this.close();
      if (answer.status !== 200) return this.fail();
      this.link = answer.body;
      this.emit("loaded", answer.body);
      await this.learn(answer.body);
      await this.loadCustomer();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return this.fail();
    }
    return this.begin();
  }

  // A payment that was under way when the page was left is found by its key.
  begin() {
    const { sessionId } = this.context;
    const attempt = keptAttempt(sessionId);
    const isFound = attempt !== null && isOfKey(this.charge, attempt.key);
    if (attempt && !isFound && screenOf(this.seen()) === "choose") return searchPayment(this, attempt);
    forgetAttempt(sessionId);
    reportCharge(this, this.charge);
    return this.draw();
  }

  close() {
    this.isClosed = true;
    this.draw();
  }

  fail() {
    this.put("failed", { node: failedScreen(this.t, () => this.load()) });
  }

  // Takes what `/link` says of the session now, and asks for the charge where there is one.
  async learn(state) {
    this.state = state;
    if (!this.state.hasCharge) return;
    const answer = await this.api.charge();
    if (answer.status !== 200 && answer.status !== 404) throw new Lost();
    if (answer.status === 200) this.charge = answer.body;
  }

  async learnAll() {
    try {
      const answer = await this.api.link();
      this.isClosed = CLOSED.includes(answer.status);
      if (answer.status === 200) await this.learn(answer.body);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
  }

  async loadCustomer() {
    const { customerId, paymentLink } = this.link;
    // The key in a link does not open the customer.
    if (!customerId || paymentLink || this.state.status !== "created") return;
    const [customer, cards] = await Promise.all([
      this.api.customer(customerId),
      takesSavedCards(this.context, this.link) ? this.api.cards(customerId) : null,
    ]);
    if (customer.status === 200) this.customer = customer.body;
    if (cards?.status === 200) this.cards = cards.body;
  }

  seen() {
    return { state: this.state, charge: this.charge, now: this.api.now() };
  }

  // Draws the screen `name`. `focus` where the shopper did something, or something happened.
  draw(name = this.isClosed ? "closed" : screenOf(this.seen()), focus = false) {
    const isChoice = this.isChanging && UNPAID.includes(name) && !this.state.heldUntil;
    const shown = isChoice ? "choose" : name;
    this.isChanging = isChoice;
    const screen = screenNamed(shown, viewOf(this, isChoice ? name : null));
    this.choose = shown === "choose" ? screen : null;
    if (shown !== "choose") forgetCard(this.values);
    this.put(shown, screen);
    this.follow(shown);
    if (focus) (this.body.querySelector("[role=alert]") ?? this.body.querySelector(".c-title"))?.focus();
  }

  put(name, { node, stop }) {
    this.stopScreen?.();
    this.stopScreen = stop;
    this.body.replaceChildren(node);
    if (this.name === name) return;
    this.name = name;
    this.root.dataset.state = name;
    this.emit("state", name);
  }

  // While a shopper types, the hub is asked only when the page becomes visible again, unless a payment may still
  // arrive: after a search that found nothing, or after one that expired.
  follow(name) {
    this.watcher?.stop();
    this.watcher = null;
    const longest = ASKED_EVERY[name];
    if (!longest) return;
    const isOpen =
      this.isChanging || this.notice?.words === "unmade" || declineOf(this.charge)?.declinedCode === "expired";
    const wait = name === "choose" && !isOpen;
    const how = { known: markOf(this.state), wait, longest };
    this.watcher = watchStatus(
      () => this.api.status(),
      () => this.changed(),
      how,
    );
  }

  async changed() {
    if (this.busy) return;
    // The status does not say until when a payment holds the session.
    const answer = await this.api.link();
    if (answer.status !== 200) throw new Lost();
    if (this.busy) return;
    const before = this.charge;
    await this.learn(answer.body);
    if (this.busy) return;
    const name = screenOf(this.seen());
    const isSame = isSameCharge(before, this.charge);
    if (isSame && (name === this.name || this.isChanging)) return;
    this.notice = null;
    this.say("");
    if (!isSame) reportCharge(this, this.charge);
    this.draw(name, true);
  }

  async change(isChanging) {
    if (this.busy) return;
    this.isChanging = isChanging;
    this.notice = null;
    this.say("");
    if (isChanging) await this.learnAll();
    this.draw(undefined, true);
  }

  setLocale(locale) {
    this.t = textsOf(locale);
    this.showConnection();
    if (this.busy) return;
    if (this.name === "failed") this.fail();
    else if (this.name !== "loading") this.draw();
  }
}

/**
 * Draws the form of a session inside `root`. `context` is `{api, clientId, sessionId, publicKey, locale, surface,
 * embedding, returnUrl}`. `emit(name, detail)` gets `loaded`, `paymentSuccess`, `paymentFailed`, `redirect` and
 * `state`. Returns `{setLocale}`.
 */
export function mountForm(root, context, emit) {
  const form = new CheckoutForm(root, context, emit);
  return { setLocale: (locale) => form.setLocale(locale) };
}
