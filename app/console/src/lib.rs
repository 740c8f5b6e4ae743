//! The business's pages and islands. A page is a plain function of a view model; it works without JavaScript.

pub mod account_statement;
pub mod allocation;
pub mod bank_details;
#[cfg(feature = "hydrate")]
pub mod browser;
pub mod call;
pub mod calls;
pub mod commitment;
pub mod commitments;
pub mod copy;
pub mod debtor;
pub mod debtors;
pub mod dispute;
pub mod disputes;
pub mod frame;
pub mod import;
pub mod imports;
pub mod join;
pub mod ladder_form;
pub mod late_charge_policy;
pub mod late_charges;
pub mod letters;
pub mod login;
pub mod login_code;
pub mod money_back;
pub mod news;
pub mod offer;
pub mod own_account;
pub mod parts;
pub mod passkey;
#[cfg(feature = "hydrate")]
mod passkey_browser;
pub mod policy;
pub mod policy_change;
pub mod reconciliation;
pub mod rehearsal;
pub mod reminder_form;
pub mod reminders;
pub mod settlements;
pub mod setup;
pub mod statements;
pub mod stuck;
pub mod template_check;
pub mod templates;
pub mod terms_form;
pub mod today;
pub mod users;
pub mod write_offs;

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests;
