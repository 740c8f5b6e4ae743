//! Doors for other programs' calls: what a gateway or a carrier tells us, checked before anything believes it.

pub mod mail;
pub mod sms;
pub mod stripe;
