//! Commitments: the list, its export, one of them, and the decision.

use super::{Answer, ROWS, Visitor, form, page_of, query, refused, send, show, text};
use crate::acts::advance_commitments::Stale;
use crate::acts::decide_commitment::{self, Offer, Refusal};
use crate::csv_out::{self, Cell};
use crate::door::{No, see_other};
use crate::store::console::{self, CommitmentQuery};
use crate::store::{commitment, event, invoice, ledger};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kept_api::console::{CommitmentFilter, CommitmentView, CommitmentsView, Form, InstalmentRow};
use kept_console::commitment::commitment_page;
use kept_console::commitments::commitments_page;
use kept_console::parts::{kind_words, state_words};
use kept_domain::calendar::{self, Frequency, iso, plus_days, show as day};
use kept_domain::commitment::{Kind, State, standing};
use kept_domain::ids::CommitmentId;
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::plan::{Limit, PlanError, Proposal, Size, Verdict, judge};

/// Rows of an export at most.
const EXPORT_MAX: u32 = 100_000;

fn wanted(raw: Option<String>) -> (CommitmentFilter, Vec<(String, String)>) {
    let values = query(&raw.unwrap_or_default());
    let known_kind = |code: &&str| Kind::parse(code).is_some();
    let known_state = |code: &&str| *code == "due" || State::parse(code).is_some();
    let filter = CommitmentFilter {
        kind: Some(text(&values, "kind")).filter(known_kind).unwrap_or_default().to_owned(),
        state: Some(text(&values, "state")).filter(known_state).unwrap_or_default().to_owned(),
        search: text(&values, "search").trim().chars().take(200).collect(),
    };
    (filter, values)
}

fn query_of(filter: &CommitmentFilter) -> CommitmentQuery {
    CommitmentQuery {
        kind: filter.kind.clone(),
        state: filter.state.clone(),
        search: filter.search.clone(),
        ..CommitmentQuery::default()
    }
}

/// Shows the list.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let (filter, values) = wanted(raw);
    let (page, offset) = page_of(&values);
    let due_by = plus_days(visitor.today(), 6);
    let last_event = console::last_event(db, business).await?;
    let mut lines = console::commitments(db, business, &query_of(&filter), due_by, offset, ROWS + 1).await?;
    let more = lines.len() > ROWS as usize;
    lines.truncate(ROWS as usize);
    let v = CommitmentsView {
        frame: visitor.frame().await?,
        today: visitor.today(),
        filter,
        rows: lines.into_iter().map(|line| show::commitment(&visitor, line)).collect(),
        counts: console::count_by_state(db, business).await?,
        page,
        more,
        last_event,
    };
    Ok(send("Commitments", None, || commitments_page(v)))
}

/// Exports the list as CSV.
///
/// # Errors
/// When the store fails.
pub async fn export(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let (filter, _) = wanted(raw);
    let due_by = plus_days(visitor.today(), 6);
    let lines = console::commitments(db, business, &query_of(&filter), due_by, 0, EXPORT_MAX).await?;
    let header = [
        "id",
        "reference",
        "name",
        "kind",
        "state",
        "currency",
        "total",
        "paid",
        "next_due_on",
        "next_amount",
        "proposed_at",
    ];
    let rows: Vec<Vec<Cell>> = lines
        .into_iter()
        .map(|line| {
            let money = |minor| Cell::Figure(Money::new(minor, line.currency).decimal());
            vec![
                Cell::Text(line.id.clone()),
                Cell::Text(line.reference.clone()),
                Cell::Text(line.who.clone()),
                Cell::Text(line.kind.code().to_owned()),
                Cell::Text(line.state.code().to_owned()),
                Cell::Text(line.currency.code().to_owned()),
                money(line.total_minor),
                money(line.paid_minor),
                Cell::Text(line.next.map(|(on, _)| iso(on)).unwrap_or_default()),
                line.next.map_or(Cell::Text(String::new()), |(_, minor)| money(minor)),
                Cell::Text(visitor.at(line.proposed_at_ms)),
            ]
        })
        .collect();
    let csv = csv_out::write(&header, &rows).map_err(|e| No::Failed(e.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"commitments.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, csv).into_response())
}

/// Shows one commitment.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn show_one(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id.into(), Form::default()).await
}

async fn page(visitor: &Visitor, id: &CommitmentId, mut form: Form) -> Answer {
    let (db, business_id) = (&visitor.app.db, &visitor.business.id);
    let c = commitment::find(db, business_id, id).await?.ok_or(No::NotFound)?;
    let wanted = CommitmentQuery { id: id.to_string(), ..CommitmentQuery::default() };
    let line = console::commitments(db, business_id, &wanted, visitor.today(), 0, 1).await?;
    let line = line.into_iter().next().ok_or(No::NotFound)?;
    let schedule = commitment::schedule(db, business_id, id).await?;
    let paid = ledger::paid_towards(db, business_id, id).await?;
    let money = |minor| Money::new(minor, c.currency);
    let names = visitor.names().await?;
    let open = commitment::list_open(db, business_id, &c.debtor).await?;
    let can_reopen = c.state == State::Broken && !open.iter().any(|other| other.currency == c.currency);
    let mut related = Vec::new();
    let mut relate = |words: &str, other: &CommitmentId| {
        related.push((words.to_owned(), format!("/console/commitments/{other}")));
    };
    if let Some(other) = &c.replaces {
        relate("The agreement that it replaces", other);
    }
    if let Some(other) = &c.counters {
        relate("The proposal that it answers", other);
    }
    for other in commitment::list_of_debtor(db, business_id, &c.debtor).await? {
        if other.counters.as_ref() == Some(id) {
            relate("What was offered instead", &other.id);
        }
        if other.replaces.as_ref() == Some(id) {
            relate("The agreement that replaced it", &other.id);
        }
    }
    let can_decide = c.state == State::Proposed;
    let mut limits = Vec::new();
    if can_decide {
        let good = invoice::good_record(db, business_id, &c.debtor).await?;
        let terms = visitor.business.policy.terms_for(c.total_minor, good);
        if let Some(proposal) = &c.proposal
            && let Ok(Verdict::Outside { limits: unmet, .. }) = judge(proposal, &terms, visitor.today())
        {
            limits = unmet.iter().map(|l| limit_words(l, c.currency)).collect();
        }
        if c.kind == Kind::Settlement && c.settles_minor > 0 {
            let percent = i128::from(c.total_minor) * 100 / i128::from(c.settles_minor);
            limits.push(format!("It is {percent} per cent of {}", money(c.settles_minor).show()));
        }
        preset(&mut form, &c, schedule.instalments.first().map(|i| i.due_on));
    }
    if can_reopen {
        preset(&mut form, &c, Some(plus_days(visitor.today(), 7)));
    }
    let events = event::list(db, business_id, &c.debtor, 500).await?;
    let v = CommitmentView {
        frame: visitor.frame().await?,
        today: visitor.today(),
        schedule: standing(&schedule, paid, visitor.today())
            .into_iter()
            .map(|s| InstalmentRow {
                due_on: s.instalment.due_on,
                amount: money(s.instalment.amount_minor),
                paid: money(s.paid_minor),
                missed: s.missed && c.state.is_running(),
            })
            .collect(),
        row: show::commitment(visitor, line),
        words: c.words,
        words_version: c.words_version,
        words_language: c.words_language,
        words_sha256: c.words_sha256,
        button: c.button,
        identity: show::plain(&c.identity).to_lowercase(),
        address: c.address,
        proposed_by: names.who(&c.proposed_by),
        decided_by: c.decided_by.as_deref().map(|by| names.who(by)),
        decided_at: c.decided_at_ms.map(|at| visitor.at(at)),
        reason: c.reason,
        related,
        can_decide,
        can_reopen,
        limits,
        form,
        timeline: events
            .into_iter()
            .filter(|e| e.subject == id.as_str())
            .map(|e| show::event(visitor, &names, e))
            .collect(),
    };
    let title = format!("{} by {}, {}", kind_words(v.row.kind), v.row.who, state_words(v.row.state));
    let form = v.form.clone();
    Ok(send(&title, Some(&form), || commitment_page(v)))
}

/// Begins a counter-offer with what was asked for.
fn preset(form: &mut Form, c: &commitment::Commitment, first_on: Option<chrono::NaiveDate>) {
    let decimal = |minor| Money::new(minor, c.currency).decimal();
    if let Some(on) = first_on {
        form.preset("first_on", iso(on));
    }
    match &c.proposal {
        None => form.preset("amount", decimal(c.total_minor)),
        Some(p) => {
            let each = match p.size {
                Size::Amount(each) => each,
                Size::Count(count) => (p.total_minor - p.upfront_minor) / i64::from(count.max(1)),
            };
            form.preset("amount", decimal(each));
            form.preset("frequency", p.frequency.code());
            form.preset("upfront", if p.upfront_minor > 0 { decimal(p.upfront_minor) } else { String::new() });
        }
    }
}

fn limit_words(limit: &Limit, currency: Currency) -> String {
    let money = |minor: &i64| Money::new(*minor, currency).show();
    match limit {
        Limit::MinInstalment(minor) => format!("Instalments are at least {}", money(minor)),
        Limit::MinFirst(minor) => format!("The first payment is at least {}", money(minor)),
        Limit::LastBy(on) => format!("The last payment is due by {}", day(*on)),
        Limit::FirstBy(on) => format!("The first payment is due by {}", day(*on)),
        Limit::Frequencies(all) => {
            let words: Vec<&str> = all.iter().map(|f| f.words()).collect();
            format!("Payments are {}", words.join(" or "))
        }
    }
}

fn to(id: &CommitmentId, done: &str) -> Response {
    see_other(&format!("/console/commitments/{id}?done={done}"))
}

/// What to tell the person, and the field it is about.
fn refusal_words(refusal: &Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NotWaiting => ("counter_note", "This has been decided or taken back meanwhile"),
        Refusal::ReasonMissing => ("reason", "Write a reason. They see it"),
        Refusal::Stale(stale @ Stale::DatesGone) => ("first_on", stale.words()),
        Refusal::Stale(stale @ Stale::MoreThanOwed) => ("amount", stale.words()),
        Refusal::NothingOwed => ("amount", "Nothing is owed any more"),
        Refusal::Plan(error) => {
            let field = match error {
                PlanError::FirstInPast | PlanError::DateOutOfRange => "first_on",
                PlanError::UpfrontOutOfRange => "upfront",
                _ => "amount",
            };
            (field, error.words())
        }
        Refusal::Less(error) => {
            use kept_domain::settlement::OfferError as O;
            let field = if matches!(error, O::InPast | O::TooFar) { "first_on" } else { "amount" };
            (field, error.words())
        }
        Refusal::Promise(error) => {
            use kept_domain::commitment::PromiseError as P;
            let field = if matches!(error, P::InPast | P::TooFar) { "first_on" } else { "amount" };
            (field, error.words())
        }
    }
}

/// Accepts a proposal.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn accept(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let id: CommitmentId = id.into();
    let done = decide_commitment::accept(&visitor.app, &visitor.business.id, &id, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "accepted")),
        // The page shows how it stands now.
        Err(Refusal::NotWaiting) => Ok(see_other(&format!("/console/commitments/{id}"))),
        Err(refusal) => {
            let (field, words) = refusal_words(&refusal);
            let mut form = Form::default();
            form.wrong(field, words);
            form.values.push(("act".into(), "counter".into()));
            page(&visitor, &id, form).await
        }
    }
}

/// Declines a proposal with a reason.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn decline(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: CommitmentId = id.into();
    let mut typed = form(&body)?;
    let reason = typed.value("reason").to_owned();
    if reason.chars().count() > kept_domain::dispute::WORDS_CHARS_MAX {
        typed.wrong("reason", "Write at most 4,000 characters");
        typed.values.push(("act".into(), "decline".into()));
        return page(&visitor, &id, typed).await;
    }
    let done = decide_commitment::decline(&visitor.app, &visitor.business.id, &id, &reason, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "declined")),
        Err(Refusal::NotWaiting) => Ok(see_other(&format!("/console/commitments/{id}"))),
        Err(refusal) => {
            let (field, words) = refusal_words(&refusal);
            typed.wrong(field, words);
            typed.values.push(("act".into(), "decline".into()));
            page(&visitor, &id, typed).await
        }
    }
}

/// Offers something else.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn counter(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let (db, business_id) = (&visitor.app.db, &visitor.business.id);
    let id: CommitmentId = id.into();
    let mut typed = form(&body)?;
    typed.values.push(("act".into(), "counter".into()));
    let c = commitment::find(db, business_id, &id).await?.ok_or(No::NotFound)?;
    let Some(offer) = read_offer(&mut typed, c.kind, c.currency) else { return page(&visitor, &id, typed).await };
    let note: String = typed.value("counter_note").chars().take(kept_domain::dispute::WORDS_CHARS_MAX).collect();
    let done = decide_commitment::counter(&visitor.app, business_id, &id, &offer, &note, &visitor.actor).await;
    match refused(done)? {
        Ok(new) => Ok(to(&new, "countered")),
        Err(Refusal::NotWaiting) => Ok(see_other(&format!("/console/commitments/{id}"))),
        Err(refusal) => {
            let (field, words) = refusal_words(&refusal);
            typed.wrong(field, words);
            page(&visitor, &id, typed).await
        }
    }
}

fn read_offer(typed: &mut Form, kind: Kind, currency: Currency) -> Option<Offer> {
    let amount = parse_amount(typed.value("amount"), currency);
    let first_on = calendar::parse_typed(typed.value("first_on"));
    if let Err(error) = &amount {
        typed.wrong("amount", error.to_string());
    }
    let frequency = Frequency::parse(typed.value("frequency"));
    if kind == Kind::Plan && frequency.is_none() {
        typed.wrong("frequency", "Choose how often");
    }
    if first_on.is_none() {
        typed.wrong("first_on", "Enter a date, like 30 6 2026");
    }
    let upfront = match typed.value("upfront").trim() {
        "" => Ok(0),
        some => parse_amount(some, currency),
    };
    if let (Kind::Plan, Err(error)) = (kind, &upfront) {
        typed.wrong("upfront", error.to_string());
    }
    let (amount, first_on) = (amount.ok()?, first_on?);
    match kind {
        Kind::Promise => Some(Offer::Promise { amount_minor: amount, by: first_on }),
        Kind::Settlement => Some(Offer::Settlement { amount_minor: amount, by: first_on }),
        Kind::Plan => Some(Offer::Plan(Proposal {
            // The act takes what is owed.
            total_minor: 0,
            upfront_minor: upfront.ok()?,
            size: Size::Amount(amount),
            frequency: frequency?,
            first_on,
            skip_weekends: false,
        })),
    }
}
