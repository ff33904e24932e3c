import { en } from "./texts/en.js";
import { es } from "./texts/es.js";
import { pt } from "./texts/pt.js";

/** The texts of a language of the checkout. */
export function textsOf(language) {
  return { pt, en, es }[language];
}
