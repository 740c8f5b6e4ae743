//! Text messages: telephone numbers, and who sent what a carrier passes on.

pub mod number;
pub mod signature;
