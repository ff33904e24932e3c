// The live status of a session: asked for with back-off, and only while the page is visible.

const FIRST_MS = 2000;
const LONGEST_MS = 20_000;

/** What of a status says that something changed. */
export function markOf(status) {
  return [status.status, status.isActive, status.activeCharge?.id, status.attemptsLeft, status.updatedAt].join('|');
}

/** The pause after `pause`. */
export function nextPause(pause) {
  return Math.min(Math.round(pause * 1.4), LONGEST_MS);
}

/**
 * Asks `ask()` until it is stopped, and calls `changed(status)` for each status that is another than before. With `wait`
 * nothing is asked until the page becomes visible again. Returns `{stop, soon}`.
 */
export function watchStatus(ask, changed, { known = null, wait = false } = {}) {
  let mark = known;
  let pause = FIRST_MS;
  let timer = null;
  let stopped = false;
  const later = (ms) => {
    clearTimeout(timer);
    if (!stopped && document.visibilityState === 'visible') timer = setTimeout(look, ms);
  };
  const look = async () => {
    try {
      const answer = await ask();
      if (!stopped && answer.status === 200 && markOf(answer.body) !== mark) {
        mark = markOf(answer.body);
        pause = FIRST_MS;
        await changed(answer.body);
      }
    } catch {
      // The next one comes.
    }
    pause = nextPause(pause);
    if (!wait) later(pause);
  };
  const soon = () => {
    pause = FIRST_MS;
    later(0);
  };
  const shown = () => (document.visibilityState === 'visible' ? soon() : clearTimeout(timer));
  document.addEventListener('visibilitychange', shown);
  addEventListener('pageshow', shown);
  addEventListener('online', soon);
  if (!wait) later(pause);
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', shown);
    removeEventListener('pageshow', shown);
    removeEventListener('online', soon);
  };
  return { stop, soon };
}
