//! Serves this function on Lambda.

edge::main!(customers::ROUTES);
