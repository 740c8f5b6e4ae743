//! What comes in from outside, read: tables and spreadsheets, bank statements, e-invoices, mail that comes back or is
//! answered, text messages, and the gateway's messages. Each reader is a function of the bytes that came, and of nothing
//! else: it answers all that they say, or where and why they cannot be read. A crate of its own, so that whoever gives the
//! readers whatever may come (`tests/fuzz`) builds nothing else; it knows nothing of the server.

pub mod einvoice;
pub mod gateway;
pub mod import;
pub mod inbound;
pub mod sms;
pub mod statement;
