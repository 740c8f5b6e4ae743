//! One file per verb: load, decide with the domain, record, enqueue, in one transaction.

pub mod found_business;
pub mod import_debtors;
pub mod import_invoices;
pub mod imported;
pub mod list_links;
pub mod notify;
