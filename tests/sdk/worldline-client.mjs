// Worldline's client library outside a browser: what it finds of one is there while it is loaded.

/** What `load` returns, with as much of a browser as connect-sdk-client-js needs. */
export function inBrowser(load) {
  globalThis.window ??= { innerWidth: 1280, innerHeight: 720, navigator: {}, btoa };
  globalThis.document ??= {};
  globalThis.screen ??= { width: 1280, height: 720, colorDepth: 24 };
  globalThis.self ??= globalThis;
  const navigator = { language: "pt-BR", userAgent: "node", javaEnabled: () => false };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  // Its bundled cryptography would look for a module of Node that the bundle leaves out.
  const { versions } = process;
  Object.defineProperty(process, "versions", { value: { ...versions, node: undefined }, configurable: true });
  try {
    return load();
  } finally {
    Object.defineProperty(process, "versions", { value: versions, configurable: true });
  }
}
