// What the form uses of a browser's document.

/** An element, as far as the form uses one. */
export function element(name) {
  const node = { name, children: [], attributes: {}, dataset: {}, on: {}, style: {}, value: "" };
  return Object.assign(node, {
    setAttribute: (key, value) => (node.attributes[key] = value),
    removeAttribute: (key) => delete node.attributes[key],
    addEventListener: (type, listener) => (node.on[type] = listener),
    append: (...children) => node.children.push(...children),
    replaceChildren: (...children) => (node.children = children),
    querySelector: () => null,
    focus() {},
  });
}

/** The element and all inside it. */
export const all = (node) => (typeof node === "string" ? [] : [node, ...node.children.flatMap(all)]);

/** What is read in an element. */
export const textOf = (node) =>
  typeof node === "string" ? node : [node.textContent ?? "", ...node.children.map(textOf)].join(" ");
