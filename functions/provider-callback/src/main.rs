//! Serves this function on Lambda.

edge::main!(provider_callback::ROUTES);
