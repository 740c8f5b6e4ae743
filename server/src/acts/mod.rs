//! One file per verb: load, decide with the domain, record, enqueue, in one transaction.

pub mod advance_commitments;
pub mod answer_offer;
mod apply_ahead;
mod asked;
mod booking;
mod buyers;
mod called_paid;
mod card_matter;
pub mod carriers;
pub mod change_password;
pub mod change_role;
pub mod charge_instalments;
pub mod claim_late_charge;
pub mod close_batch;
pub mod close_discrepancy;
pub mod close_page;
pub mod compare_policies;
pub mod create_link;
pub mod decide_commitment;
pub mod decide_line;
pub mod detach_card;
pub mod dispatch;
pub mod edit_template;
pub mod enrol_passkey;
pub mod enrol_totp;
pub mod expire;
pub mod fetch_mail;
pub mod found_business;
pub mod fresh_link;
pub mod hand_over;
pub mod import_debtors;
pub mod import_invoices;
pub mod import_statement;
pub mod imported;
pub mod invite_user;
mod invoice_plan;
pub mod join;
pub mod keep_card;
pub mod list_links;
pub mod matter;
pub mod money_back;
pub mod move_allocation;
pub mod notify;
pub mod offer_settlement;
pub mod open_link;
pub mod outlook;
pub mod pause_reminders;
pub mod position;
pub mod print_letter;
pub mod propose;
mod put_back;
pub mod raise_dispute;
pub mod reach;
pub mod reconcile;
pub mod record_call_outcome;
pub mod record_contact;
pub mod record_payment;
pub mod rehearse;
pub mod remind;
pub mod resolve_dispute;
pub mod send_again;
pub mod set_preferences;
pub mod set_up;
pub mod settle_inbound;
pub mod settle_payment;
pub mod sign_in;
pub mod start_payment;
pub mod stop_contact;
mod take_back_late_charges;
pub mod take_back_payment;
mod take_off;
pub mod take_out_letter;
mod towards;
pub mod trusted;
pub mod update_bank_details;
pub mod update_late_charge_policy;
pub mod update_reminders;
pub mod update_settings;
pub mod update_settlement_policy;
pub mod upload_file;
pub mod waive_late_charge;
pub mod withdraw;
pub mod work_out_late_charges;
pub mod write_letter;
pub mod write_message;
pub mod write_off;

use crate::app::App;
use crate::secret;
use crate::store::event::{self, Event};
use crate::store::{Error, Tx};
use kept_domain::ids::{BusinessId, DebtorId, UserId};

/// Why an act did not happen.
#[derive(Debug)]
pub enum Failure<R> {
    /// There is no such thing for this business and debtor.
    NotFound,
    /// A rule says no.
    Refused(R),
    /// The store failed; nothing has happened.
    Store(Error),
}

impl<R> From<Error> for Failure<R> {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Who acts, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `debtor`, `user:` and an id, `terms`, `gateway`, `carrier`, `clock`, `import`, `shell`.
    pub name: String,
    /// The network address; empty where it did not come over the network.
    pub address: String,
}

impl Actor {
    /// Somebody without a network address.
    pub fn local(name: &str) -> Self {
        Self { name: name.to_owned(), address: String::new() }
    }

    /// Somebody who signs in, from an address.
    pub fn user(id: &UserId, address: &str) -> Self {
        Self { name: format!("user:{id}"), address: address.to_owned() }
    }

    /// A debtor, from an address.
    pub fn debtor(address: &str) -> Self {
        Self { name: "debtor".to_owned(), address: address.to_owned() }
    }
}

/// What happened, for [`record`].
pub struct Happened<'a> {
    /// Whom it is about.
    pub debtor: Option<&'a DebtorId>,
    /// In the past tense: `plan_accepted`.
    pub kind: &'a str,
    /// The id of what it happened to.
    pub subject: &'a str,
    /// One sentence for people.
    pub detail: String,
}

/// Writes the event of an act, in the act's own transaction.
pub async fn record(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    actor: &Actor,
    happened: Happened<'_>,
) -> Result<(), Error> {
    let event = Event {
        id: secret::new_id(),
        debtor: happened.debtor.cloned(),
        at_ms: app.clock.now_ms(),
        actor: actor.name.clone(),
        kind: happened.kind.to_owned(),
        subject: happened.subject.to_owned(),
        detail: happened.detail,
        address: actor.address.clone(),
    };
    event::append(tx, business, &event).await
}
