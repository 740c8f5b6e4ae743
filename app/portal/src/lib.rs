//! The debtor's pages and islands.

#[cfg(feature = "hydrate")]
pub mod browser;
