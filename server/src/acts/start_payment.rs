//! Starting a card payment: the attempt is stored first, its id is the gateway's idempotency key, and at most one
//! attempt per debtor and currency is open. However often the button is pressed, one page is made.

use super::keep_card;
use super::position;
use super::settle_payment;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::gateway::{CheckoutRequest, Gateway, GatewayError, Session as Page};
use crate::secret;
use crate::store::attempt::{self, Attempt};
use crate::store::session::Session;
use crate::store::{Error, business, commitment, debtor, invoice, ledger, mandate};
use kept_domain::commitment::{Kind, State, standing};
use kept_domain::ids::{AttemptId, CommitmentId};
use kept_domain::money::{Currency, Money};
use kept_domain::payment::{AmountRefused, AttemptState, check_amount};

/// How long the gateway's page takes money: a little more than the half hour that Stripe asks for at least.
const PAGE_MS: i64 = 60 * 60 * 1000;

/// How long to wait before asking again while the same request is under way.
const WAIT: std::time::Duration = std::time::Duration::from_millis(250);
/// How often to ask again; the visitor waits for as long.
const WAITS_MAX: u32 = 40;

/// What somebody wants to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Everything that is asked for today.
    Everything,
    /// So many minor units.
    Amount(i64),
    /// What is due now, or next, in an agreement.
    Instalment(CommitmentId),
    /// The same, and the card is kept for the later ones by the consent whose words had this fingerprint.
    AndKeep(CommitmentId, String),
}

/// Where to go from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The gateway's page.
    Page(String),
    /// An attempt whose page tells the truth: it was paid already, or its money is on its way.
    Known(AttemptId),
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No gateway is set up.
    NoGateway,
    /// The amount cannot be paid.
    Amount(AmountRefused),
    /// The gateway does not answer; nothing was charged, and trying again is safe.
    TryAgain,
    /// The gateway said no to the request as such.
    GatewayRefused,
    /// The words of the consent are no longer those that were shown.
    ConsentChanged,
}

/// Starts a payment, or goes on with the one that is open.
pub async fn start(
    app: &App,
    session: &Session,
    currency: Currency,
    choice: &Choice,
    address: &str,
) -> Result<Started, Failure<Refusal>> {
    let gateway = app.gateway.as_ref().ok_or(Failure::Refused(Refusal::NoGateway))?;
    // An open attempt for another amount is closed first; then the second round makes a new one.
    for _ in 0..3 {
        let attempt = store(app, session, currency, choice, address).await?;
        match attempt {
            Stored::Ready(attempt) => return open(app, gateway, attempt).await,
            Stored::UnderWay(id) => return Ok(Started::Known(id)),
            Stored::InTheWay(attempt) => {
                if let Some(known) = close(app, gateway, &attempt).await? {
                    return Ok(known);
                }
            }
        }
    }
    Err(Failure::Refused(Refusal::TryAgain))
}

enum Stored {
    /// It is for this amount.
    Ready(Attempt),
    /// It is open for another amount, or its page is about to end.
    InTheWay(Attempt),
    /// A kept card is being charged.
    UnderWay(AttemptId),
}

async fn store(
    app: &App,
    session: &Session,
    currency: Currency,
    choice: &Choice,
    address: &str,
) -> Result<Stored, Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let debtor = debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let home = business::find(&tx, &session.business).await?.ok_or(Failure::NotFound)?;
    let position = position::load_in(&tx, &session.business, &debtor.id, currency).await?;
    let balance_minor = position.map_or(0, |p| p.owed_minor());
    let open = commitment::list_open(&tx, &session.business, &debtor.id).await?;
    let running = open.into_iter().find(|c| c.currency == currency && c.state.is_running());
    let mut consent = None;
    let amount_minor = match choice {
        Choice::Everything => balance_minor,
        Choice::Amount(minor) => {
            let good = invoice::good_record(&tx, &session.business, &debtor.id).await?;
            let terms = home.policy.terms_for(balance_minor, good);
            check_amount(*minor, balance_minor, terms.min_part_minor)
                .map_err(|e| Failure::Refused(Refusal::Amount(e)))?;
            *minor
        }
        Choice::Instalment(id) | Choice::AndKeep(id, _) => {
            // After the day of a settlement its lower amount settles nothing.
            let over = |c: &&commitment::Commitment| c.kind == Kind::Settlement && c.state == State::Missed;
            let c = running.as_ref().filter(|c| c.id == *id && !over(c)).ok_or(Failure::NotFound)?;
            let schedule = commitment::schedule(&tx, &session.business, id).await?;
            let paid = ledger::paid_towards(&tx, &session.business, id).await?;
            let today = app.clock.today(&home.zone);
            let standings = standing(&schedule, paid, today);
            let amount_minor = due_now(&standings, today).min(balance_minor).min(c.total_minor);
            if let Choice::AndKeep(_, shown) = choice {
                let words = keep_card::words(&home, &debtor, c, &standings, amount_minor);
                if words.is_empty() || secret::sha256(&words) != *shown {
                    return Err(Failure::Refused(Refusal::ConsentChanged));
                }
                consent = Some(words);
            }
            amount_minor
        }
    };
    check_amount(amount_minor, balance_minor, 1).map_err(|e| Failure::Refused(Refusal::Amount(e)))?;
    let purpose = format!("card:{currency}");
    if let Some(found) = attempt::find_open(&tx, &session.business, &debtor.id, &purpose).await? {
        if found.seq.is_some() {
            return Ok(Stored::UnderWay(found.id));
        }
        let same_consent = match (&consent, &found.mandate) {
            (Some(words), Some(id)) => {
                mandate::find(&tx, &session.business, id).await?.is_some_and(|m| m.words == *words)
            }
            (asked, known) => asked.is_none() && known.is_none(),
        };
        let fits = same_consent && found.amount_minor == amount_minor && found.expires_at_ms > now_ms + 5 * 60_000;
        return Ok(if fits { Stored::Ready(found) } else { Stored::InTheWay(found) });
    }
    let attempt = Attempt {
        business: session.business.clone(),
        id: secret::new_id(),
        debtor: debtor.id.clone(),
        purpose,
        commitment: running.map(|c| c.id),
        state: AttemptState::Created,
        amount_minor,
        currency,
        session: None,
        url: String::new(),
        payment: None,
        decline: String::new(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + PAGE_MS,
        checked_at_ms: now_ms,
        mandate: consent.is_some().then(secret::new_id),
        seq: None,
        decline_code: String::new(),
        sent_at_ms: 0,
    };
    attempt::insert(&tx, &attempt).await?;
    if let Some(words) = consent {
        keep_card::ask(app, &tx, session, &attempt, words, &Actor::debtor(address)).await?;
    }
    let happened = Happened {
        debtor: Some(&debtor.id),
        kind: "payment_started",
        subject: attempt.id.as_str(),
        detail: Money::new(amount_minor, currency).show(),
    };
    record(app, &tx, &session.business, &Actor::debtor(address), happened).await?;
    tx.commit().await?;
    Ok(Stored::Ready(attempt))
}

/// What an agreement asks for today: everything that is past its date, or else the next payment. Minor units.
pub fn due_now(standings: &[kept_domain::commitment::Standing], today: chrono::NaiveDate) -> i64 {
    let late: i64 = standings.iter().filter(|s| s.instalment.due_on <= today).map(|s| s.left_minor()).sum();
    if late > 0 {
        return late;
    }
    standings.iter().map(|s| s.left_minor()).find(|left| *left > 0).unwrap_or(0)
}

async fn open(app: &App, gateway: &Gateway, attempt: Attempt) -> Result<Started, Failure<Refusal>> {
    let attempt = if attempt.session.is_some() {
        // It was opened before: it may have been paid in another tab meanwhile.
        match settle_payment::of_attempt(app, gateway, &attempt, &[]).await {
            Ok(settled) => settled,
            Err(settle_payment::Unsettled::Store(e)) => return Err(e.into()),
            Err(settle_payment::Unsettled::Gateway(_)) => attempt,
        }
    } else {
        create(app, gateway, attempt).await?
    };
    match attempt.state {
        AttemptState::Created | AttemptState::Open if !attempt.url.is_empty() => Ok(Started::Page(attempt.url)),
        _ => Ok(Started::Known(attempt.id)),
    }
}

async fn create(app: &App, gateway: &Gateway, attempt: Attempt) -> Result<Attempt, Failure<Refusal>> {
    let home = business::find(&app.db, &attempt.business).await?.ok_or(Failure::NotFound)?;
    let back = format!("{}/account/payment/{}", app.public_url(), attempt.id);
    let save_card = attempt.mandate.is_some();
    // Somebody who kept a card before is the same customer again.
    let known = if save_card { mandate::list(&app.db, &attempt.business, &attempt.debtor, 100).await? } else { vec![] };
    // Only what is stored goes in, so that a repeated call says exactly the same.
    let request = CheckoutRequest {
        attempt_id: attempt.id.to_string(),
        business_id: attempt.business.to_string(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.code().to_lowercase(),
        // The gateway takes no empty one, and a business that was imported has no name until its first run.
        description: if home.name.is_empty() { "Payment".to_owned() } else { home.name },
        success_url: back.clone(),
        cancel_url: back,
        customer_email: None,
        save_card,
        customer: known.into_iter().rev().map(|m| m.customer).find(|customer| !customer.is_empty()),
        expires_at_ms: attempt.expires_at_ms,
    };
    let mut answer = gateway.create_checkout_session(&request).await;
    for _ in 0..WAITS_MAX {
        if !matches!(answer, Err(GatewayError::InProgress)) {
            break;
        }
        // The button was pressed twice: the first press is under way, and its page is for this one, too.
        tokio::time::sleep(WAIT).await;
        answer = gateway.create_checkout_session(&request).await;
    }
    let answer = match answer {
        Err(error) if may_be_open(&error) => found(gateway, &attempt, error).await,
        known => known.map(Some),
    };
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &attempt.business, &attempt.debtor).await?.ok_or(Failure::NotFound)?;
    let mut stored = attempt::find(&tx, &attempt.business, &attempt.id).await?.ok_or(Failure::NotFound)?;
    let refusal = match answer {
        // Another press of the same button may have heard of the page meanwhile.
        _ if stored.session.is_some() => None,
        Ok(None) => {
            stored.state = AttemptState::Abandoned;
            Some(Refusal::TryAgain)
        }
        Ok(Some(session)) => {
            stored.session = Some(session.id);
            stored.url = session.url.unwrap_or_default();
            if stored.state == AttemptState::Created {
                stored.state = AttemptState::Open;
            }
            None
        }
        Err(GatewayError::Refused(refusal)) => {
            tracing::warn!(status = refusal.status, "the gateway refused a checkout: {}", refusal.message);
            stored.state = AttemptState::Failed;
            Some(Refusal::GatewayRefused)
        }
        // Nothing was sent, and nothing ever can be: an amount that no card is charged, such as a single fils.
        Err(GatewayError::Invalid { reason }) => {
            tracing::warn!("a page cannot be asked for: {reason}");
            stored.state = AttemptState::Failed;
            Some(Refusal::GatewayRefused)
        }
        Err(error) => {
            tracing::warn!("the gateway did not open a page: {error}");
            Some(Refusal::TryAgain)
        }
    };
    stored.checked_at_ms = now_ms;
    attempt::update(&tx, &stored).await?;
    tx.commit().await?;
    match refusal {
        None => Ok(stored),
        Some(refusal) => Err(Failure::Refused(refusal)),
    }
}

/// Whether a page may have been opened although no answer says so.
fn may_be_open(error: &GatewayError) -> bool {
    matches!(error, GatewayError::Unknown { .. } | GatewayError::Protocol { .. } | GatewayError::KeyReused { .. })
}

/// Asks the gateway whether it opened a page for the attempt. Where it did not, the attempt ends, because its key would
/// answer the same failure for a day; a page that appears later all the same is known to nobody, so nobody pays on it.
async fn found(gateway: &Gateway, attempt: &Attempt, error: GatewayError) -> Result<Option<Page>, GatewayError> {
    tracing::warn!("the gateway did not say whether it opened a page: {error}");
    gateway.find_session(attempt.id.as_str(), attempt.created_at_ms / 1000 - 60).await
}

/// Closes an attempt that stands in the way; what it turns out to be when it cannot be closed is told.
async fn close(app: &App, gateway: &Gateway, attempt: &Attempt) -> Result<Option<Started>, Failure<Refusal>> {
    let attempt = match &attempt.session {
        Some(_) => attempt.clone(),
        // Nobody knows whether the gateway made a page: asking with the same id makes or finds it.
        None => create(app, gateway, attempt.clone()).await?,
    };
    if let Some(session) = &attempt.session
        && let Err(error) = gateway.expire_session(session).await
    {
        // It may be complete or expired already; the truth below says.
        tracing::info!("a page could not be closed: {error}");
    }
    match settle_payment::of_attempt(app, gateway, &attempt, &[]).await {
        Ok(settled) => match settled.state {
            AttemptState::Failed | AttemptState::Abandoned => Ok(None),
            _ => Ok(Some(Started::Known(settled.id))),
        },
        Err(settle_payment::Unsettled::Store(e)) => Err(Failure::Store(e)),
        Err(settle_payment::Unsettled::Gateway(_)) => Err(Failure::Refused(Refusal::TryAgain)),
    }
}

/// An attempt of the debtor who is looking.
pub async fn find(app: &App, session: &Session, id: &AttemptId) -> Result<Option<Attempt>, Error> {
    let found = attempt::find(&app.db, &session.business, id).await?;
    Ok(found.filter(|a| a.debtor == session.debtor))
}
