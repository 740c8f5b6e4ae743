//! Claiming what the law adds to an invoice that is late, as it was worked out for the person who claims it.

use super::work_out_late_charges::{self, Worked};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::business::{self, Business};
use crate::store::debtor::{self, Debtor};
use crate::store::late_charge::{self, Basis};
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Query, Tx, commitment, hold};
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::late_charge::{self as rules, Books};
use kept_domain::ledger::{TransferKind, late_charge as charge, late_charge_off};
use kept_domain::money::{Currency, Money};

/// Why nothing is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The business claims no late charges.
    Off,
    /// The law adds nothing.
    Rule(rules::Refusal),
    /// Reminders pause, and so do charges.
    Hold,
    /// Something is agreed, or a proposal waits for an answer.
    Agreement,
    /// The invoice is in dispute.
    Disputed,
    /// Everything that was worked out is claimed.
    Nothing,
    /// It is another sum than the one that was seen.
    Changed(Money),
}

impl Refusal {
    /// What to tell the person.
    pub fn words(self) -> String {
        match self {
            Self::Off => "Late charges are off. An owner can turn them on under Settings".to_owned(),
            Self::Rule(refusal) => refusal.words().trim_end_matches('.').to_owned(),
            Self::Hold => "Nothing is added while reminders to this customer pause".to_owned(),
            Self::Agreement => {
                "Nothing is added while an agreement runs or a proposal waits: its amounts stay what was agreed"
                    .to_owned()
            }
            Self::Disputed => "Nothing is added to an invoice while it is in dispute".to_owned(),
            Self::Nothing => "Everything that the law adds so far is claimed already".to_owned(),
            Self::Changed(now) => {
                format!("It is {} now: a day has passed, or something was paid. Look at it again", now.show())
            }
        }
    }
}

/// Why nothing may be added to what a debtor owes today, whatever the invoice.
///
/// # Errors
/// The store's.
pub async fn obstacle(
    q: &impl Query,
    business: &BusinessId,
    debtor: &Debtor,
    today: NaiveDate,
) -> Result<Option<Refusal>, Error> {
    if debtor.kind != "company" {
        return Ok(Some(Refusal::Rule(rules::Refusal::Consumer)));
    }
    let holds = hold::list(q, business, &debtor.id).await?;
    let runs = |h: &hold::Hold| {
        h.ended_at_ms.is_none() && h.from_on <= today && h.until_on.is_none_or(|until_on| today <= until_on)
    };
    if holds.iter().any(runs) {
        return Ok(Some(Refusal::Hold));
    }
    let open = commitment::list_open(q, business, &debtor.id).await?;
    Ok((!open.is_empty()).then_some(Refusal::Agreement))
}

/// What can be claimed of an invoice for which so much was worked out, in minor units.
///
/// # Errors
/// Why nothing can.
pub fn claimable(w: &Worked, books: &Books) -> Result<i64, Refusal> {
    if w.in_dispute {
        return Err(Refusal::Disputed);
    }
    let worked = w.result.as_ref().map_err(|refusal| Refusal::Rule(*refusal))?;
    match books.change_minor(worked.minor()) {
        minor if minor > 0 => Ok(minor),
        _ => Err(Refusal::Nothing),
    }
}

/// Until when charges are worked out for a claim: today is not over, and whoever pays today owes nothing for it.
pub fn last_whole_day(today: NaiveDate) -> NaiveDate {
    today - chrono::Days::new(1)
}

/// Claims what was worked out for an invoice until yesterday and is not claimed yet. `seen_minor` is what the person was shown.
///
/// # Errors
/// Why nothing is claimed, or the store's.
pub async fn claim(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    invoice: &InvoiceId,
    seen_minor: i64,
    actor: &Actor,
) -> Result<TransferId, Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let debtor = debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let Some(preset) = late_charge::policy(&tx, business_id).await?.preset(rules::all()) else {
        return no(Refusal::Off);
    };
    let today = app.clock.today(&home.zone);
    if let Some(refusal) = obstacle(&tx, business_id, &debtor, today).await? {
        return no(refusal);
    }
    let until_on = last_whole_day(today);
    let worked = work_out_late_charges::of_debtor(&tx, &home, &debtor, &preset, until_on).await?;
    let Some(w) = worked.into_iter().find(|w| w.invoice == *invoice) else { return no(Refusal::Nothing) };
    let books = late_charge::books(&tx, business_id, id).await?.get(invoice).copied().unwrap_or_default();
    let minor = match claimable(&w, &books) {
        Ok(minor) if minor == seen_minor => minor,
        Ok(minor) => return no(Refusal::Changed(Money::new(minor, w.currency))),
        Err(refusal) => return no(refusal),
    };
    let Ok(worked) = w.result else { return no(Refusal::Nothing) };
    let basis = Basis { invoice: invoice.clone(), preset: preset.code, until_on, worked };
    let change = Change { minor, currency: w.currency, number: &w.number, basis: &basis, books: &books };
    let transfer = book(app, &tx, &home, id, &change, actor).await?;
    tx.commit().await?;
    Ok(transfer)
}

/// What is booked of a charge.
pub(super) struct Change<'a> {
    /// Minor units: more than zero is claimed, less is taken back.
    pub(super) minor: i64,
    /// Their currency.
    pub(super) currency: Currency,
    /// The number of the invoice.
    pub(super) number: &'a str,
    /// What it was worked out from.
    pub(super) basis: &'a Basis,
    /// What the books said before.
    pub(super) books: &'a Books,
}

/// Books it; the caller holds the debtor's row.
pub(super) async fn book(
    app: &App,
    tx: &Tx,
    home: &Business,
    debtor: &DebtorId,
    change: &Change<'_>,
    actor: &Actor,
) -> Result<TransferId, Error> {
    let Change { minor, currency, number, basis, books } = *change;
    let id: TransferId = secret::new_id();
    let invoice = basis.invoice.clone();
    let (transfer, kind) = if minor > 0 {
        (charge(invoice, minor), "late_charge_claimed")
    } else {
        let (off, on_account) = books.off(-minor);
        (late_charge_off(TransferKind::LateChargeTakenBack, invoice, off, on_account), "late_charge_taken_back")
    };
    let until = show(basis.until_on);
    let origin = Origin {
        note: format!("On invoice {number}, for the time until {until}"),
        ..Origin::new(debtor, currency, app.clock.today(&home.zone), &actor.name)
    };
    ledger::append(tx, &home.id, &id, &transfer, &origin, app.clock.now_ms()).await?;
    late_charge::insert(tx, &home.id, debtor, &id, basis).await?;
    let amount = Money::new(minor.abs(), currency).show();
    let detail = format!("{amount} on invoice {number}, until {until}");
    let happened = Happened { debtor: Some(debtor), kind, subject: id.as_str(), detail };
    record(app, tx, &home.id, actor, happened).await?;
    Ok(id)
}
