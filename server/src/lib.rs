//! Kept's server: doors (`portal`, `console`, `hooks`) call acts, acts decide with `kept_domain` and record in the
//! store; whatever happens outside goes through the outbox.

pub mod account_statement;
pub mod acts;
pub mod app;
pub mod bundle;
pub mod carrier;
pub mod clock;
pub mod config;
pub mod console;
pub mod csv_out;
pub mod demo;
pub mod door;
pub mod gateway;
pub mod gzip;
pub mod hooks;
pub mod jobs;
pub mod late_charges;
pub mod letter;
pub mod mail;
pub mod network;
pub mod page;
pub mod passkeys;
pub mod password;
pub mod portal;
pub mod qr;
pub mod router;
pub mod secret;
pub mod shell;
pub mod sms;
pub mod store;
pub mod style;
pub mod templates;
pub mod totp;

pub use kept_intake::{einvoice, import, statement};
