// The screen of a Pix that waits for its shopper.

import { fill, h } from "./dom.js";
import { anotherMethod, copyField, heading, imageAddress } from "./parts.js";
import { pixEnd } from "./session.js";

// When the rest of the time is said aloud, in minutes.
const SAID = [5, 1];

/** `1:02:03`, `4:05`. */
export function timeLeft(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

// Counts on the page; a screen reader is not read every second of it. `payable` is shown until the code ends.
function countdown(view, payable) {
  const { t, now, charge } = view;
  const end = pixEnd(charge);
  const whole = charge.paymentMethod.expiresIn * 1000;
  const node = h("p", { class: "c-timer", role: "timer", "aria-live": "off" });
  const unsaid = SAID.filter((minutes) => end - now() > minutes * 60_000);
  let wasOver = false;
  const tick = () => {
    const left = Math.min(end - now(), whole);
    const isOver = left <= 0;
    // Each answer corrects the clock: the code can come back.
    for (const part of payable) part.hidden = isOver;
    if (isOver && !wasOver) {
      node.textContent = t.pix_over;
      view.say(t.pix_over);
      view.soon();
    }
    wasOver = isOver;
    if (isOver) return;
    node.textContent = fill(t.pix_left, { time: timeLeft(left) });
    if (unsaid.length > 0 && left <= unsaid[0] * 60_000) view.say(t[`pix_minutes_${unsaid.shift()}`]);
  };
  const timer = setInterval(tick, 1000);
  tick();
  return { node, stop: () => clearInterval(timer) };
}

/** `{node, stop}`. */
export function pixScreen(view) {
  const { t, charge, context } = view;
  const { qrCodeData, qrCodeImageUrl } = charge.paymentMethod;
  const alt = fill(t.pix_image, { amount: view.amount });
  const steps = h("p", {}, t.pix_steps);
  const image = h("img", {
    class: "c-qr",
    src: imageAddress(qrCodeImageUrl, context.api),
    alt,
    width: 272,
    height: 272,
  });
  const code = copyField(view, { name: "pix", label: t.pix_code, text: qrCodeData, action: t.copy_pix, rows: 4 });
  const waiting = h("p", { class: "c-hint" }, t.pix_waiting);
  const left = countdown(view, [steps, image, code, waiting]);
  const node = h(
    "section",
    { class: "c-screen c-pix" },
    heading(view, t.pix_title),
    steps,
    image,
    h("p", { class: "c-amount" }, view.amount),
    left.node,
    code,
    waiting,
    anotherMethod(view, "pix"),
  );
  return { node, stop: left.stop };
}
