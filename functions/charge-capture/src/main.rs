//! Serves this function on Lambda.

edge::main!(charge_capture::ROUTES);
