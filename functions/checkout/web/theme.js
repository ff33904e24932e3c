// The merchant's colours, made readable: a colour moves towards black or white until its text has the contrast that
// WCAG 2.2 AA asks for (https://www.w3.org/TR/WCAG22/#contrast-minimum).

const READABLE = 4.5;
/** What text is on in each scheme: `--bg` and `--soft` of page.css. */
const GROUNDS = {
  light: [
    [255, 255, 255],
    [244, 245, 247],
  ],
  dark: [
    [23, 25, 28],
    [34, 37, 41],
  ],
};
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

/** Setting of the merchant, and the token that page.css has for it. */
const TOKENS = [
  ["mainColor", "--accent"],
  ["attentionColor", "--attention"],
  ["errorColor", "--error"],
  ["successColor", "--success"],
];

/** The tokens that the settings change, for a scheme (`light` or `dark`). A colour that is none changes nothing. */
export function themeOf(settings, scheme) {
  const grounds = GROUNDS[scheme];
  const theme = {};
  for (const [setting, token] of TOKENS) {
    const colour = rgbOf(settings?.[setting]);
    if (colour) theme[token] = hexOf(readable(colour, grounds));
  }
  if (theme["--accent"]) theme["--on-accent"] = hexOf(textOn(rgbOf(theme["--accent"])));
  const backdrop = rgbOf(settings?.backgroundColor);
  // A shopper who asks for a dark page is not given a bright one.
  if (backdrop && (scheme === "light" || luminance(backdrop) < 0.05)) {
    theme["--backdrop"] = hexOf(backdrop);
    theme["--on-backdrop"] = hexOf(textOn(backdrop));
  }
  return theme;
}

/** The ratio of contrast of two colours: 1 to 21. */
export function contrastOf(one, other) {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/** `#RRGGBB` as three numbers. */
export function rgbOf(hex) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex ?? "");
  return found && found.slice(1).map((part) => Number.parseInt(part, 16));
}

function hexOf(colour) {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white: one of both is always readable. */
function textOn(colour) {
  return contrastOf(colour, WHITE) >= READABLE ? WHITE : BLACK;
}

function readable(colour, grounds) {
  const end = textOn(grounds[0]);
  for (let step = 0; step <= 20; step += 1) {
    const moved = colour.map((part, at) => Math.round(part + ((end[at] - part) * step) / 20));
    if (grounds.every((ground) => contrastOf(moved, ground) >= READABLE)) return moved;
  }
  return end;
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The scheme that the shopper's system asks for. */
export function systemScheme() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Puts scheme and colours on the document: by its style object, which a content security policy allows. */
export function applyTheme(settings, scheme) {
  const root = document.documentElement;
  root.dataset.scheme = scheme;
  root.removeAttribute("style");
  for (const [token, colour] of Object.entries(themeOf(settings, scheme))) root.style.setProperty(token, colour);
}
