//! Comparing the card payments in the books with the gateway. What the gateway knows better is settled as any message of its
//! would be; the rest is listed for a person, each with what it means and what to do.

use super::pause_reminders;
use super::settle_payment::{self, Unsettled};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::clock::{day_end_ms, day_start_ms};
use crate::gateway::stripe::listing::Created;
use crate::gateway::{Dispute, Gateway, GatewayError, IntentStatus, Of, Payment, Refund, RefundStatus};
use crate::secret;
use crate::store::attempt::{self, Attempt};
use crate::store::business::{self, Business};
use crate::store::reconciliation::{self as store, Booked, Run, Stored};
use crate::store::{Error, ledger};
use chrono::{Days, NaiveDate};
use kept_domain::ledger::TransferKind;
use kept_domain::money::Currency;
use kept_domain::reconciliation::{Discrepancy, Known, Side, Stands, Thing, compare, settled};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Days that a daily run compares, up to yesterday: a run that failed all day is made good by the next.
const DAYS: u64 = 7;
/// Days for which disputes are compared: banks take months to decide.
const DISPUTE_DAYS: u64 = 120;
/// Milliseconds for which a payment that is not certain yet is not missed by a daily run.
const YOUNG_MS: i64 = 86_400_000;
/// How long a daily run may take, so that it holds nothing else up, and the milliseconds after which one that never ended is
/// begun again.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
const LEASE_MS: i64 = 15 * 60_000;
/// Milliseconds to the second try of a day, doubled each time, up to the longest.
const RETRY_MS: i64 = 60_000;
const RETRY_MAX_MS: i64 = 2 * 3_600_000;
/// How often the gateway may ask to be asked more slowly before a run is put off, and how long it is waited for at most.
const SLOWER_MAX: u32 = 3;
const SLOWER_WAIT: Duration = Duration::from_secs(5);
/// Discrepancies that are read at most.
const OPEN_MAX: u32 = 1000;

/// Why nothing was compared; nothing was recorded either.
#[derive(Debug)]
pub enum Unmade {
    /// Nobody can pay by card here.
    NoGateway,
    /// The last day comes before the first.
    Backwards,
    /// The gateway did not answer all of it.
    Gateway(GatewayError),
    /// It took too long.
    TooLong,
    /// The store failed.
    Store(Error),
}

impl std::fmt::Display for Unmade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoGateway => f.write_str("no card gateway is configured, so there is nothing to compare with"),
            Self::Backwards => f.write_str("the last day comes before the first"),
            Self::Gateway(error) => write!(f, "nothing was compared: {error}"),
            Self::TooLong => f.write_str("nothing was compared: the gateway took too long"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unmade {}

impl From<Error> for Unmade {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<GatewayError> for Unmade {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

/// Which days are compared, both included, in the business's zone.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first day, of payments and refunds.
    pub from_on: NaiveDate,
    /// The last day.
    pub until_on: NaiveDate,
    /// The first day, of disputes.
    pub disputes_from_on: NaiveDate,
}

impl Span {
    /// The days before `until_on` that a comparison is usually made of, and this one.
    pub fn usual(until_on: NaiveDate) -> Self {
        let back = |days| until_on.checked_sub_days(Days::new(days - 1)).unwrap_or(until_on);
        Self { from_on: back(DAYS), until_on, disputes_from_on: back(DISPUTE_DAYS) }
    }
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The comparison.
    pub run: Run,
    /// What asking the gateway has settled.
    pub settled: Vec<Discrepancy>,
    /// What is left for a person.
    pub open: Vec<Stored>,
}

/// The daily comparison of every business whose day has not been compared; answers how many were made.
///
/// # Errors
/// When the store fails.
pub async fn run(app: &App) -> Result<u32, Error> {
    let Some(gateway) = &app.gateway else { return Ok(0) };
    let mut made = 0;
    for home in business::list(&app.db).await? {
        let (today, now_ms) = (app.clock.today(&home.zone), app.clock.now_ms());
        let Some(yesterday) = today.pred_opt() else { continue };
        let span = Span::usual(yesterday);
        let begun = empty(app, &span, Some(today), &Actor::local("clock"));
        let tx = app.db.begin().await?;
        let mine = store::claim_day(&tx, &home.id, &begun, now_ms + LEASE_MS).await?;
        tx.commit().await?;
        if !mine {
            continue;
        }
        let made_now = tokio::time::timeout(PATIENCE, examine(app, gateway, &home, begun, &span, YOUNG_MS)).await;
        match made_now.unwrap_or(Err(Unmade::TooLong)) {
            Ok(_) => made += 1,
            Err(Unmade::Store(error)) => return Err(error),
            Err(error) => {
                tracing::info!("the comparison with the gateway is tried again later: {error}");
                let now_ms = app.clock.now_ms();
                let tx = app.db.begin().await?;
                let tries = store::fail_day(&tx, &home.id, today, &error.to_string(), now_ms).await?;
                let wait_ms = (RETRY_MS << (tries - 1).clamp(0, 20)).min(RETRY_MAX_MS);
                store::retry_day(&tx, &home.id, today, now_ms + wait_ms).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(made)
}

/// A comparison that somebody asks for: whatever is not certain yet is asked about as well.
///
/// # Errors
/// Why nothing was compared.
pub async fn on_demand(app: &App, home: &Business, span: &Span, actor: &Actor) -> Result<Report, Unmade> {
    let gateway = app.gateway.as_ref().ok_or(Unmade::NoGateway)?;
    if span.until_on < span.from_on {
        return Err(Unmade::Backwards);
    }
    examine(app, gateway, home, empty(app, span, None, actor), span, 0).await
}

fn empty(app: &App, span: &Span, day_on: Option<NaiveDate>, actor: &Actor) -> Run {
    Run {
        id: secret::new_id(),
        day_on,
        from_on: span.from_on,
        until_on: span.until_on,
        state: "running".into(),
        payments: 0,
        refunds: 0,
        disputes: 0,
        others: 0,
        settled: 0,
        open: 0,
        error: String::new(),
        at_ms: app.clock.now_ms(),
        actor: actor.name.clone(),
    }
}

/// Everything that is compared, by what it is and the gateway's id.
type All = BTreeMap<(Thing, String), Known>;

async fn examine(
    app: &App,
    gateway: &Gateway,
    home: &Business,
    mut run: Run,
    span: &Span,
    young_ms: i64,
) -> Result<Report, Unmade> {
    let from_ms = day_start_ms(span.from_on, &home.zone);
    let until_ms = day_end_ms(span.until_on, &home.zone);
    let disputes_from_ms = day_start_ms(span.disputes_from_on, &home.zone);
    let within = |from_ms: i64| Created { from_s: from_ms.div_euclid(1000), until_s: until_ms.div_euclid(1000) };
    let ours = |business: &Option<String>| business.as_deref() == Some(home.id.as_str());
    let mut all = All::new();
    for payment in patiently(|| gateway.list_payments(within(from_ms))).await? {
        if ours(&payment.business_id) {
            all.insert((Thing::Payment, payment.payment_intent.clone()), of_payment(&payment)?);
        } else if payment.business_id.is_none() && payment.status == IntentStatus::Succeeded {
            run.others += 1;
        }
    }
    for refund in patiently(|| gateway.list_refunds(within(from_ms))).await?.iter().filter(|r| ours(&r.business_id)) {
        all.insert((Thing::Refund, refund.about.id.clone()), of_refund(refund)?);
    }
    let disputes = patiently(|| gateway.list_disputes(within(disputes_from_ms))).await?;
    for dispute in disputes.iter().filter(|d| ours(&d.business_id)) {
        all.insert((Thing::Dispute, dispute.about.id.clone()), of_dispute(dispute)?);
    }
    // What only the books have, and what was open before, is asked for by its id.
    let booked = store::list_booked(&app.db, &home.id, from_ms, until_ms).await?;
    let before: Vec<Stored> = store::list_open(&app.db, &home.id, OPEN_MAX).await?;
    let mut wanted: BTreeSet<(Thing, String)> = booked.iter().filter_map(named).collect();
    wanted.extend(before.iter().map(|b| (b.facts.thing, b.facts.id.clone())));
    for (thing, id) in wanted {
        if !all.contains_key(&(thing, id.clone())) {
            let known = ask(gateway, thing, &id).await?;
            all.insert((thing, id), known);
        }
    }
    for (key, known) in &mut all {
        fill(app, home, key, known, young_ms).await?;
    }
    let found = compare(&all);
    let mut left = found.clone();
    if found.iter().any(Discrepancy::may_settle) {
        for d in found.iter().filter(|d| d.may_settle()) {
            settle(app, gateway, home, d).await?;
        }
        let mut again: All = All::new();
        for d in &found {
            let key = (d.thing, d.id.clone());
            let Some(known) = all.get(&key) else { continue };
            let mut known = Known { here: None, ..known.clone() };
            fill(app, home, &key, &mut known, 0).await?;
            again.insert(key, known);
        }
        left = compare(&again);
    }
    let counted = |wanted: Thing| {
        let many = all.keys().filter(|(thing, _)| *thing == wanted).count();
        i64::try_from(many).unwrap_or(i64::MAX)
    };
    run.payments = counted(Thing::Payment);
    run.refunds = counted(Thing::Refund);
    run.disputes = counted(Thing::Dispute);
    remember(app, home, run, &before, settled(&found, &left), &left).await
}

/// Writes down what a comparison found.
async fn remember(
    app: &App,
    home: &Business,
    mut run: Run,
    before: &[Stored],
    settled: Vec<Discrepancy>,
    left: &[Discrepancy],
) -> Result<Report, Unmade> {
    let (business, now_ms) = (&home.id, app.clock.now_ms());
    let tx = app.db.begin().await?;
    let is_of = |all: &[Discrepancy], b: &Stored| all.iter().any(|d| d.thing == b.facts.thing && d.id == b.facts.id);
    for b in before.iter().filter(|b| !is_of(left, b) && !is_of(&settled, b)) {
        store::end_gone(&tx, business, b.facts.thing, &b.facts.id, now_ms).await?;
    }
    for (all, state) in [(left, "open"), (settled.as_slice(), "settled")] {
        for d in all {
            store::note(&tx, business, &secret::new_id::<String>(), d, state, now_ms).await?;
        }
    }
    let open: Vec<Stored> =
        store::list_open(&tx, business, OPEN_MAX).await?.into_iter().filter(|o| is_of(left, o)).collect();
    run.state = "done".into();
    run.at_ms = now_ms;
    run.settled = i64::try_from(settled.len()).unwrap_or(i64::MAX);
    run.open = i64::try_from(open.len()).unwrap_or(i64::MAX);
    store::finish(&tx, business, &run).await?;
    if run.settled + run.open > 0 {
        let detail = format!("{} settled, {} open", run.settled, run.open);
        let happened = Happened { debtor: None, kind: "card_payments_compared", subject: &run.id, detail };
        let actor = Actor { name: run.actor.clone(), address: String::new() };
        record(app, &tx, business, &actor, happened).await?;
    }
    tx.commit().await?;
    Ok(Report { run, settled, open })
}

/// Repeats a reading where the gateway asks to be asked more slowly.
async fn patiently<T, F>(read: impl Fn() -> F) -> Result<T, GatewayError>
where
    F: Future<Output = Result<T, GatewayError>>,
{
    let mut slower = 0;
    loop {
        match read().await {
            Err(GatewayError::RateLimited { retry_after }) if slower < SLOWER_MAX => {
                slower += 1;
                tokio::time::sleep(retry_after.unwrap_or(SLOWER_WAIT).min(SLOWER_WAIT)).await;
            }
            other => return other,
        }
    }
}

/// What the gateway's thing is that a transfer was booked for.
fn named(booked: &Booked) -> Option<(Thing, String)> {
    let effect = booked.effect.strip_prefix("stripe:")?;
    let (id, won) = match effect.strip_suffix(":won") {
        Some(id) => (id, true),
        None => (effect.strip_suffix(":failed").unwrap_or(effect), false),
    };
    let thing = match booked.kind {
        TransferKind::Payment if !won => Thing::Payment,
        TransferKind::Payment | TransferKind::Chargeback => Thing::Dispute,
        TransferKind::Refund | TransferKind::RefundFailed => Thing::Refund,
        _ => return None,
    };
    Some((thing, id.to_owned()))
}

async fn ask(gateway: &Gateway, thing: Thing, id: &str) -> Result<Known, GatewayError> {
    let known = match thing {
        Thing::Payment => patiently(|| gateway.find_payment_by_id(id)).await?.as_ref().map(of_payment).transpose()?,
        Thing::Refund => patiently(|| gateway.find_refund(id)).await?.as_ref().map(of_refund).transpose()?,
        Thing::Dispute => patiently(|| gateway.find_dispute(id)).await?.as_ref().map(of_dispute).transpose()?,
    };
    Ok(known.unwrap_or_default())
}

fn side(amount_minor: i64, currency: &str, stands: Stands) -> Result<Side, GatewayError> {
    let known = Currency::parse(&currency.to_uppercase());
    let currency = known.ok_or_else(|| GatewayError::Protocol { reason: format!("a currency is {currency}") })?;
    Ok(Side { amount_minor, currency, stands })
}

fn of_payment(p: &Payment) -> Result<Known, GatewayError> {
    let stands = if p.status == IntentStatus::Succeeded { Stands::Moved } else { Stands::Not };
    let there = Some(side(p.received_minor, &p.currency, stands)?);
    Ok(Known { there, payment: p.payment_intent.clone(), attempt: said(&p.attempt_id), ..Known::default() })
}

fn of_refund(r: &Of<Refund>) -> Result<Known, GatewayError> {
    let back = matches!(r.about.status, RefundStatus::Failed | RefundStatus::Canceled);
    let stands = if back { Stands::Returned } else { Stands::Moved };
    let there = Some(side(r.about.amount_minor, &r.about.currency, stands)?);
    let payment = r.payment_intent.clone().unwrap_or_default();
    Ok(Known { there, payment, attempt: said(&r.attempt_id), ..Known::default() })
}

fn of_dispute(d: &Of<Dispute>) -> Result<Known, GatewayError> {
    let stands = match (d.about.took_money(), d.about.status.as_str()) {
        (false, _) => Stands::Not,
        (true, "won") => Stands::Returned,
        (true, _) => Stands::Moved,
    };
    let there = Some(side(d.about.amount_minor, &d.about.currency, stands)?);
    let payment = d.payment_intent.clone().unwrap_or_default();
    Ok(Known { there, payment, attempt: said(&d.attempt_id), ..Known::default() })
}

fn said(id: &Option<String>) -> Option<kept_domain::ids::AttemptId> {
    id.clone().map(Into::into)
}

/// Adds what the books say.
async fn fill(
    app: &App,
    home: &Business,
    (thing, id): &(Thing, String),
    known: &mut Known,
    young_ms: i64,
) -> Result<(), Error> {
    let (db, business) = (&app.db, &home.id);
    let effect = format!("stripe:{id}");
    let back = format!("{effect}:{}", if *thing == Thing::Dispute { "won" } else { "failed" });
    let booked = store::find_booked(db, business, &effect, &back).await?;
    let attempt = booked.first().and_then(|b| b.attempt.clone()).or_else(|| known.attempt.clone());
    let payment = Some(if *thing == Thing::Payment { id.as_str() } else { known.payment.as_str() });
    let payment = payment.filter(|payment| !payment.is_empty());
    let of = attempt::find_by_gateway(db, attempt.as_ref().map(|a| a.as_str()), None, payment).await?;
    let of = of.filter(|a| a.business == *business);
    known.attempt = of.as_ref().map(|a| a.id.clone());
    known.debtor = booked.first().map(|b| b.debtor.clone()).or_else(|| of.as_ref().map(|a| a.debtor.clone()));
    if known.payment.is_empty() {
        known.payment = of.as_ref().and_then(|a| a.payment.clone()).unwrap_or_default();
    }
    let is_back = |b: &Booked| b.effect == back;
    known.here = match booked.iter().find(|b| !is_back(b)) {
        Some(first) => {
            let stands = if booked.iter().any(is_back) { Stands::Returned } else { Stands::Moved };
            Some(Side { amount_minor: first.amount_minor, currency: first.currency, stands })
        }
        None => of.as_ref().map(|a| unbooked(a, app.clock.now_ms(), young_ms)),
    };
    if let (Some(of), true) = (&of, *thing == Thing::Payment && booked.is_empty()) {
        known.twin = ledger::find_payment_of(db, business, &of.id).await?.is_some();
    }
    Ok(())
}

/// An attempt of which nothing like this is booked.
fn unbooked(a: &Attempt, now_ms: i64, young_ms: i64) -> Side {
    let young = a.state.is_open() && now_ms - a.created_at_ms < young_ms;
    let stands = if young { Stands::Underway } else { Stands::Not };
    Side { amount_minor: a.amount_minor, currency: a.currency, stands }
}

/// Asks the gateway about the attempt of a discrepancy, as after a message. What it does not say stays as it is.
async fn settle(app: &App, gateway: &Gateway, home: &Business, d: &Discrepancy) -> Result<(), Unmade> {
    let Some(id) = &d.attempt else { return Ok(()) };
    let Some(of) = attempt::find(&app.db, &home.id, id).await? else { return Ok(()) };
    let dispute = match d.thing {
        Thing::Dispute => patiently(|| gateway.find_dispute(&d.id)).await?.map(|found| found.about),
        _ => None,
    };
    let moved = dispute.as_ref().map(|d| settle_payment::chargebacks(d, &of)).unwrap_or_default();
    match settle_payment::of_attempt(app, gateway, &of, &moved).await {
        Ok(_) => {}
        Err(Unsettled::Store(error)) => return Err(error.into()),
        Err(Unsettled::Gateway(error)) => {
            tracing::info!("a discrepancy is asked about at the next comparison: {error}");
            return Ok(());
        }
    }
    if let Some(dispute) = dispute {
        pause_reminders::for_chargeback(app, &home.id, &of.debtor, &dispute.id, dispute.decided()).await?;
    }
    Ok(())
}
