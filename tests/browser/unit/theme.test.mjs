import assert from "node:assert/strict";
import { test } from "node:test";
import { contrastOf, rgbOf, themeOf } from "../../../functions/checkout/web/theme.js";

const WHITE = [255, 255, 255];
const DARK = [23, 25, 28];

test("the contrast of two colours is that of WCAG", () => {
  assert.equal(contrastOf([0, 0, 0], WHITE), 21);
  assert.equal(contrastOf(WHITE, WHITE), 1);
  assert.equal(contrastOf(rgbOf("#767676"), WHITE).toFixed(2), "4.54");
});

test("every colour of a merchant is readable in both schemes, and so is the text on it", () => {
  const parts = ["00", "40", "80", "c0", "ff"];
  for (const red of parts)
    for (const green of parts)
      for (const blue of parts) {
        const mainColor = `#${red}${green}${blue}`;
        const settings = { mainColor, errorColor: mainColor, backgroundColor: mainColor };
        for (const [scheme, ground] of [
          ["light", WHITE],
          ["dark", DARK],
        ]) {
          const theme = themeOf(settings, scheme);
          const contrast = (one, other) =>
            contrastOf(rgbOf(theme[one]), typeof other === "string" ? rgbOf(theme[other]) : other);
          assert.ok(contrast("--accent", ground) >= 4.5, `${mainColor} ${scheme}`);
          assert.ok(contrast("--error", ground) >= 4.5, `${mainColor} ${scheme}`);
          assert.ok(contrast("--on-accent", "--accent") >= 4.5, `${mainColor} ${scheme}`);
          if (theme["--backdrop"]) assert.ok(contrast("--on-backdrop", "--backdrop") >= 4.5, `${mainColor} ${scheme}`);
        }
      }
});

test("a colour that is readable stays as the merchant chose it", () => {
  assert.equal(themeOf({ mainColor: "#0A7E3F" }, "light")["--accent"], "#0a7e3f");
});

test("a bright background is not shown to a shopper who asks for a dark page", () => {
  assert.equal(themeOf({ backgroundColor: "#FFEEDD" }, "light")["--backdrop"], "#ffeedd");
  assert.equal(themeOf({ backgroundColor: "#FFEEDD" }, "dark")["--backdrop"], undefined);
  assert.equal(themeOf({ backgroundColor: "#101820" }, "dark")["--backdrop"], "#101820");
});

test("what is no colour changes nothing", () => {
  for (const mainColor of [null, undefined, "", "red", "#fff", "#12345g", "url(https://evil.example)", "#123456;}"]) {
    assert.deepEqual(themeOf({ mainColor, backgroundColor: mainColor }, "light"), {});
  }
  assert.deepEqual(themeOf(undefined, "dark"), {});
});
