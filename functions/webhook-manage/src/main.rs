//! Serves this function on Lambda.

edge::main!(webhook_manage::ROUTES);
