//! Serves this function on Lambda.

edge::main!(sandbox_control::ROUTES);
