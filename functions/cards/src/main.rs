//! Serves this function on Lambda.

edge::main!(cards::ROUTES);
