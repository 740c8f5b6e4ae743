//! One file per verb: load, decide with the domain, record, enqueue, in one transaction.

pub mod notify;
