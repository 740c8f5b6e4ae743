//! What crosses the network between Kept's pages and its server, and what its pages are made of.

pub mod account_statement;
pub mod allocation;
pub mod calls;
pub mod console;
pub mod late_charges;
pub mod letters;
pub mod money_back;
pub mod people;
pub mod portal;
pub mod reconciliation;
pub mod rehearsal;
pub mod reminders;
pub mod statements;
pub mod templates;
pub mod write_offs;
