import { fill, h } from "./dom.js";

let fields = 0;

/**
 * A labelled field. `values[name]` keeps what is typed, so that the field can be drawn again. `check(value)` gives the
 * name of a text where the value is wrong, or `[name, values of it]`; `format(value)` writes it while it is typed.
 * `options` makes it a list, as `[value, text]`. Everything else is an attribute of the control.
 */
export function field({ t, values, name, label, hint, check = () => null, format, options, typed, ...attributes }) {
  fields += 1;
  const id = `catraca-${name}-${fields}`;
  const isOptional = attributes.required === false;
  const error = h("p", { class: "c-error", id: `${id}-error`, hidden: true });
  const note = h("p", { class: "c-hint", id: `${id}-hint`, hidden: !hint }, hint ?? "");
  const input = h(options ? "select" : "input", {
    id,
    name,
    class: "c-input",
    "aria-describedby": `${id}-hint ${id}-error`,
    "aria-required": !isOptional && "true",
    ...(options ? {} : { type: "text", autocapitalize: "off", spellcheck: "false" }),
    ...attributes,
    required: false,
  });
  if (options) input.append(...options.map(([value, text]) => h("option", { value }, text)));
  if (values[name] !== undefined) input.value = values[name];
  values[name] = input.value;

  const show = (problem) => {
    const [text, inside] = [problem].flat();
    error.textContent = text ? fill(t[text], inside ?? {}) : "";
    error.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const problemOf = () => {
    const value = input.value.trim();
    if (value === "") return isOptional ? null : "error_empty";
    return check(value);
  };
  input.addEventListener("input", () => {
    if (format) reformat(input, format);
    values[name] = input.value;
    if (!error.hidden) show(problemOf());
    typed?.(input.value);
  });
  input.addEventListener("change", () => {
    if (input.value.trim() !== "") show(problemOf());
  });
  const labelNode = h("label", { for: id }, label, isOptional && h("span", { class: "c-hint" }, ` ${t.optional}`));
  return {
    name,
    input,
    node: h("div", { class: `c-field c-${name}` }, labelNode, input, note, error),
    hint: (text) => {
      note.textContent = text;
      note.hidden = text === "";
    },
    show,
    isMarked: () => !error.hidden,
    isGood: () => {
      const problem = problemOf();
      show(problem);
      return problem === null;
    },
  };
}

// Writes the value anew and leaves the caret after the same digit.
function reformat(input, format) {
  const caret = input.selectionStart ?? input.value.length;
  const before = input.value.slice(0, caret).replace(/[^0-9a-z]/gi, "").length;
  const isAtEnd = caret === input.value.length;
  const value = format(input.value);
  if (value === input.value) return;
  input.value = value;
  let place = isAtEnd ? value.length : 0;
  for (let seen = 0; !isAtEnd && place < value.length && seen < before; place += 1) {
    if (/[0-9a-z]/i.test(value[place])) seen += 1;
  }
  input.setSelectionRange?.(place, place);
}

/** The fields, two beside each other where there is room. */
export function fieldGrid(all) {
  const nodes = all.map((one) => one.node);
  return h("div", { class: "c-grid" }, nodes);
}

/** Checks every field, and moves the focus to the first one that is wrong. */
export function allGood(all) {
  const wrong = all.filter((one) => !one.isGood());
  wrong[0]?.input.focus();
  return wrong.length === 0;
}

/** A choice of one of `choices` (`{value, label, note}`), by native radio buttons. */
export function radios({ name, legend, choices, chosen, choose }) {
  fields += 1;
  const group = `catraca-${name}-${fields}`;
  return h(
    "fieldset",
    {},
    h("legend", {}, legend),
    h(
      "div",
      { class: "c-choices" },
      choices.map((choice) =>
        h(
          "label",
          { class: "c-radio", [`data-${name}`]: choice.value },
          h("input", {
            type: "radio",
            name: group,
            value: choice.value,
            checked: choice.value === chosen,
            disabled: choice.disabled,
            change: () => choose(choice.value),
          }),
          h("span", {}, choice.label, choice.note && h("span", { class: "c-hint" }, ` ${choice.note}`)),
        ),
      ),
    ),
  );
}
