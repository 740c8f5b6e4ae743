//! Keeping a card by consent: the words are shown and stored before the payment on the page, the card comes with it, and
//! either side takes it back at any time.

use super::detach_card;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::clock::date_of;
use crate::gateway::Payment;
use crate::secret;
use crate::store::attempt::Attempt;
use crate::store::business::Business;
use crate::store::commitment::Commitment;
use crate::store::debtor::{self, Debtor};
use crate::store::mandate::{self, Mandate};
use crate::store::session::Session;
use crate::store::{Error, Tx};
use kept_domain::commitment::{Kind, Standing};
use kept_domain::ids::{BusinessId, DebtorId, MandateId};
use kept_domain::mandate::{self as rules, Consent, State};
use kept_domain::plan::Instalment;

/// What ticking the box would agree to; empty where nothing later is left to charge.
pub fn words(home: &Business, debtor: &Debtor, c: &Commitment, standings: &[Standing], paid_now_minor: i64) -> String {
    if c.kind != Kind::Plan {
        return String::new();
    }
    let mut now_minor = paid_now_minor;
    let later = standings
        .iter()
        .filter_map(|s| {
            let taken = now_minor.min(s.left_minor());
            now_minor -= taken;
            let amount_minor = s.left_minor() - taken;
            (amount_minor > 0).then_some(Instalment { amount_minor, ..s.instalment })
        })
        .collect();
    rules::words(&Consent {
        business: home.name.clone(),
        payer: debtor.name.clone(),
        currency: c.currency,
        agreed_on: date_of(c.decided_at_ms.unwrap_or(c.proposed_at_ms), &home.zone),
        later,
    })
}

/// Stores a consent beside the attempt that is to bring the card. The caller holds the debtor's row.
pub(super) async fn ask(
    app: &App,
    tx: &Tx,
    session: &Session,
    attempt: &Attempt,
    words: String,
    actor: &Actor,
) -> Result<(), Error> {
    let (Some(id), Some(commitment)) = (&attempt.mandate, &attempt.commitment) else { return Ok(()) };
    let asked = Mandate {
        id: id.clone(),
        debtor: attempt.debtor.clone(),
        commitment: commitment.clone(),
        currency: attempt.currency,
        attempt: attempt.id.clone(),
        state: State::Asked,
        words_version: rules::WORDS_VERSION.to_owned(),
        words_language: "en".to_owned(),
        words_sha256: secret::sha256(&words),
        words,
        identity: session.identity.clone(),
        address: actor.address.clone(),
        agreed_at_ms: app.clock.now_ms(),
        customer: String::new(),
        payment_method: String::new(),
        brand: String::new(),
        last4: String::new(),
        ended_by: String::new(),
        ended_at_ms: None,
    };
    mandate::insert(tx, &attempt.business, &asked).await?;
    let detail = "agreed that the card is kept for the later payments".to_owned();
    note(app, tx, &attempt.business, &attempt.debtor, id, ("card_consented", detail), actor).await
}

/// What became of the attempt that was to bring the card: it may be charged from now on, or there is none. The caller
/// holds the debtor's row.
pub(super) async fn settled(app: &App, tx: &Tx, attempt: &Attempt, payment: Option<&Payment>) -> Result<(), Error> {
    let Some(id) = attempt.mandate.as_ref().filter(|_| attempt.seq.is_none()) else { return Ok(()) };
    let Some(found) = mandate::find(tx, &attempt.business, id).await? else { return Ok(()) };
    let (business, actor) = (&attempt.business, Actor::local("gateway"));
    let now_ms = app.clock.now_ms();
    let card = payment.and_then(|p| Some((p.customer.clone()?, p.payment_method.clone()?, p.card.clone())));
    if found.state != State::Asked {
        // The consent ended while the page was open: the card that came with it is not kept, at the gateway neither.
        if let (State::Contested, true, Some((customer, payment_method, _))) =
            (found.state, found.payment_method.is_empty(), card)
        {
            let came = Mandate { customer, payment_method, ..found };
            mandate::set_card(tx, business, &came).await?;
            detach_card::enqueue(tx, business, &came, now_ms).await?;
        }
        return Ok(());
    }
    let Some((customer, payment_method, shown)) = card.filter(|_| payment.is_some_and(|p| p.received_minor > 0)) else {
        if !attempt.state.is_open() {
            mandate::end(tx, business, id, State::Lapsed, &actor.name, now_ms).await?;
        }
        return Ok(());
    };
    for old in mandate::list_active(tx, business, &attempt.debtor).await? {
        if old.currency == found.currency
            && mandate::end(tx, business, &old.id, State::Replaced, "debtor", now_ms).await?
        {
            detach_card::enqueue(tx, business, &old, now_ms).await?;
        }
    }
    let (brand, last4) = shown.unwrap_or_default();
    let detail = format!("{brand} ending {last4}");
    mandate::activate(tx, business, &Mandate { customer, payment_method, brand, last4, ..found }).await?;
    note(app, tx, business, &attempt.debtor, id, ("card_kept", detail), &actor).await
}

/// A bank took a payment back at the card holder's word: no card that was kept before is charged until they consent again.
/// The caller holds the debtor's row.
pub(super) async fn contested(app: &App, tx: &Tx, attempt: &Attempt) -> Result<(), Error> {
    let (business, now_ms) = (&attempt.business, app.clock.now_ms());
    for m in mandate::list(tx, business, &attempt.debtor, 100).await? {
        if m.currency == attempt.currency
            && matches!(m.state, State::Asked | State::Active)
            && mandate::end(tx, business, &m.id, State::Contested, "gateway", now_ms).await?
        {
            detach_card::enqueue(tx, business, &m, now_ms).await?;
            let detail = if m.last4.is_empty() { String::new() } else { format!("{} ending {}", m.brand, m.last4) };
            let what = ("card_contested", detail);
            note(app, tx, business, &attempt.debtor, &m.id, what, &Actor::local("gateway")).await?;
        }
    }
    Ok(())
}

/// It has ended already, or is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// Takes a consent back, for either side: the card is not charged again, and is taken away at the gateway. A charge that the bank is asked about at this
/// moment may still be answered; it is shown as any other.
///
/// # Errors
/// Where there is no such card of this debtor, or it was taken back before.
pub async fn revoke(
    app: &App,
    business: &BusinessId,
    whose: &DebtorId,
    id: &MandateId,
    actor: &Actor,
) -> Result<(), Failure<Ended>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, whose).await?.ok_or(Failure::NotFound)?;
    let found = mandate::find(&tx, business, id).await?.filter(|m| m.debtor == *whose).ok_or(Failure::NotFound)?;
    if !mandate::end(&tx, business, id, State::Revoked, &actor.name, now_ms).await? {
        return Err(Failure::Refused(Ended));
    }
    detach_card::enqueue(&tx, business, &found, now_ms).await?;
    let detail = format!("{} ending {}", found.brand, found.last4);
    note(app, &tx, business, whose, id, ("card_revoked", detail), actor).await?;
    tx.commit().await?;
    Ok(())
}

/// The event of what happened to a card.
pub(super) async fn note(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    id: &MandateId,
    (kind, detail): (&str, String),
    actor: &Actor,
) -> Result<(), Error> {
    let happened = Happened { debtor: Some(debtor), kind, subject: id.as_str(), detail };
    record(app, tx, business, actor, happened).await
}
