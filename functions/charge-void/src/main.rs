//! Serves this function on Lambda.

edge::main!(charge_void::ROUTES);
