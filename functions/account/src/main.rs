//! Serves this function on Lambda.

edge::main!(account::ROUTES);
