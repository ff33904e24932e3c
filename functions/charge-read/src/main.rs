//! Serves this function on Lambda.

edge::main!(charge_read::ROUTES);
