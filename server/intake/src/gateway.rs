//! The card gateway's messages: who sent one, what it says happened, and how it counts money.

pub mod amount;
pub mod notice;
pub mod signature;
