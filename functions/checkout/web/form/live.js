// The live status of a session: asked for with back-off, and only while the page is visible.

import { Lost } from "./api.js";

const FIRST_MS = 2000;

/** What of a status says that something changed. */
export function markOf(status) {
  return [status.status, status.isActive, status.activeCharge?.id, status.attemptsLeft, status.updatedAt].join("|");
}

/** The pause after `pause`. */
export function nextPause(pause, longest) {
  return Math.min(Math.round(pause * 1.4), longest);
}

/**
 * Asks `ask()` until it is stopped, in pauses of at most `longest`, and calls `changed(status)` for each status whose
 * mark is another than the `known` one. With `wait` it is asked only when the page becomes visible again. Returns
 * `{stop, soon}`.
 */
export function watchStatus(ask, changed, { known, wait, longest }) {
  let mark = known;
  let pause = FIRST_MS;
  let timer = null;
  let stopped = false;
  const later = (ms) => {
    clearTimeout(timer);
    if (!stopped && document.visibilityState === "visible") timer = setTimeout(look, ms);
  };
  const look = async () => {
    try {
      const answer = await ask();
      if (!stopped && answer.status === 200 && markOf(answer.body) !== mark) {
        pause = FIRST_MS;
        await changed(answer.body);
        // Only now: what could not be learned of a change is asked for again.
        mark = markOf(answer.body);
      }
    } catch (error) {
      // The next answer comes; an error of the form itself is the browser's to log.
      if (!(error instanceof Lost)) throw error;
    } finally {
      pause = nextPause(pause, longest);
      if (!wait) later(pause);
    }
  };
  const soon = () => {
    pause = FIRST_MS;
    later(0);
  };
  const shown = () => (document.visibilityState === "visible" ? soon() : clearTimeout(timer));
  document.addEventListener("visibilitychange", shown);
  addEventListener("pageshow", shown);
  addEventListener("online", soon);
  if (!wait) later(pause);
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", shown);
    removeEventListener("pageshow", shown);
    removeEventListener("online", soon);
  };
  return { stop, soon };
}
