//! Serves this function on Lambda.

edge::main!(session_manage::ROUTES);
