//! Serves this function on Lambda.

edge::main!(charge_create::ROUTES);
