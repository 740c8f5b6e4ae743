//! Charging kept cards: what is near is announced, what is due is charged, once. The attempt is stored before the gateway
//! is asked, under a key that the database takes once for each payment of an agreement; where no answer came the gateway
//! is asked what it knows before anything else is tried.

use super::detach_card;
use super::keep_card::note;
use super::notify::{self, Message};
use super::position;
use super::settle_payment::{self, Told, Unsettled};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::clock::{date_of, day_start_ms};
use crate::gateway::{Gateway, GatewayError, OffSessionCharge};
use crate::secret;
use crate::store::attempt::{self, Attempt};
use crate::store::business::{self, Business};
use crate::store::commitment::{self, Commitment};
use crate::store::debtor::{self, Debtor};
use crate::store::mandate::{self, Mandate};
use crate::store::{Error, Query, Tx, dispute, hold, ledger};
use chrono::NaiveDate;
use futures_util::StreamExt as _;
use kept_domain::charge::{self as rules, Facts, Notice, Pause, Refused, Step, Try};
use kept_domain::commitment::{self as commitments, State as CommitmentState};
use kept_domain::dispute as disputes;
use kept_domain::ids::{BusinessId, DebtorId, MandateId};
use kept_domain::mandate::State;
use kept_domain::money::Money;
use kept_domain::payment::AttemptState;

/// Cards that are worked on at the same time.
const AT_ONCE: usize = 8;
/// Cards that are looked at in one go.
const PAGE: u32 = 200;
/// Milliseconds after which a charge is asked about again of which the gateway is not known to have heard.
const ASK_AGAIN_MS: i64 = 60_000;
/// Milliseconds after which something that stood in the way is looked at again.
const LOOK_AGAIN_MS: i64 = 10 * 60_000;
/// Milliseconds in which nobody looks, at most: what happens meanwhile may bring another day forward.
const LOOK_AT_LEAST_MS: i64 = 86_400_000;
/// Milliseconds for which a key surely names the first request. Stripe forgets keys after 24 hours at the earliest
/// (<https://docs.stripe.com/api/idempotent_requests>); an hour is left for clocks and for what is under way.
pub(super) const KEY_LIFE_MS: i64 = 23 * 3_600_000;
/// Milliseconds after which a request that was sent is not under way any more.
pub(super) const UNDER_WAY_MS: i64 = 3_600_000;

/// Resolves what is not known, then announces and charges whatever is due; answers how many charges were asked for.
///
/// # Errors
/// When the store fails.
pub async fn run(app: &App) -> Result<u32, Error> {
    let Some(gateway) = &app.gateway else { return Ok(0) };
    let mut charged = 0;
    let unsent = attempt::list_unsent(&app.db, app.clock.now_ms() - ASK_AGAIN_MS, PAGE).await?;
    let mut resumed = futures_util::stream::iter(unsent)
        .map(|unsent| async move { resume(app, gateway, unsent).await })
        .buffer_unordered(AT_ONCE);
    while let Some(outcome) = resumed.next().await {
        outcome?;
    }
    loop {
        let due = mandate::list_due(&app.db, app.clock.now_ms(), PAGE).await?;
        if due.is_empty() {
            return Ok(charged);
        }
        let mut looked = futures_util::stream::iter(due)
            .map(|(business, debtor, id)| async move { look(app, gateway, &business, &debtor, &id).await })
            .buffer_unordered(AT_ONCE);
        while let Some(outcome) = looked.next().await {
            charged += u32::from(outcome?);
        }
    }
}

/// Everything that is decided from, read under the debtor's row.
struct Case {
    home: Business,
    debtor: Debtor,
    mandate: Mandate,
    commitment: Commitment,
}

/// Looks at one card; whether it was charged.
async fn look(
    app: &App,
    gateway: &Gateway,
    business: &BusinessId,
    debtor: &DebtorId,
    id: &MandateId,
) -> Result<bool, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let Some(debtor) = debtor::lock(&tx, business, debtor).await? else { return Ok(false) };
    let Some(case) = case(&tx, business, debtor, id).await? else {
        mandate::look_at(&tx, business, id, now_ms + LOOK_AGAIN_MS).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let step = decide(app, &tx, &case).await?;
    let start = |on| day_start_ms(on, &case.home.zone);
    let look_at_ms = match &step {
        Step::Announce(notice) => start(notice.charge_on),
        Step::Until(on) => start(*on),
        Step::Charge { .. } | Step::Wait(_) => now_ms + LOOK_AGAIN_MS,
        Step::Done => now_ms + LOOK_AT_LEAST_MS,
    };
    mandate::look_at(&tx, business, id, look_at_ms.clamp(now_ms + 1, now_ms + LOOK_AT_LEAST_MS)).await?;
    match step {
        Step::Announce(notice) => {
            announce(app, &tx, &case, &notice).await?;
            tx.commit().await?;
            Ok(false)
        }
        Step::Charge { seq, amount_minor } => {
            let stored = store(app, &tx, &case, seq, amount_minor).await?;
            tx.commit().await?;
            send(app, gateway, &case, stored).await?;
            Ok(true)
        }
        Step::Wait(_) | Step::Until(_) | Step::Done => {
            tx.commit().await?;
            Ok(false)
        }
    }
}

async fn case(q: &impl Query, business: &BusinessId, debtor: Debtor, id: &MandateId) -> Result<Option<Case>, Error> {
    let Some(mandate) = mandate::find(q, business, id).await?.filter(|m| m.state == State::Active) else {
        return Ok(None);
    };
    let commitment = commitment::find(q, business, &mandate.commitment).await?.filter(|c| c.state.is_running());
    let home = business::find(q, business).await?;
    Ok(home.zip(commitment).map(|(home, commitment)| Case { home, debtor, mandate, commitment }))
}

async fn decide(app: &App, tx: &Tx, case: &Case) -> Result<Step, Error> {
    let (business, c) = (&case.home.id, &case.commitment);
    let today = app.clock.today(&case.home.zone);
    let schedule = commitment::schedule(tx, business, &c.id).await?;
    // What the business gave back is owed again, but no card is charged for it by itself.
    let paid = ledger::arrived_towards(tx, business, &c.id).await?;
    let position = position::load_in(tx, business, &c.debtor, c.currency).await?;
    let tries: Vec<Try> =
        attempt::list_charges(tx, business, &c.id).await?.iter().map(|a| tried(a, &case.home)).collect();
    let notices = mandate::notices(tx, business, &c.id).await?;
    let held = is_held(tx, business, &c.debtor, today).await?;
    let open = commitment::list_open(tx, business, &c.debtor).await?;
    let asked = open.iter().any(|o| o.currency == c.currency && o.state == CommitmentState::Proposed);
    let paying = attempt::find_open(tx, business, &c.debtor, &purpose(c)).await?.is_some();
    let pauses = [(held, Pause::Hold), (asked, Pause::Proposal), (paying, Pause::OtherPayment)];
    Ok(rules::decide(&Facts {
        today,
        standings: &commitments::standing(&schedule, paid, today),
        owed_minor: position.as_ref().map_or(0, position::Position::owed_minor),
        disputed_minor: position.map_or(0, |p| p.disputed_minor),
        pause: pauses.into_iter().find(|(is, _)| *is).map(|(_, pause)| pause),
        tries: &tries,
        notices: &notices,
    }))
}

/// The same as for a payment on a page: at most one of either is open for a debtor and currency.
fn purpose(c: &Commitment) -> String {
    format!("card:{}", c.currency)
}

fn tried(a: &Attempt, home: &Business) -> Try {
    Try {
        seq: a.seq.and_then(|seq| usize::try_from(seq).ok()).unwrap_or(usize::MAX),
        on: date_of(a.created_at_ms, &home.zone),
        state: a.state,
        code: a.decline_code.clone(),
    }
}

async fn announce(app: &App, tx: &Tx, case: &Case, notice: &Notice) -> Result<(), Error> {
    let (business, c, now_ms) = (&case.home.id, &case.commitment, app.clock.now_ms());
    mandate::announce(tx, business, &c.id, notice, now_ms).await?;
    let message = Message::CardSoon { mandate_id: case.mandate.id.clone(), seq: notice.seq };
    notify::tell(tx, business, &case.debtor, &message, now_ms).await?;
    let amount = Money::new(notice.amount_minor, c.currency).show();
    let detail = format!("{amount} on {}", kept_domain::calendar::show(notice.charge_on));
    note(app, tx, business, &c.debtor, &case.mandate.id, ("charge_announced", detail), &Actor::local("clock")).await
}

async fn store(app: &App, tx: &Tx, case: &Case, seq: usize, amount_minor: i64) -> Result<Attempt, Error> {
    let (c, now_ms) = (&case.commitment, app.clock.now_ms());
    let stored = Attempt {
        business: case.home.id.clone(),
        id: secret::new_id(),
        debtor: c.debtor.clone(),
        purpose: purpose(c),
        commitment: Some(c.id.clone()),
        state: AttemptState::Created,
        amount_minor,
        currency: c.currency,
        session: None,
        url: String::new(),
        payment: None,
        decline: String::new(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + KEY_LIFE_MS,
        checked_at_ms: now_ms,
        mandate: Some(case.mandate.id.clone()),
        seq: Some(i64::try_from(seq).unwrap_or(i64::MAX)),
        decline_code: String::new(),
        sent_at_ms: now_ms,
    };
    attempt::insert(tx, &stored).await?;
    let happened = Happened {
        debtor: Some(&c.debtor),
        kind: "charge_started",
        subject: stored.id.as_str(),
        detail: Money::new(amount_minor, c.currency).show(),
    };
    record(app, tx, &case.home.id, &Actor::local("clock"), happened).await?;
    Ok(stored)
}

/// Asks the gateway to charge what is stored, and records what it says. Only what is stored goes in, so that a repeated
/// call says exactly the same.
async fn send(app: &App, gateway: &Gateway, case: &Case, stored: Attempt) -> Result<(), Error> {
    if app.clock.now_ms() - stored.created_at_ms > KEY_LIFE_MS {
        // Its key may be forgotten: only asking is safe.
        return Ok(());
    }
    let charge = OffSessionCharge {
        attempt_id: stored.id.to_string(),
        business_id: stored.business.to_string(),
        customer: case.mandate.customer.clone(),
        payment_method: case.mandate.payment_method.clone(),
        amount_minor: stored.amount_minor,
        currency: stored.currency.code().to_lowercase(),
        description: if case.home.name.is_empty() { "Payment".to_owned() } else { case.home.name.clone() },
    };
    let settled = match gateway.charge_off_session(&charge).await {
        Ok(payment) => settle_payment::with_told(app, &stored, Told::of_payment(payment), &[]).await.map(drop),
        Err(GatewayError::Refused(refusal)) if refusal.payment_intent.is_some() => {
            let known = Attempt { payment: refusal.payment_intent.clone(), ..stored.clone() };
            settle_payment::of_attempt(app, gateway, &known, &[]).await.map(drop)
        }
        Err(GatewayError::Refused(refusal)) if !matches!(refusal.status, 401 | 403) => {
            let code = refusal.code.clone().unwrap_or_default();
            settle_payment::with_told(app, &stored, Told::of_refusal(code), &[]).await.map(drop)
        }
        // Nothing was sent, and nothing ever can be.
        Err(GatewayError::Invalid { reason }) => {
            tracing::warn!("a charge cannot be asked for: {reason}");
            let code = rules::NOT_CHARGEABLE.to_owned();
            settle_payment::with_told(app, &stored, Told::of_refusal(code), &[]).await.map(drop)
        }
        Err(error) => {
            tracing::warn!("a charge is asked about later: {error}");
            unsent(app, &stored, &error).await?;
            Ok(())
        }
    };
    match settled {
        Ok(()) => Ok(()),
        Err(Unsettled::Store(error)) => Err(error),
        // The charge is known to the gateway, and asked about again.
        Err(Unsettled::Gateway(error)) => {
            tracing::info!("a charge is asked about later: {error}");
            Ok(())
        }
    }
}

/// Notes that a first request had no effect for certain; what was sent before it stays as unsure as it was.
async fn unsent(app: &App, stored: &Attempt, error: &GatewayError) -> Result<(), Error> {
    let first = stored.sent_at_ms == stored.created_at_ms;
    if !(first && error.fate_known()) {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &stored.business, &stored.debtor).await?;
    if let Some(mut now) = attempt::find(&tx, &stored.business, &stored.id).await?
        && now.state == AttemptState::Created
        && now.sent_at_ms == stored.sent_at_ms
    {
        now.sent_at_ms = 0;
        attempt::update(&tx, &now).await?;
    }
    tx.commit().await
}

/// Goes on with a charge of which the gateway is not known to have heard: it is asked first; where it knows nothing the
/// same request is sent again under the same key, as long as the key is young and what was decided still holds.
async fn resume(app: &App, gateway: &Gateway, unsent: Attempt) -> Result<(), Error> {
    let asked = match settle_payment::of_attempt(app, gateway, &unsent, &[]).await {
        Ok(asked) => asked,
        Err(Unsettled::Store(error)) => return Err(error),
        Err(Unsettled::Gateway(error)) => {
            tracing::info!("a charge is asked about later: {error}");
            let tx = app.db.begin().await?;
            attempt::set_checked(&tx, &unsent.business, &unsent.id, app.clock.now_ms()).await?;
            return tx.commit().await;
        }
    };
    if asked.state != AttemptState::Created || asked.payment.is_some() {
        return Ok(());
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let Some(debtor) = debtor::lock(&tx, &asked.business, &asked.debtor).await? else { return Ok(()) };
    let Some(mut now) = attempt::find(&tx, &asked.business, &asked.id).await? else { return Ok(()) };
    if now.state != AttemptState::Created || now.payment.is_some() || now_ms - now.created_at_ms > KEY_LIFE_MS {
        return Ok(());
    }
    let case = match &now.mandate {
        Some(id) => case(&tx, &asked.business, debtor, id).await?,
        None => None,
    };
    let still = match &case {
        Some(case) => still_wanted(app, &tx, case, &now).await?,
        None => false,
    };
    let Some(case) = case.filter(|_| still) else {
        if now.sent_at_ms == 0 {
            // The gateway never heard of it, and must not any more.
            now.state = AttemptState::Abandoned;
            attempt::update(&tx, &now).await?;
        }
        return tx.commit().await;
    };
    now.sent_at_ms = now_ms;
    now.checked_at_ms = now_ms;
    attempt::update(&tx, &now).await?;
    tx.commit().await?;
    send(app, gateway, &case, now).await
}

/// Whether nothing may be taken now: a pause is on, or somebody who says that they cannot afford it, or that they have paid, has not
/// been answered, however long ago the pause that came with it has ended.
async fn is_held(tx: &Tx, business: &BusinessId, debtor: &DebtorId, today: NaiveDate) -> Result<bool, Error> {
    let paused = hold::list(tx, business, debtor)
        .await?
        .iter()
        .any(|h| h.ended_at_ms.is_none() && h.from_on <= today && h.until_on.is_none_or(|on| on >= today));
    let waits = |d: &dispute::Dispute| {
        d.state == disputes::State::Open && matches!(d.kind, disputes::Kind::Hardship | disputes::Kind::Claim)
    };
    Ok(paused || dispute::list_of_debtor(tx, business, debtor).await?.iter().any(waits))
}

/// Whether a charge that is stored would still be decided on: the attempt itself does not stand in its own way.
async fn still_wanted(app: &App, tx: &Tx, case: &Case, stored: &Attempt) -> Result<bool, Error> {
    let c = &case.commitment;
    let today = app.clock.today(&case.home.zone);
    let held = is_held(tx, &case.home.id, &c.debtor, today).await?;
    let owed = position::load_in(tx, &case.home.id, &c.debtor, c.currency).await?.map_or(0, |p| p.owed_minor());
    let schedule = commitment::schedule(tx, &case.home.id, &c.id).await?;
    let paid = ledger::arrived_towards(tx, &case.home.id, &c.id).await?;
    let seq = stored.seq.and_then(|seq| usize::try_from(seq).ok()).unwrap_or(usize::MAX);
    let left = commitments::standing(&schedule, paid, today).get(seq).map_or(0, |s| s.left_minor());
    Ok(!held && stored.amount_minor <= owed && stored.amount_minor <= left)
}

/// What follows from a card that was refused: a kind message, and a card that is refused for good is not charged again.
/// The caller holds the debtor's row.
pub(super) async fn declined(app: &App, tx: &Tx, stored: &Attempt) -> Result<(), Error> {
    let Some(id) = stored.mandate.as_ref().filter(|_| stored.seq.is_some()) else { return Ok(()) };
    let (business, now_ms) = (&stored.business, app.clock.now_ms());
    let Some(debtor) = debtor::find(tx, business, &stored.debtor).await? else { return Ok(()) };
    let attempt_id = stored.id.clone();
    let message = match rules::refused(&stored.decline_code) {
        Refused::Confirm => Message::CardConfirm { attempt_id },
        Refused::ForGood => {
            if mandate::end(tx, business, id, State::Refused, "gateway", now_ms).await? {
                if let Some(ended) = mandate::find(tx, business, id).await? {
                    detach_card::enqueue(tx, business, &ended, now_ms).await?;
                }
                let detail = stored.decline_code.clone();
                note(app, tx, business, &stored.debtor, id, ("card_refused", detail), &Actor::local("gateway")).await?;
            }
            Message::CardDeclined { attempt_id }
        }
        Refused::Later(_) => Message::CardDeclined { attempt_id },
    };
    mandate::look_at(tx, business, id, 0).await?;
    notify::tell(tx, business, &debtor, &message, now_ms).await?;
    Ok(())
}
