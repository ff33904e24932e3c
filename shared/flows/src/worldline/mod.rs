//! What Worldline's dialect has and Malga's has not: the sessions with which shoppers' pages read payment products. The
//! keys with which servers sign their requests are the account's.

pub mod client_session;
