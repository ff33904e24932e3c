// Brazilian documents and telephones. Pure.

/** CPF or CNPJ without its punctuation, in capitals. */
function plainDocument(text) {
  return text
    .normalize("NFKC")
    .replace(/[^0-9a-z]/gi, "")
    .toUpperCase();
}

// Modulo 11: from the right, weights 2 up to `most` and again from 2. A letter of a CNPJ is its ASCII code less 48.
function checkDigit(text, most) {
  let sum = 0;
  for (let place = 0; place < text.length; place += 1) {
    sum += (text.charCodeAt(text.length - 1 - place) - 48) * (2 + (place % (most - 1)));
  }
  return ((sum * 10) % 11) % 10;
}

function checkDigitsHold(text, most) {
  const body = text.slice(0, -2);
  const first = checkDigit(body, most);
  return text.slice(-2) === `${first}${checkDigit(body + first, most)}`;
}

/** `{type, number}` of a CPF, or of a CNPJ unless `onlyCpf`; null where it is neither. */
export function readDocument(text, onlyCpf = false) {
  const number = plainDocument(text);
  if (/^\d{11}$/.test(number) && checkDigitsHold(number, 11)) return { type: "cpf", number };
  if (!onlyCpf && /^[0-9A-Z]{12}\d{2}$/.test(number) && checkDigitsHold(number, 9)) return { type: "cnpj", number };
  return null;
}

/** The document with its punctuation, while it is typed. */
export function groupDocument(text) {
  const plain = plainDocument(text).slice(0, 14);
  if (/^\d{0,11}$/.test(plain)) {
    return plain
      .replace(/^(\d{3})(\d)/, "$1.$2")
      .replace(/^(\d{3}\.\d{3})(\d)/, "$1.$2")
      .replace(/^(\d{3}\.\d{3}\.\d{3})(\d)/, "$1-$2");
  }
  const parts = [plain.slice(0, 2), plain.slice(2, 5), plain.slice(5, 8)].filter(Boolean).join(".");
  const branch = plain.length > 8 ? `/${plain.slice(8, 12)}` : "";
  return parts + branch + (plain.length > 12 ? `-${plain.slice(12)}` : "");
}
