// Money is whole minor units. Only what is shown has a decimal point.

/** The number of decimals of `currency` (ISO 4217). */
export function decimalsOf(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
}

/** `minor` units of `currency` as a shopper reads them. */
export function money(minor, currency, language) {
  const amount = minor / 10 ** decimalsOf(currency);
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(amount);
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
