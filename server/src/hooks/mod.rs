//! Doors for other programs' calls: what a gateway tells us, checked before anything believes it.

pub mod stripe;
