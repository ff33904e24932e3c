//! Serves this function on Lambda.

edge::main!(session_pay::ROUTES);
