//! Proposing a promise, a plan or a settlement: what the terms say to it, the words, and the commitment that follows.

use super::advance_commitments::move_on;
use super::notify::{self, Message};
use super::offer_settlement;
use super::position::{self, Position};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::clock;
use crate::secret;
use crate::store::business::{self, Business};
use crate::store::commitment::{self, Commitment};
use crate::store::debtor::{self, Debtor};
use crate::store::session::Session;
use crate::store::{Error, Query, Tx, invoice, ledger, mandate, settlement};
use chrono::NaiveDate;
use kept_domain::calendar::plus_days;
use kept_domain::commitment::{self as rules, Agreement, Event, Kind, Made, PromiseError, State};
use kept_domain::heal::{self, How};
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId};
use kept_domain::money::Currency;
use kept_domain::plan::{self, Instalment, PlanError, Proposal, Schedule, Verdict};
use kept_domain::settlement::OfferError;
use kept_domain::terms::Terms;

/// Agreements that a debtor may change or leave unkept in [`CHANGES_DAYS`] before the business decides on the next.
const CHANGES_MAX: i64 = 2;
/// See [`CHANGES_MAX`].
const CHANGES_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// What a debtor asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Instalments; the total is always what is owed.
    Plan(Proposal),
    /// An amount by a date.
    Promise {
        /// Minor units.
        amount_minor: i64,
        /// The date.
        by: NaiveDate,
    },
    /// The running plan, healed; it covers what is left of it.
    Heal(How),
    /// Less than is owed, by a date, in full and final settlement.
    Settlement {
        /// Minor units.
        amount_minor: i64,
        /// The date.
        by: NaiveDate,
    },
}

/// Why nothing was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is owed in this currency that is not disputed.
    NothingOwed,
    /// The plan cannot be laid out.
    Plan(PlanError),
    /// The promise cannot be made.
    Promise(PromiseError),
    /// No plan is running that could change in this way.
    NothingToHeal,
    /// The offer cannot be made.
    Offer(OfferError),
    /// The business takes no offers of less than is owed.
    NoOffers,
    /// As many offers have been made as can be for now.
    TooManyOffers,
    /// The words are no longer those that were shown: something changed meanwhile.
    Changed,
}

/// What stands on the check page, and what confirming would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Promise, plan or settlement.
    pub kind: Kind,
    /// The currency of every amount.
    pub currency: Currency,
    /// What is owed in all, in minor units.
    pub balance_minor: i64,
    /// The terms that were asked.
    pub terms: Terms,
    /// For a plan: what the terms say.
    pub verdict: Option<Verdict>,
    /// For a promise outside the terms: the last day that would be inside.
    pub latest_on: Option<NaiveDate>,
    /// The payments asked for.
    pub schedule: Schedule,
    /// What confirming does.
    pub made: Made,
    /// Inside the terms, but the business decides because earlier agreements were changed or not kept.
    pub changed_too_often: bool,
    /// The exact words.
    pub words: String,
    /// Their fingerprint, which confirming sends back.
    pub words_sha256: String,
    /// The label of the button.
    pub button: &'static str,
}

/// What the terms are for this debtor today, and what is owed.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The business.
    pub business: Business,
    /// The debtor.
    pub debtor: Debtor,
    /// Today in the business's zone.
    pub today: NaiveDate,
    /// What is owed in the currency asked about.
    pub position: Position,
    /// What is accepted at once.
    pub terms: Terms,
    /// The agreement that is running, if any.
    pub running: Option<Commitment>,
    /// The proposal or offer that waits, if any.
    pub waiting: Option<Commitment>,
    /// How the running agreement stands.
    pub standings: Vec<rules::Standing>,
    /// See [`Preview::changed_too_often`].
    pub changed_too_often: bool,
}

/// Loads what every proposal is judged by. `NotFound` for an unknown debtor, `NothingOwed` where nothing is.
pub async fn standing(
    app: &App,
    q: &impl Query,
    session: &Session,
    currency: Currency,
) -> Result<Standing, Failure<Refusal>> {
    standing_of(app, q, &session.business, &session.debtor, currency).await
}

/// The same for somebody who has no session, such as somebody on the telephone.
pub(super) async fn standing_of(
    app: &App,
    q: &impl Query,
    business_id: &BusinessId,
    id: &DebtorId,
    currency: Currency,
) -> Result<Standing, Failure<Refusal>> {
    let business = business::find(q, business_id).await?.ok_or(Failure::NotFound)?;
    let debtor = debtor::find(q, business_id, id).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&business.zone);
    let position = position::load_in(q, business_id, id, currency)
        .await?
        .filter(|p| p.owed_minor() > 0)
        .ok_or(Failure::Refused(Refusal::NothingOwed))?;
    let good_record = invoice::good_record(q, business_id, id).await?;
    let terms = business.policy.terms_for(position.owed_minor(), good_record);
    let open = commitment::list_open(q, business_id, id).await?;
    let (running, waiting): (Vec<_>, Vec<_>) =
        open.into_iter().filter(|c| c.currency == currency).partition(|c| c.state.is_running());
    let since_ms = app.clock.now_ms() - CHANGES_DAYS * DAY_MS;
    let running = running.into_iter().next();
    let standings = match &running {
        None => Vec::new(),
        Some(c) => {
            let schedule = commitment::schedule(q, business_id, &c.id).await?;
            rules::standing(&schedule, ledger::paid_towards(q, business_id, &c.id).await?, today)
        }
    };
    let unkept = commitment::count_unkept(q, business_id, id, since_ms).await?;
    Ok(Standing {
        business,
        debtor,
        today,
        position,
        terms,
        running,
        standings,
        waiting: waiting.into_iter().next(),
        changed_too_often: unkept >= CHANGES_MAX,
    })
}

/// What confirming `ask` would do, in the exact words. Changes nothing.
pub async fn preview(app: &App, session: &Session, currency: Currency, ask: &Ask) -> Result<Preview, Failure<Refusal>> {
    let standing = standing(app, &app.db, session, currency).await?;
    judge(&standing, ask).map_err(Failure::Refused)
}

/// Makes the commitment whose words had the fingerprint `shown`: agreed at once inside the terms, else sent to the
/// business. A running agreement, or a proposal that waits, gives way to it; either is named in the words.
pub async fn confirm(
    app: &App,
    session: &Session,
    currency: Currency,
    ask: &Ask,
    shown: &str,
    address: &str,
) -> Result<CommitmentId, Failure<Refusal>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let standing = standing(app, &tx, session, currency).await?;
    if let Some(made) = already_made(&standing, shown) {
        // The same page was sent twice: the answer is the same commitment.
        return Ok(made);
    }
    let less = matches!(ask, Ask::Settlement { .. });
    if less {
        // The same page again is not another offer, whatever became of it.
        if let Some(made) = settlement::find_by_words(&tx, &session.business, &session.debtor, shown).await? {
            return Ok(replacement(&tx, session, made).await?);
        }
        offer_settlement::check_allowed(app, &tx, &session.business, &session.debtor, address).await?;
    }
    let preview = judge(&standing, ask).map_err(Failure::Refused)?;
    if preview.words_sha256 != shown {
        return Err(Failure::Refused(Refusal::Changed));
    }
    if let Some(same) = same_again(&tx, session, &standing, &preview).await? {
        // The page was gone back to and confirmed again: its words now name the agreement that it made, to be replaced by its like.
        return Ok(same);
    }
    let through = Through { identity: &session.identity, actor: &Actor::debtor(address) };
    let mut id = make(app, &tx, &standing, ask, preview, &through).await?;
    if let Ask::Settlement { amount_minor, by } = ask {
        let offer = offer_settlement::read(&standing, *amount_minor, *by).map_err(Failure::Refused)?;
        id = offer_settlement::answer(app, &tx, &standing, &offer, id).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// What was offered in answer to a proposal, or itself.
async fn replacement(tx: &Tx, session: &Session, made: CommitmentId) -> Result<CommitmentId, Error> {
    let all = commitment::list_of_debtor(tx, &session.business, &session.debtor).await?;
    Ok(all.into_iter().find(|c| c.counters.as_ref() == Some(&made)).map_or(made, |c| c.id))
}

/// How a proposal comes to us.
pub(super) struct Through<'a> {
    /// How identity was checked.
    pub identity: &'a str,
    /// Who sends it: the debtor, or the person of the business who spoke with them.
    pub actor: &'a Actor,
}

/// Makes the commitment of a preview and tells the debtor, in the transaction of the caller, who holds the debtor's row
/// and has read `standing` under it.
pub(super) async fn make(
    app: &App,
    tx: &Tx,
    standing: &Standing,
    ask: &Ask,
    preview: Preview,
    through: &Through<'_>,
) -> Result<CommitmentId, Error> {
    let now_ms = app.clock.now_ms();
    let (business_id, debtor, actor) = (&standing.business.id, &standing.debtor, through.actor);
    let id: CommitmentId = secret::new_id();
    let at_once = preview.made == Made::AtOnce;
    if let Some(waiting) = &standing.waiting {
        move_on(app, tx, business_id, waiting, Event::Withdrawn, actor, "replaced by a new proposal").await?;
    }
    if let Some(running) = standing.running.as_ref().filter(|_| at_once) {
        move_on(app, tx, business_id, running, Event::Cancelled, actor, "replaced by a new agreement").await?;
    }
    let row = Commitment {
        id: id.clone(),
        debtor: debtor.id.clone(),
        kind: preview.kind,
        state: if at_once { State::Active } else { State::Proposed },
        currency: preview.currency,
        total_minor: preview.schedule.total_minor(),
        proposal: match ask {
            Ask::Plan(proposal) => Some(Proposal { total_minor: standing.position.owed_minor(), ..proposal.clone() }),
            Ask::Promise { .. } | Ask::Settlement { .. } => None,
            // Its days are those of the plan that it comes from: the 31st stays the 31st.
            Ask::Heal(_) => standing.running.as_ref().and_then(|c| c.proposal.clone()),
        },
        words: preview.words,
        words_version: rules::WORDS_VERSION.to_owned(),
        words_language: "en".to_owned(),
        words_sha256: preview.words_sha256,
        button: preview.button.to_owned(),
        identity: through.identity.to_owned(),
        address: actor.address.clone(),
        proposed_by: "debtor".to_owned(),
        proposed_at_ms: now_ms,
        answer_by_on: (!at_once).then(|| plus_days(standing.today, rules::ANSWER_DAYS)),
        decided_by: at_once.then(|| "terms".to_owned()),
        decided_at_ms: at_once.then_some(now_ms),
        reason: String::new(),
        replaces: standing.running.as_ref().map(|c| c.id.clone()),
        counters: None,
        ended_at_ms: None,
        healed: match (ask, &standing.running) {
            (Ask::Heal(how), Some(running)) => format!("{} {}", running.healed, how.code()).trim().to_owned(),
            _ => String::new(),
        },
        settles_minor: if preview.kind == Kind::Settlement { preview.balance_minor } else { 0 },
    };
    let covered: Vec<(InvoiceId, i64)> =
        standing.position.for_commitment().into_iter().map(|(id, _, left)| (id, left)).collect();
    commitment::insert(tx, business_id, &row, &preview.schedule, &covered).await?;
    if let (Ask::Heal(_), Some(running), true) = (ask, &standing.running, at_once) {
        mandate::carry(tx, business_id, &running.id, &id).await?;
    }
    let what = format!("{}_{}", row.kind.code(), if at_once { "accepted" } else { "proposed" });
    let detail = describe(&row, &preview.schedule);
    let happened = Happened { debtor: Some(&debtor.id), kind: &what, subject: id.as_str(), detail };
    record(app, tx, business_id, actor, happened).await?;
    if row.kind == Kind::Settlement {
        // They hear what was answered.
        return Ok(id);
    }
    let message = if at_once {
        Message::CommitmentAgreed { commitment_id: id.clone() }
    } else {
        Message::CommitmentProposed { commitment_id: id.clone() }
    };
    notify::tell(tx, business_id, debtor, &message, now_ms).await?;
    Ok(id)
}

/// The commitment that these very words made, where it still stands as it was made.
fn already_made(standing: &Standing, shown: &str) -> Option<CommitmentId> {
    let open = [&standing.running, &standing.waiting];
    open.into_iter().flatten().find(|c| c.words_sha256 == shown && c.proposed_by == "debtor").map(|c| c.id.clone())
}

/// What stands already, where it is the same payments on the same days.
async fn same_again(
    tx: &Tx,
    session: &Session,
    standing: &Standing,
    preview: &Preview,
) -> Result<Option<CommitmentId>, Error> {
    let standing = if preview.made == Made::AtOnce { &standing.running } else { &standing.waiting };
    let Some(c) = standing.as_ref().filter(|c| c.kind == preview.kind && c.proposed_by == "debtor") else {
        return Ok(None);
    };
    let same = commitment::schedule(tx, &session.business, &c.id).await? == preview.schedule;
    Ok(same.then(|| c.id.clone()))
}

/// What the terms say to `ask`, and the words.
pub(super) fn judge(standing: &Standing, ask: &Ask) -> Result<Preview, Refusal> {
    let Standing { business, debtor, today, position, terms, .. } = standing;
    let balance_minor = position.owed_minor();
    let (kind, schedule, verdict, latest_on, within) = match ask {
        Ask::Plan(proposal) => {
            let proposal = Proposal { total_minor: balance_minor, ..proposal.clone() };
            let verdict = plan::judge(&proposal, terms, *today).map_err(Refusal::Plan)?;
            let verdict = verdict.in_steps(position.currency.step_minor());
            let (schedule, within) = match &verdict {
                Verdict::Accepted(schedule) => (schedule.clone(), true),
                Verdict::Outside { wanted, .. } => (wanted.clone(), false),
            };
            (Kind::Plan, schedule, Some(verdict), None, within)
        }
        Ask::Promise { amount_minor, by } => {
            let latest = rules::judge_promise(*amount_minor, balance_minor, *by, terms.latest_promise_days, *today)
                .map_err(Refusal::Promise)?;
            let schedule = Schedule { instalments: vec![Instalment { due_on: *by, amount_minor: *amount_minor }] };
            (Kind::Promise, schedule, None, latest, latest.is_none())
        }
        Ask::Settlement { amount_minor, by } => {
            offer_settlement::read(standing, *amount_minor, *by)?;
            let schedule = Schedule { instalments: vec![Instalment { due_on: *by, amount_minor: *amount_minor }] };
            // Whether it would be accepted is told to nobody who only looks.
            (Kind::Settlement, schedule, None, None, false)
        }
        Ask::Heal(how) => {
            let schedule = healed(standing, *how).ok_or(Refusal::NothingToHeal)?;
            let latest = plus_days(*today, terms.longest_days).max(last_of(&standing.standings).unwrap_or(*today));
            let within = schedule.last_on().is_some_and(|on| on <= latest);
            (Kind::Plan, schedule, None, None, within)
        }
    };
    let healing = matches!(ask, Ask::Heal(_));
    let made = if within && (healing || !standing.changed_too_often) { Made::AtOnce } else { Made::ForDecision };
    let zone = &business.zone;
    let words = rules::words(&Agreement {
        kind,
        business: business.name.clone(),
        payer: debtor.name.clone(),
        currency: position.currency,
        balance_minor,
        invoices: position.for_commitment().into_iter().map(|(_, number, left)| (number, left)).collect(),
        schedule: schedule.clone(),
        made,
        replaces_on: standing
            .running
            .as_ref()
            .map(|c| clock::date_of(c.decided_at_ms.unwrap_or(c.proposed_at_ms), zone)),
        on: *today,
        zone: zone.clone(),
    });
    Ok(Preview {
        kind,
        currency: position.currency,
        balance_minor,
        terms: terms.clone(),
        verdict,
        latest_on,
        schedule,
        made,
        changed_too_often: within && standing.changed_too_often && !healing,
        words_sha256: secret::sha256(&words),
        words,
        button: rules::button(kind, made),
    })
}

/// What the running plan would become. What was moved or spread and then missed again, with nothing paid in between, is not
/// moved once more: the second miss in a row is paid, or it breaks the plan.
pub fn healed(standing: &Standing, how: How) -> Option<Schedule> {
    let running = standing.running.as_ref().filter(|c| c.kind == Kind::Plan)?;
    let nothing_paid = standing.standings.iter().all(|s| s.paid_minor == 0);
    if how.is_after_a_miss() && running.last_healed().is_some_and(How::is_after_a_miss) && nothing_paid {
        return None;
    }
    let (anchor, owed_minor) = (running.proposal.as_ref()?, standing.position.owed_minor());
    let healed = heal::heal(how, anchor, &standing.standings, running.has_moved(), owed_minor, standing.today)?;
    Some(healed.in_steps(running.currency.step_minor()))
}

fn last_of(standings: &[rules::Standing]) -> Option<NaiveDate> {
    standings.last().map(|s| s.instalment.due_on)
}

/// One sentence about a commitment for the timeline.
pub fn describe(c: &Commitment, schedule: &Schedule) -> String {
    use kept_domain::calendar::show;
    use kept_domain::money::Money;
    let total = Money::new(c.total_minor, c.currency).show();
    match (c.kind, schedule.instalments.as_slice()) {
        (Kind::Promise, [one, ..]) => format!("{total} by {}", show(one.due_on)),
        (Kind::Settlement, [one, ..]) => {
            let all = Money::new(c.settles_minor, c.currency).show();
            format!("{total} by {} in settlement of {all}", show(one.due_on))
        }
        (_, [first, .., last]) => {
            let n = schedule.instalments.len();
            format!("{total} in {n} payments from {} to {}", show(first.due_on), show(last.due_on))
        }
        (_, [one]) => format!("{total} on {}", show(one.due_on)),
        (_, []) => total,
    }
}
