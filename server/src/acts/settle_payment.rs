//! Settling payments: whatever the gateway's messages say, its truth is asked, and the ledger takes each effect once.

use super::advance_commitments;
use super::apply_ahead;
use super::charge_instalments::{self, KEY_LIFE_MS, UNDER_WAY_MS};
use super::keep_card;
use super::notify::{self, Message};
use super::pause_reminders;
use super::position;
use super::towards::{self, Towards};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::clock::date_of;
use crate::gateway::notice::{self, Notice};
use crate::gateway::{
    Dispute, Gateway, GatewayError, IntentStatus, Payment, RefundStatus, Session, SessionStatus, Truth,
};
use crate::secret;
use crate::store::attempt::{self, Attempt};
use crate::store::gateway_event::{self, GatewayEvent};
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Tx, business, commitment, debtor, mandate};
use kept_domain::ids::TransferId;
use kept_domain::ledger::{Account, Entry, TransferKind, payment_first, refund_failed, reversal};
use kept_domain::money::{AMOUNT_MAX_MINOR, Money};
use kept_domain::payment::{self as rules, AttemptState, Movement};

/// Milliseconds after which an attempt whose truth is unknown is asked about again.
const ASK_AGAIN_MS: i64 = 60_000;
/// Milliseconds after which a payment is asked about again of which money was given back: a refund can fail for weeks.
const ASK_REFUNDED_AGAIN_MS: i64 = 86_400_000;
/// Milliseconds after which a refund that has not failed will not fail any more; Stripe names 30 days.
const REFUND_UNSURE_MS: i64 = 45 * 86_400_000;
/// Milliseconds between tries of one message, doubled each time up to [`RETRY_MAX_MS`].
const RETRY_MS: i64 = 5_000;
/// See [`RETRY_MS`].
const RETRY_MAX_MS: i64 = 3_600_000;

/// Why an attempt could not be settled now.
#[derive(Debug)]
pub enum Unsettled {
    /// The gateway did not say how it stands.
    Gateway(GatewayError),
    /// The store failed.
    Store(Error),
}

impl std::fmt::Display for Unsettled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gateway(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<Error> for Unsettled {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<GatewayError> for Unsettled {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

/// Stores a message whose signature was verified; `false` where it is known already. Nothing else happens here.
pub async fn receive(app: &App, body: &str, said: &Notice) -> Result<bool, Error> {
    let tx = app.db.begin().await?;
    let event = GatewayEvent {
        business: said.business_id.clone().unwrap_or_default(),
        id: said.id.clone(),
        kind: said.kind.clone(),
        body: body.to_owned(),
        tries: 0,
    };
    let new = gateway_event::insert(&tx, &event, said.attempt_id.as_deref(), app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(new)
}

/// Settles every message that is due and asks about attempts that no message came for; answers how many.
pub async fn run(app: &App) -> Result<u32, Error> {
    let Some(gateway) = &app.gateway else { return Ok(0) };
    let mut done = 0;
    loop {
        let due = gateway_event::list_due(&app.db, app.clock.now_ms(), 50).await?;
        if due.is_empty() {
            break;
        }
        for event in &due {
            let outcome = settle(app, gateway, event).await;
            let tx = app.db.begin().await?;
            let now_ms = app.clock.now_ms();
            match outcome {
                Ok(outcome) => gateway_event::settle(&tx, &event.id, outcome, now_ms).await?,
                // What is wrong with one message does not hold up the others. Where nothing can be stored at all, this fails, too.
                Err(error) => {
                    if matches!(error, Unsettled::Store(_)) {
                        tracing::warn!("a message of the gateway is settled later: {error}");
                    }
                    let wait = RETRY_MS.saturating_mul(1 << event.tries.min(20)).min(RETRY_MAX_MS);
                    gateway_event::retry(&tx, &event.id, now_ms + wait, &error.to_string()).await?;
                }
            }
            tx.commit().await?;
            done += 1;
        }
    }
    let now_ms = app.clock.now_ms();
    let mut unsure = attempt::list_unchecked(&app.db, now_ms - ASK_AGAIN_MS, 100).await?;
    unsure
        .extend(attempt::list_refunded(&app.db, now_ms - REFUND_UNSURE_MS, now_ms - ASK_REFUNDED_AGAIN_MS, 100).await?);
    for attempt in unsure {
        match of_attempt(app, gateway, &attempt, &[]).await {
            Ok(_) => done += 1,
            Err(error) => {
                tracing::info!("an attempt is asked about later: {error}");
                let tx = app.db.begin().await?;
                attempt::set_checked(&tx, &attempt.business, &attempt.id, app.clock.now_ms()).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(done)
}

async fn settle(app: &App, gateway: &Gateway, event: &GatewayEvent) -> Result<&'static str, Unsettled> {
    let Ok(said) = notice::read(event.body.as_bytes()) else { return Ok("not understood") };
    let find = |id: Option<String>| {
        let said = &said;
        async move {
            let (session, payment) = (said.session.as_deref(), said.payment_intent.as_deref());
            attempt::find_by_gateway(&app.db, id.as_deref(), session, payment).await
        }
    };
    let dispute = match &said.dispute {
        Some(id) => match gateway.find_dispute(id).await? {
            Some(found) => Some(found.about),
            None => return Ok("not known to the gateway"),
        },
        None => None,
    };
    let mut found = find(said.attempt_id.clone()).await?;
    if found.is_none()
        && let Some(payment) = &said.payment_intent
    {
        // Refunds and chargebacks name only the payment: ask whose it is.
        match gateway.retrieve_payment(payment).await {
            Ok(payment) => found = find(payment.attempt_id).await?,
            Err(GatewayError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(attempt) = found else { return Ok("about nothing of ours") };
    let chargebacks = dispute.as_ref().map(|d| chargebacks(d, &attempt)).unwrap_or_default();
    of_attempt(app, gateway, &attempt, &chargebacks).await?;
    if let Some(d) = &dispute {
        pause_reminders::for_chargeback(app, &attempt.business, &attempt.debtor, &d.id, d.decided()).await?;
    }
    Ok("settled")
}

/// What a dispute of an attempt moves, as it stands now: nothing where it does not fit the payment, which is then listed at
/// the next comparison.
pub(super) fn chargebacks(d: &Dispute, attempt: &Attempt) -> Vec<Movement> {
    if !d.currency.eq_ignore_ascii_case(attempt.currency.code())
        || !(1..=attempt.amount_minor).contains(&d.amount_minor)
    {
        return Vec::new();
    }
    let (key, amount_minor) = (d.id.clone(), d.amount_minor);
    let mut moved = Vec::new();
    if d.took_money() {
        moved.push(Movement::Chargeback { key: key.clone(), amount_minor });
        if d.status == "won" {
            moved.push(Movement::Payment { key: format!("{key}:won"), amount_minor });
        }
    }
    moved
}

/// What the gateway told of an attempt.
pub(super) struct Told {
    session: Option<Session>,
    payment: Option<Payment>,
    /// The decline code of a charge that was refused before there was a payment.
    refused: Option<String>,
}

impl Told {
    /// Of the charge of a kept card.
    pub(super) fn of_payment(payment: Payment) -> Option<Self> {
        Some(Self { session: None, payment: Some(payment), refused: None })
    }

    /// Of one that was refused before there was a payment.
    pub(super) fn of_refusal(code: String) -> Option<Self> {
        Some(Self { session: None, payment: None, refused: Some(code) })
    }
}

/// Asks the gateway how an attempt stands and records it; `also` are movements that only a message tells.
pub async fn of_attempt(
    app: &App,
    gateway: &Gateway,
    attempt: &Attempt,
    also: &[Movement],
) -> Result<Attempt, Unsettled> {
    let told = if attempt.seq.is_some() {
        ask_of_charge(app, gateway, attempt).await?.and_then(Told::of_payment)
    } else {
        let session = match &attempt.session {
            Some(session) => Some(session.clone()),
            None => gateway.find_session(attempt.id.as_str(), attempt.created_at_ms / 1000 - 60).await?.map(|s| s.id),
        };
        match &session {
            Some(session) => {
                let Truth { session, payment } = gateway.retrieve_session(session).await?;
                Some(Told { session: Some(session), payment, refused: None })
            }
            None => None,
        }
    };
    with_told(app, attempt, told, also).await
}

/// The payment of a kept card, by its id or, where no answer told it, among those of the customer.
async fn ask_of_charge(app: &App, gateway: &Gateway, attempt: &Attempt) -> Result<Option<Payment>, Unsettled> {
    if let Some(payment) = &attempt.payment {
        return Ok(Some(gateway.retrieve_payment(payment).await?));
    }
    let by = match &attempt.mandate {
        Some(id) => mandate::find(&app.db, &attempt.business, id).await?,
        None => None,
    };
    let Some(by) = by else { return Ok(None) };
    Ok(gateway.find_payment(&by.customer, attempt.id.as_str()).await?)
}

/// Records what the gateway told of an attempt; `None` where it knows nothing of it.
pub(super) async fn with_told(
    app: &App,
    attempt: &Attempt,
    told: Option<Told>,
    also: &[Movement],
) -> Result<Attempt, Unsettled> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    if debtor::lock(&tx, &attempt.business, &attempt.debtor).await?.is_none() {
        return Ok(attempt.clone());
    }
    let Some(mut stored) = attempt::find(&tx, &attempt.business, &attempt.id).await? else {
        return Ok(attempt.clone());
    };
    let was = stored.state;
    let mut movements = Vec::new();
    match &told {
        Some(told) => {
            let (state, moved) = rules::settle(was, &as_rules(told));
            match told.payment.as_ref().is_none_or(|paid| fits(paid, attempt)) {
                true => (stored.state, movements) = (state, moved),
                // It is in another currency, or more than can be: nobody is told that it was paid before a person has looked.
                false if was.is_open() => stored.state = AttemptState::Confirming,
                false => {}
            }
            if let (None, Some(session)) = (&stored.session, &told.session) {
                stored.session = Some(session.id.clone());
                stored.url = session.url.clone().unwrap_or_default();
            }
            if let Some(paid) = &told.payment {
                stored.payment = Some(paid.payment_intent.clone());
                stored.decline = paid.decline.as_ref().map(|d| d.message.clone()).unwrap_or_default();
                let code = paid.decline.as_ref().map(|d| d.decline_code.as_ref().unwrap_or(&d.code).clone());
                stored.decline_code = code.unwrap_or_default();
            }
            if let Some(code) = &told.refused {
                stored.decline_code.clone_from(code);
            }
        }
        // Without a payment under an old key none can come any more: nothing that was sent is still under way.
        None if stored.seq.is_some() => {
            let over = now_ms - stored.created_at_ms > KEY_LIFE_MS && now_ms - stored.sent_at_ms > UNDER_WAY_MS;
            if was == AttemptState::Created && over {
                stored.state = AttemptState::Abandoned;
            }
        }
        // The gateway never heard of it; once its page could not be open any more, it never will.
        None if was.is_open() && stored.expires_at_ms < now_ms => stored.state = AttemptState::Abandoned,
        None => {}
    }
    if stored.state == AttemptState::Succeeded {
        movements.extend(also.iter().cloned());
    }
    stored.checked_at_ms = now_ms;
    attempt::update(&tx, &stored).await?;
    for movement in &movements {
        book(app, &tx, &stored, movement).await?;
    }
    if was != stored.state && matches!(stored.state, AttemptState::Failed | AttemptState::Abandoned) {
        let kind = format!("payment_{}", stored.state.code());
        let detail = stored.decline.clone();
        let happened = Happened { debtor: Some(&stored.debtor), kind: &kind, subject: stored.id.as_str(), detail };
        record(app, &tx, &stored.business, &Actor::local("gateway"), happened).await?;
        if stored.state == AttemptState::Failed {
            charge_instalments::declined(app, &tx, &stored).await?;
        }
    }
    keep_card::settled(app, &tx, &stored, told.as_ref().and_then(|told| told.payment.as_ref())).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Whether what the gateway says was paid can be booked for an attempt: in its currency, and within what is counted. What
/// cannot is listed at the next comparison.
fn fits(paid: &Payment, attempt: &Attempt) -> bool {
    let counted = |minor: i64| (0..=AMOUNT_MAX_MINOR).contains(&minor);
    let same = |currency: &str| currency.eq_ignore_ascii_case(attempt.currency.code());
    let refunds = paid.refunds.iter().all(|r| same(&r.currency) && (1..=paid.received_minor).contains(&r.amount_minor));
    paid.received_minor == 0 || (same(&paid.currency) && counted(paid.received_minor) && refunds)
}

fn as_rules(told: &Told) -> rules::Truth {
    let payment = told.payment.as_ref();
    let page = told.session.as_ref().map(|session| session.status);
    // A kept card has no page on which another could be tried.
    let complete = page.is_none_or(|status| status == SessionStatus::Complete);
    let status = payment.map(|p| p.status);
    rules::Truth {
        page_open: page == Some(SessionStatus::Open),
        page_complete: complete,
        payment: payment.map(|p| p.payment_intent.clone()),
        paid: status == Some(IntentStatus::Succeeded),
        failed: match status {
            Some(IntentStatus::Canceled) => true,
            // After the page was finished there is no second try on it.
            Some(IntentStatus::RequiresPaymentMethod) => complete,
            _ => told.refused.is_some(),
        },
        received_minor: payment.map_or(0, |p| p.received_minor),
        refunds: payment
            .map(|p| p.refunds.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|r| rules::Refund {
                key: r.id.clone(),
                amount_minor: r.amount_minor,
                failed: matches!(r.status, RefundStatus::Failed | RefundStatus::Canceled),
            })
            .collect(),
    }
}

/// Appends a movement to the ledger, once, and moves on what depends on it. The caller holds the debtor's row.
async fn book(app: &App, tx: &Tx, attempt: &Attempt, movement: &Movement) -> Result<(), Error> {
    let (business_id, now_ms) = (&attempt.business, app.clock.now_ms());
    let Some(home) = business::find(tx, business_id).await? else { return Ok(()) };
    let actor = Actor::local("gateway");
    let effect = format!("stripe:{}", movement.key());
    if ledger::has_effect(tx, business_id, &effect).await? {
        return Ok(());
    }
    let first = ledger::find_payment_of(tx, business_id, &attempt.id).await?;
    let mut origin = Origin {
        method: "card".to_owned(),
        effect: Some(effect),
        attempt: Some(attempt.id.clone()),
        ..Origin::new(&attempt.debtor, attempt.currency, app.clock.today(&home.zone), &actor.name)
    };
    let (transfer, kind, amount_minor) = match movement {
        Movement::Payment { amount_minor, .. } => {
            let position = position::load_in(tx, business_id, &attempt.debtor, attempt.currency).await?;
            let begun_on = date_of(attempt.created_at_ms, &home.zone);
            let running = towards::find(tx, &home, &attempt.debtor, attempt.currency, begun_on).await?;
            let towards = match (running, &attempt.commitment) {
                (Some(running), _) => Some(running),
                // An agreement that ended while the money was on its way is still what it was paid for.
                (None, Some(id)) => match commitment::find(tx, business_id, id).await? {
                    Some(ended) => towards::of(tx, &home, &ended, begun_on).await?,
                    None => None,
                },
                (None, None) => None,
            };
            let owed = position.map(|p| p.for_payment()).unwrap_or_default();
            let transfer = payment_first(*amount_minor, &owed, Towards::covered(towards.as_ref()));
            Towards::count(towards.as_ref(), &transfer, &mut origin);
            (transfer, "payment_received", *amount_minor)
        }
        Movement::RefundFailed { amount_minor, .. } => {
            let position = position::load_in(tx, business_id, &attempt.debtor, attempt.currency).await?;
            let owed = position.map(|p| p.for_payment()).unwrap_or_default();
            // What is left of the payment grows by it, for whatever is taken back of it next.
            origin.reverses = first.as_ref().map(|(id, _)| id.clone());
            let towards = match first.and_then(|(_, commitment)| commitment) {
                Some(id) => match commitment::find(tx, business_id, &id).await? {
                    // It counts as the payment did, whatever the day.
                    Some(c) => towards::of(tx, &home, &c, date_of(attempt.created_at_ms, &home.zone)).await?,
                    None => None,
                },
                None => None,
            };
            let transfer = refund_failed(*amount_minor, &owed, Towards::covered(towards.as_ref()));
            Towards::count(towards.as_ref(), &transfer, &mut origin);
            (transfer, "payment_refund_failed", *amount_minor)
        }
        Movement::Refund { amount_minor, .. } | Movement::Chargeback { amount_minor, .. } => {
            let refund = matches!(movement, Movement::Refund { .. });
            let kind = if refund { TransferKind::Refund } else { TransferKind::Chargeback };
            // Where a contested payment came back, it is a payment of its own.
            let mut allocated = Vec::new();
            let mut of = first;
            for payment in ledger::payments_of(tx, business_id, &attempt.id).await? {
                let parts = ledger::allocated(tx, business_id, &payment.0).await?;
                let left = |parts: &[(Account, i64)]| parts.iter().map(|(_, minor)| minor.max(&0)).sum::<i64>();
                if left(&allocated) < *amount_minor && left(&parts) > left(&allocated) {
                    (allocated, of) = (parts, Some(payment));
                }
            }
            origin.reverses = of.as_ref().map(|(id, _)| id.clone());
            if let Some((payment, commitment)) = of {
                origin.commitment = commitment;
                towards::count_back(tx, &home, &payment, *amount_minor, &mut origin).await?;
            }
            let what = if refund { "payment_refunded" } else { "payment_charged_back" };
            (reversal(kind, *amount_minor, &allocated), what, *amount_minor)
        }
    };
    let id: TransferId = secret::new_id();
    if !ledger::append(tx, business_id, &id, &transfer, &origin, now_ms).await? {
        return Ok(());
    }
    let detail = Money::new(amount_minor, attempt.currency).show();
    let happened = Happened { debtor: Some(&attempt.debtor), kind, subject: id.as_str(), detail };
    record(app, tx, business_id, &actor, happened).await?;
    if matches!(movement, Movement::Payment { .. })
        && let Some(debtor) = debtor::find(tx, business_id, &attempt.debtor).await?
    {
        notify::tell(tx, business_id, &debtor, &Message::Receipt { transfer_id: id }, now_ms).await?;
    }
    match movement {
        Movement::Chargeback { .. } => keep_card::contested(app, tx, attempt).await?,
        Movement::Refund { key, .. } => {
            let owed = |e: &&Entry| matches!(e.account, Account::Receivable(_)) && e.amount_minor > 0;
            let owed_minor: i64 = transfer.entries.iter().filter(owed).map(|e| e.amount_minor).sum();
            if owed_minor > 0 {
                let owed = Some(Money::new(owed_minor, attempt.currency));
                pause_reminders::for_refund(app, tx, &home, &attempt.debtor, key, owed).await?;
            }
        }
        Movement::RefundFailed { key, .. } => {
            let refund = key.strip_suffix(":failed").unwrap_or(key);
            pause_reminders::for_refund(app, tx, &home, &attempt.debtor, refund, None).await?;
        }
        Movement::Payment { .. } => {}
    }
    if origin.reverses.is_some() {
        // What is paid ahead pays what is open again.
        apply_ahead::of_debtor(app, tx, business_id, &attempt.debtor, &home.zone).await?;
    }
    advance_commitments::of_debtor(app, tx, business_id, &attempt.debtor).await?;
    Ok(())
}
