//! Serves this function on Lambda.

edge::main!(checkout::ROUTES);
