// What can be known of a card before it is sent. Pure.

// The ranges of shared/domain/src/card.rs, in its order: Elo and Hipercard own islands inside the ranges of the others.
const BRAND_RANGES = [
  [
    "Elo",
    [
      [401178, 401179],
      [431274],
      [438935],
      [451416],
      [457393],
      [457631, 457632],
      [504175],
      [506699, 506778],
      [509000, 509999],
      [627780],
      [636297],
      [636368, 636369],
      [650031, 650033],
      [650035, 650051],
      [650405, 650439],
      [650485, 650538],
      [650541, 650598],
      [650700, 650718],
      [650720, 650727],
      [650901, 650978],
      [651652, 651679],
      [655000, 655019],
      [655021, 655058],
    ],
  ],
  ["HiperCard", [[384100], [384140], [384160], [606282]]],
  [
    "American Express",
    [
      [340000, 349999],
      [370000, 379999],
    ],
  ],
  [
    "Diners",
    [
      [300000, 305999],
      [309500, 309599],
      [360000, 369999],
      [380000, 399999],
    ],
  ],
  ["JCB", [[352800, 358999]]],
  [
    "Mastercard",
    [
      [222100, 272099],
      [510000, 559999],
    ],
  ],
  ["Visa", [[400000, 499999]]],
  [
    "Discover",
    [
      [601100, 601199],
      [622126, 622925],
      [644000, 659999],
    ],
  ],
];

function rangeOf(first6) {
  for (const [brand, ranges] of BRAND_RANGES) {
    const range = ranges.find(([from, to]) => first6 >= from && first6 <= (to ?? from));
    if (range) return { brand, range };
  }
  return null;
}

/** The brand of what is typed so far; null while it can be several. */
export function brandOf(digits) {
  const first = digits.slice(0, 6);
  if (first === "") return null;
  const [lowest, highest] = ["0", "9"].map((digit) => rangeOf(Number(first.padEnd(6, digit))));
  return lowest !== null && lowest.range === highest?.range ? lowest.brand : null;
}

/** The digits of `text`, however they are written or separated. */
export function digitsOf(text) {
  return text.normalize("NFKC").replace(/[^0-9]/g, "");
}

/** Luhn's check digit (ISO/IEC 7812-1, annex B). */
export function luhnHolds(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const counted = place % 2 === 0 ? digit : digit * 2;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}

/** Whether these digits can be the number of a card. */
export function isCardNumber(digits) {
  return digits.length >= 12 && digits.length <= 19 && luhnHolds(digits);
}

/** The digits in the groups that the card prints. */
export function groupCardNumber(digits) {
  const brand = brandOf(digits);
  const shortGroups = brand === "American Express" || (brand === "Diners" && digits.length <= 14);
  const pattern = shortGroups ? /^(\d{4})(\d{1,6})?(\d{1,9})?.*$/ : null;
  const groups = pattern && digits.length > 4 ? digits.match(pattern).slice(1) : digits.match(/\d{1,4}/g);
  return (groups ?? [digits]).filter(Boolean).join(" ");
}

/** How many digits the security code has. */
export function cvvLength(brand) {
  return brand === "American Express" ? 4 : 3;
}

/**
 * Month and year of `06/28`, `6/2028`, `0628`, `062028`, or `2028-06` as a browser may fill it in; null for another
 * text.
 */
export function readExpiry(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "");
  const match =
    plain.match(/^(?<year>\d{4})-(?<month>\d{1,2})$/) ??
    plain.match(/^(?<month>\d{1,2})[/.-](?<year>\d{4}|\d{2})$/) ??
    plain.match(/^(?<month>\d{2})(?<year>\d{4}|\d{2})$/);
  if (!match) return null;
  const month = Number(match.groups.month);
  const year = Number(match.groups.year.padStart(4, "20"));
  return month >= 1 && month <= 12 ? { month, year } : null;
}

/** The expiry as the API takes it. */
export function expiryText({ month, year }) {
  return `${String(month).padStart(2, "0")}/${year}`;
}

/** Whether the month was over everywhere on earth (UTC-12) at `now`, in milliseconds. */
export function hasExpired({ month, year }, now) {
  return now >= Date.UTC(year, month, 1, 12);
}

/** `06/28` while it is typed; a year of four digits becomes two when it is whole. */
export function groupExpiry(text) {
  const whole = readExpiry(text);
  if (whole && whole.year >= 2000 && whole.year < 2100 && digitsOf(text).length > 4) {
    return `${String(whole.month).padStart(2, "0")}/${String(whole.year).slice(2)}`;
  }
  const digits = digitsOf(text);
  const padded = /^[2-9]$/.test(digits) || /^\d\s*\//.test(text) ? `0${digits}` : digits;
  return padded.length > 2 ? `${padded.slice(0, 2)}/${padded.slice(2, 6)}` : padded;
}

/** Whether a text can be a name: a shopper who fills in a form too fast types the number once more. */
export function isHolder(text) {
  return /[^\d\s-]/.test(text) && !/\d{12,}/.test(text.replace(/[\s-]/g, ""));
}
