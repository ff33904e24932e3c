// What is kept for this tab alone.

/** What `use(storage)` gives; null where the browser keeps nothing, as in a frame without storage. */
export function ofTab(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}
