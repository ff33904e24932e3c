// The form of a session: loads it, draws its screen, pays it.

import { Lost, hubApi } from './api.js';
import { forgetAttempt, keepAttempt, keptAttempt } from './attempt.js';
import { boletoScreen } from './boleto.js';
import { chooseScreen } from './choose.js';
import { declineWords } from './declines.js';
import { fill, h } from './dom.js';
import { dripScreen } from './drip.js';
import { failureDetail, successDetail } from './events.js';
import { markOf, watchStatus } from './live.js';
import { money } from './money.js';
import { button, plainScreen } from './parts.js';
import { findPayment, isOfKey, payOnce } from './pay.js';
import { pixScreen } from './pix.js';
import { takesSavedCards } from './saved.js';
import { declineOf, endOf, hasCharge, screenOf } from './session.js';
import { textsOf } from './texts.js';

// These change no more.
const ENDED = ['paid', 'voided', 'canceled', 'expired', 'used_up', 'closed'];
const UNPAID = ['pix', 'boleto', 'drip'];

class CheckoutForm {
  constructor(root, context, emit) {
    this.context = context;
    this.emit = emit;
    this.api = hubApi(context);
    this.t = textsOf(context.locale);
    this.values = {};
    this.customer = null;
    this.cards = [];
    this.stopped = false;
    this.offline = h('p', { class: 'c-notice c-warning', role: 'alert', hidden: true });
    this.body = h('div', { class: 'c-body' });
    this.status = h('p', { class: 'c-status', role: 'status' });
    this.node = h('div', { class: 'c-form' }, this.offline, this.body, this.status);
    root.replaceChildren(this.node);
    this.online = () => this.showOnline();
    for (const name of ['online', 'offline']) addEventListener(name, this.online);
    this.showOnline();
    this.load();
  }

  // What the screens see.
  view(more = {}) {
    const { t, values, link, customer, cards, context, charge } = this;
    const format = (options) => new Intl.DateTimeFormat(t.tag, options);
    return {
      t, values, link, customer, cards, context, charge, heldUntil: this.state.heldUntil,
      now: () => Date.now(),
      amount: money(link.amount, link.currency, t.tag),
      time: (instant) => format({ dateStyle: 'short', timeStyle: 'short' }).format(new Date(instant)),
      day: (date) => format({ dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`)),
      say: (text) => this.say(text),
      soon: () => this.watcher?.soon(),
      redirect: (url) => this.emit('redirect', { url }),
      pay: (order) => this.pay(order),
      another: () => this.another(true),
      stay: () => this.another(false),
      ...more,
    };
  }

  say(text) {
    this.status.textContent = text;
  }

  showOnline() {
    this.offline.hidden = navigator.onLine;
    this.offline.textContent = navigator.onLine ? '' : this.t.offline;
  }

  async load() {
    this.put('loading', h('p', { class: 'c-loading' }, this.t.loading));
    try {
      const answer = await this.api.link();
      if (answer.status !== 200) return this.loadFailed(answer.status);
      this.link = answer.body;
      await this.learn(answer.body);
      this.emit('loaded', answer.body);
      await this.loadCustomer();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return this.loadFailed(0);
    }
    if (this.stopped) return undefined;
    if (this.charge?.status === 'paid') this.report(this.charge);
    const attempt = keptAttempt(this.context.sessionId);
    if (attempt && !isOfKey(this.charge, attempt.key) && screenOf(this.seen()) === 'choose') return this.search(attempt);
    forgetAttempt(this.context.sessionId);
    return this.draw();
  }

  loadFailed(status) {
    if ([401, 403, 404].includes(status)) return this.draw('closed');
    const { t } = this;
    return this.put('failed', h('section', { class: 'c-screen' },
      h('p', { role: 'alert' }, t.load_failed), button(t.reload, () => this.load(), { class: 'c-button c-main' })));
  }

  // Takes what the hub says of the session now, and asks for the charge where there is one.
  async learn(state) {
    this.state = { ...this.state, ...state };
    if (this.state.attemptsLeft === undefined) {
      const answer = await this.api.status();
      if (answer.status === 200) this.state = { ...this.state, ...answer.body };
    }
    if (!hasCharge(this.state)) return;
    const answer = await this.api.charge();
    if (answer.status === 200) this.charge = answer.body;
  }

  async learnAll() {
    try {
      const answer = await this.api.link();
      if ([401, 403, 404].includes(answer.status)) this.isClosed = true;
      if (answer.status === 200) await this.learn(answer.body);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
  }

  async loadCustomer() {
    const { customerId } = this.link;
    if (!customerId || this.state.status !== 'created') return;
    const [customer, cards] = await Promise.all([
      this.api.customer(customerId), takesSavedCards(this.context) ? this.api.cards(customerId) : null,
    ]);
    if (customer.status === 200) this.customer = customer.body;
    if (cards?.status === 200) this.cards = cards.body;
  }

  seen() {
    return { state: this.state, charge: this.charge ?? null, now: Date.now() };
  }

  // Draws the screen of the session. `focus` where the shopper did something, or something happened.
  draw(name = this.isClosed ? 'closed' : screenOf(this.seen()), focus = false) {
    const shown = this.isChanging && UNPAID.includes(name) && !this.state.heldUntil ? 'choose' : name;
    if (shown !== 'choose') this.isChanging = false;
    const screen = this.screen(shown, name);
    this.choose = shown === 'choose' ? screen : null;
    this.put(shown, screen.node, screen.stop);
    this.follow(shown);
    if (focus) (this.body.querySelector('[role=alert]') ?? this.body.querySelector('[tabindex="-1"]'))?.focus();
  }

  screen(shown, name) {
    const { t } = this;
    if (shown === 'closed') return { node: plainScreen({ context: this.context }, t.closed_title, t.closed, 'closed') };
    const view = this.view({ notice: this.notice ?? this.declined(), back: UNPAID.includes(name) ? name : null });
    switch (shown) {
      case 'choose': return chooseScreen(view);
      case 'pix': return pixScreen(view);
      case 'boleto': return boletoScreen(view);
      case 'drip': return dripScreen(view);
      case 'paid': {
        const words = this.charge?.status === 'pre_authorized' ? t.reserved : t.paid;
        return { node: plainScreen(view, t.paid_title, fill(words, { amount: view.amount }), 'paid') };
      }
      default: {
        const time = view.time(endOf(this.state.dueDate));
        return { node: plainScreen(view, t[`${shown}_title`], fill(t[shown], { time }), shown) };
      }
    }
  }

  declined() {
    const decline = declineOf(this.charge);
    if (decline === null) return null;
    const { words, next } = declineWords(decline, this.charge.paymentMethod.paymentType);
    const { t } = this;
    return { kind: 'error', title: t.decline_title, text: `${t[`decline_${words}`]} ${t[`next_${next}`]}` };
  }

  put(name, node, stop) {
    this.stopScreen?.();
    this.stopScreen = stop;
    this.body.replaceChildren(node);
    if (this.name === name) return;
    this.name = name;
    if (this.context.debug) console.debug('catraca', name);
    this.emit('state', name);
  }

  // While a shopper types, the hub is asked only when the page becomes visible again.
  follow(name) {
    this.watcher?.stop();
    this.watcher = null;
    if (ENDED.includes(name)) return;
    const known = this.state.attemptsLeft === undefined ? null : markOf(this.state);
    this.watcher = watchStatus(() => this.api.status(), (status) => this.changed(status), { known, wait: name === 'choose' });
  }

  async changed(status) {
    if (this.busy) return;
    const before = this.charge;
    await this.learn(status);
    if (this.stopped || this.busy) return;
    const name = screenOf(this.seen());
    const isSame = before?.chargeId === this.charge?.chargeId && before?.status === this.charge?.status;
    if (isSame && (name === this.name || this.isChanging)) return;
    this.notice = null;
    if (!isSame) this.report(this.charge);
    this.draw(undefined, true);
  }

  report(charge) {
    const detail = declineOf(charge) ? null : successDetail(charge, this.context);
    if (detail !== null && charge.status !== 'pending') this.emit('paymentSuccess', detail);
    else if (detail === null) this.emit('paymentFailed', failureDetail({ charge }, this.context, this.declined().text));
  }

  async another(isChanging) {
    this.isChanging = isChanging;
    this.notice = null;
    if (isChanging) await this.learnAll();
    this.draw(undefined, true);
  }

  tools() {
    return {
      pay: this.api.pay, charge: this.api.charge, status: this.api.status, now: () => Date.now(), stopped: () => this.stopped,
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
      online: () => (navigator.onLine ? undefined : new Promise((done) => {
        addEventListener('online', done, { once: true });
        setTimeout(done, 10_000);
      })),
      say: (step) => this.say(this.t[step]),
    };
  }

  // A double click is one payment: the second one finds the first under way.
  async pay(order) {
    if (this.busy) return;
    this.busy = true;
    const key = crypto.randomUUID();
    this.choose.setBusy(true);
    this.say(`${this.t.paying} ${this.t.paying_hint}`);
    const body = order.prepare ? await order.prepare(this.api, key) : order.body;
    keepAttempt(this.context.sessionId, { key, at: Date.now() });
    await this.conclude(await payOnce(this.tools(), body, key), order.paymentType);
  }

  // A reload came while a payment was under way.
  async search({ key, at }) {
    this.busy = true;
    const { t } = this;
    this.put('processing', plainScreen(this.view(), t.processing_title, t.search, 'processing'));
    await this.conclude(await findPayment(this.tools(), key, at), null);
  }

  async conclude(outcome, paymentType) {
    if (outcome.stopped || this.stopped) return;
    forgetAttempt(this.context.sessionId);
    this.notice = null;
    this.isChanging = false;
    this.values.cvv = '';
    if (outcome.charge) await this.taken(outcome.charge);
    else if (outcome.refused) await this.refused(outcome.refused, paymentType);
    else this.notice = { kind: 'info', text: this.t.unmade };
    this.busy = false;
    if (this.stopped) return;
    this.say('');
    this.draw(undefined, true);
    this.pointAt(outcome);
  }

  async taken(charge) {
    this.charge = charge;
    const { chargeId, status, paymentMethod: { paymentType, paymentUrl } } = charge;
    const isOpen = ['pending', 'pre_authorized'].includes(status);
    this.state = { ...this.state, activeCharge: isOpen ? { id: chargeId, paymentType } : null };
    if (status === 'paid') this.state.status = 'paid';
    if (status === 'failed') this.forgetCard();
    if (paymentType !== 'credit' || status === 'failed') await this.learnAll();
    if (status === 'pending' && paymentType !== 'credit') {
      this.emit('paymentSuccess', successDetail(charge, this.context));
      if (paymentUrl) this.emit('redirect', { url: paymentUrl });
    } else {
      this.report(charge);
    }
  }

  // A card that its bank declined for good is not tried again by a second click.
  forgetCard() {
    const { next } = declineWords(declineOf(this.charge));
    if (next === 'other' && this.charge.paymentMethod.paymentType === 'credit') Object.assign(this.values, { number: '', expiry: '' });
  }

  async refused(answer, paymentType) {
    await this.learnAll();
    const { t } = this;
    const text = answer.status === 429 ? t.too_often : answer.status === 409 ? t.taken : t.refused;
    this.notice = { kind: 'error', text };
    this.emit('paymentFailed', failureDetail({ answer, paymentType }, this.context, text));
  }

  // The field that a decline or a refusal is about.
  pointAt({ charge, refused }) {
    const { field } = declineWords(declineOf(charge) ?? {});
    if (refused?.body?.error?.details) this.choose?.showRefused?.(refused.body.error.details);
    else if (field) this.choose?.focusField?.(field);
  }

  setLocale(locale) {
    this.t = textsOf(locale);
    this.showOnline();
    if (this.busy) return;
    if (this.link) this.draw();
    else if (this.isClosed) this.draw('closed');
  }

  destroy() {
    this.stopped = true;
    this.watcher?.stop();
    this.stopScreen?.();
    for (const name of ['online', 'offline']) removeEventListener(name, this.online);
    this.node.remove();
  }
}

/**
 * Draws the form of a session inside `root`. `context` is `{api, clientId, sessionId, publicKey, locale, surface, embedding,
 * sandbox, debug, returnUrl}`. `emit(name, detail)` gets `loaded`, `paymentSuccess`, `paymentFailed`, `redirect` and `state`.
 * Returns `{setLocale, destroy}`.
 */
export function mountForm(root, context, emit) {
  const form = new CheckoutForm(root, context, emit);
  return { setLocale: (locale) => form.setLocale(locale), destroy: () => form.destroy() };
}
