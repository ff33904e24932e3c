// The messages between the embedding page and the frame: `{catraca: 1, type, …}`. Each side compares the origin and
// the window of a message before it reads one.

const VERSION = 1;

/** What the frame sends to the embedding page, after `ready`. */
export const FROM_FRAME = ["height", "state", "paymentSuccess", "paymentFailed", "redirect"];

/** The languages of the checkout; the first one is for shoppers of any other. */
export const LANGUAGES = ["pt", "en", "es"];

/** Whether it is an id or a session's key: both are UUIDs. */
export function isId(text) {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text ?? "");
}

export function message(type, body) {
  return { ...body, catraca: VERSION, type };
}

/** The type of a message of this protocol, or nothing: the page of a shop receives other messages too. */
export function typeOf(data) {
  return data?.catraca === VERSION && typeof data.type === "string" ? data.type : undefined;
}

/** The first of the tags (`pt-BR`, `en_US`, …) that is a language of the checkout. */
export function languageOf(tags) {
  const known = tags.map((tag) =>
    String(tag ?? "")
      .slice(0, 2)
      .toLowerCase(),
  );
  return known.find((language) => LANGUAGES.includes(language)) ?? LANGUAGES[0];
}

// A browser of before December 2023 may have no `URL.canParse`.
function urlOf(address) {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** The address, where a browser may be sent there: `https`, or the hub itself on one machine. */
export function safeAddress(address, hubOrigin) {
  const url = urlOf(address);
  return url?.protocol === "https:" || url?.origin === hubOrigin ? url?.href : undefined;
}

/** The address of a hub: any other scheme than `http` and `https` has no origin, and would open the shop's own page. */
export function hubAddress(address) {
  const url = urlOf(address);
  return /^https?:$/.test(url?.protocol) ? url : undefined;
}
