import { en } from "./texts/en.js";
import { es } from "./texts/es.js";
import { pt } from "./texts/pt.js";

/** The texts of `locale`, such as `es-AR`; Portuguese where there are none. */
export function textsOf(locale) {
  return (
    { pt, en, es }[
      String(locale ?? "")
        .slice(0, 2)
        .toLowerCase()
    ] ?? pt
  );
}
