//! All the SQL. One file per noun; `db.rs` is the only one that names a database driver.

pub mod business;
pub mod db;
pub mod debtor;
pub mod event;
pub mod invoice;
pub mod ledger;
pub mod outbox;

pub use db::{Db, Error, Query, Tx};
