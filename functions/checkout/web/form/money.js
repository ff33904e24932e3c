// Money is whole minor units. Only what is shown has a decimal point.

// ISO 4217, as the hub counts: a browser's own table has fewer decimals for some currencies, which would be 100 times
// the sum. Every other currency has two.
const NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND";

/** The number of decimals of `currency`. */
export function decimalsOf(currency) {
  if (NO_DECIMALS.includes(currency)) return 0;
  return THREE_DECIMALS.includes(currency) ? 3 : 2;
}

/** `minor` units of `currency` as a shopper reads them: a number, or a BigInt that no number is exact for. */
export function money(minor, currency, language) {
  const decimals = decimalsOf(currency);
  const look = { style: "currency", currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const digits = String(minor).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return new Intl.NumberFormat(language, look).format(`${digits.slice(0, point)}.${digits.slice(point)}`);
}

/**
 * `amount` in `count` installments: the hub charges the whole amount, and what does not divide is in the first one.
 * Together they are always `amount`.
 */
export function installmentsOf(amount, count) {
  const each = Math.floor(amount / count);
  return { count, each, first: amount - each * (count - 1) };
}

/** Every choice of installments up to `most`, none of which is less than one minor unit. */
export function installmentChoices(amount, most) {
  const choices = [];
  for (let count = 1; count <= Math.max(1, most) && (count === 1 || amount >= count); count += 1) {
    choices.push(installmentsOf(amount, count));
  }
  return choices;
}
