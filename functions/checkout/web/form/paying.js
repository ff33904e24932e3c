// How the form pays: what is shown meanwhile, and what its end changes.

import { forgetAttempt, keepAttempt } from "./attempt.js";
import { declineText, declineWords } from "./declines.js";
import { failureDetail, successDetail } from "./events.js";
import { findPayment, payOnce } from "./pay.js";
import { declineOf, isSaidBeside, isSameCharge } from "./session.js";

function toolsOf(form) {
  const { pay, charge, status, now } = form.api;
  return {
    status,
    pay: (body, key) => {
      keepAttempt(form.context.sessionId, { key, at: now() });
      return pay(body, key);
    },
    charge: async () => {
      const answer = await status();
      if (answer.status !== 200) return answer;
      return answer.body.hasCharge ? charge() : { status: 404 };
    },
    now,
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
    online: () =>
      navigator.onLine
        ? undefined
        : new Promise((done) => {
            addEventListener("online", done, { once: true });
            setTimeout(done, 10_000);
          }),
    say: (step) => form.say(form.t[step]),
  };
}

/** Pays as `order` says. A double click is one payment: the second one finds the first under way. */
export async function payOrder(form, order) {
  if (form.busy) return;
  form.busy = true;
  const chosen = form.api.now();
  const key = crypto.randomUUID();
  form.choose.setBusy(true);
  form.say(`${form.t.paying} ${form.t.paying_hint}`);
  form.values.isUnsaved = false;
  const body = order.prepare ? await order.prepare(form.api, key) : order.body;
  await conclude(form, await payOnce(toolsOf(form), body, key, chosen), order.paymentType);
}

/** Looks for the payment that was under way when the page was loaded anew. */
export async function searchPayment(form, { key, at }) {
  form.busy = true;
  form.draw("search");
  await conclude(form, await findPayment(toolsOf(form), key, at), null);
}

async function conclude(form, outcome, paymentType) {
  // Where the key opens nothing any more, the payment can still be found when it does again.
  if (!outcome.closed) forgetAttempt(form.context.sessionId);
  form.isChanging = false;
  form.notice = outcome.unmade ? { kind: "c-info", words: "unmade" } : null;
  form.say("");
  if (outcome.charge) await takeCharge(form, outcome.charge);
  else await takeNone(form, outcome, paymentType);
  form.busy = false;
  form.draw(undefined, true);
  // The form shows its message itself; beside another screen most would be untrue.
  if (isSaidBeside(form.name, form.notice?.words)) form.say(form.t[form.notice.words]);
  pointAt(form, outcome);
}

async function takeCharge(form, charge) {
  const {
    chargeId,
    status,
    paymentMethod: { paymentType, paymentUrl },
  } = charge;
  form.charge = charge;
  const isOpen = status === "pending" || status === "pre_authorized";
  form.state = { ...form.state, activeCharge: isOpen ? { id: chargeId, paymentType } : null, heldUntil: null };
  if (status === "paid") form.state.status = "paid";
  // The number is kept for another try alone, and not where its bank declined it for good; the security code never.
  form.values.cardCvv = "";
  const decline = declineOf(charge);
  if (decline && declineWords(decline, paymentType).next === "other") forgetCard(form.values);
  // How long an unpaid one holds the session, and how many attempts are left.
  if (paymentType !== "credit" || status === "failed") await form.learnAll();
  reportCharge(form, charge);
  if (status === "pending" && paymentUrl) form.emit("redirect", { url: paymentUrl });
}

/** Keeps nothing of the card that was typed but its name. */
export function forgetCard(values) {
  Object.assign(values, { cardNumber: "", cardExpirationDate: "", cardCvv: "", saved: null });
}

// This payment was not made, as far as is known. Another tab may have made one: then that one is shown and reported.
async function takeNone(form, { refused, taken, closed }, paymentType) {
  const before = form.charge;
  await form.learnAll();
  if (closed) form.isClosed = true;
  const words = taken ? "taken" : refused?.status === 429 ? "too_often" : "refused";
  if (refused) form.notice = { kind: "c-refusal", words };
  const { charge } = form;
  const isMade = ["pending", "pre_authorized", "paid"].includes(charge?.status);
  if (isMade && !isSameCharge(before, charge)) reportCharge(form, charge);
  else if (refused && !form.state.activeCharge) {
    form.emit("paymentFailed", failureDetail({ answer: refused, paymentType }, form.context, form.t[words]));
  }
}

// The field that a decline or a refusal is about.
function pointAt(form, { charge, refused }) {
  const details = refused?.body?.error?.details;
  const decline = charge && declineOf(charge);
  if (details) form.choose?.showRefused?.(details);
  else if (decline) form.choose?.focusField?.(declineWords(decline, charge.paymentMethod.paymentType).field);
}

/** Says to the merchant's page what became of a charge: of one that is canceled or voided, or of none, nothing. */
export function reportCharge(form, charge) {
  const isShown = charge?.status === "pending" && charge.paymentMethod.paymentType !== "credit";
  if (declineOf(charge)) {
    form.emit("paymentFailed", failureDetail({ charge }, form.context, declineText(charge, form.t).text));
  } else if (isShown || ["paid", "pre_authorized"].includes(charge?.status)) {
    form.emit("paymentSuccess", successDetail(charge, form.context));
  }
}
