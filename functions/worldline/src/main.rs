//! Serves this function on Lambda.

edge::main!(worldline::ROUTES);
