//! The business's pages and islands.

#[cfg(feature = "hydrate")]
pub mod browser;
