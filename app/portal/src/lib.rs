//! The debtor's pages and islands. A page is a plain function of its view; only [`plan_preview`] wakes up in the browser.

pub mod account;
pub mod account_statement;
pub mod advice;
pub mod agreement;
pub mod already_paid;
#[cfg(feature = "hydrate")]
pub mod browser;
pub mod contacts;
pub mod dispute;
pub mod frame;
pub mod gate;
pub mod hardship;
pub mod late_charges;
pub mod money_back;
#[cfg(feature = "hydrate")]
pub mod numbers;
pub mod payment;
pub mod plan;
pub mod plan_preview;
pub mod preferences;
pub mod promise;
pub mod receipt;
pub mod settlement;
pub mod transfer;
pub mod unsubscribe;
