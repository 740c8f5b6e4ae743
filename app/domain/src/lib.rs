//! Kept's rules: pure functions over plain data. No I/O, no clock, no randomness: whatever changes from call to
//! call (`today`, `now`, an id) is an argument, so the browser and the server decide alike.

pub mod account_statement;
pub mod bank;
pub mod budget;
pub mod calendar;
pub mod call;
pub mod charge;
pub mod commitment;
pub mod contact;
pub mod credit_note;
pub mod debtor;
pub mod dispute;
pub mod heal;
pub mod holidays;
pub mod hours;
pub mod ids;
pub mod invoice;
pub mod ladder;
pub mod language;
pub mod late_charge;
pub mod ledger;
pub mod mandate;
pub mod matching;
pub mod money;
pub mod party;
pub mod payment;
pub mod plan;
pub mod preset;
pub mod reconciliation;
pub mod reference;
pub mod rehearsal;
pub mod reminder;
pub mod settlement;
pub mod sms;
pub mod statement;
pub mod table;
pub mod template;
pub mod terms;
pub mod tone;
pub mod user;
#[cfg(any(test, feature = "zones"))]
pub mod zones;
