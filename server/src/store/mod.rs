//! All the SQL. One file per noun; `db.rs` is the only one that names a database driver.

pub mod account;
pub mod address;
pub mod attempt;
pub mod business;
pub mod ceremony;
pub mod code;
pub mod commitment;
pub mod console;
pub mod console_session;
pub mod contact;
pub mod db;
pub mod debtor;
pub mod dispute;
pub mod event;
pub mod export;
pub mod gateway_event;
pub mod hold;
pub mod identity;
pub mod import;
pub mod inbound;
pub mod invariant;
pub mod invite;
pub mod invoice;
pub mod ledger;
pub mod link;
pub mod outbox;
pub mod passkey;
pub mod preference;
pub mod reminder;
pub mod session;
pub mod setup_code;
pub mod stop_link;
pub mod upload;
pub mod user;
pub mod worklist;

pub use db::{Db, Error, Query, Tx};
