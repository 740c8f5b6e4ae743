//! Calls that wait for a person, and how they went.

use super::debtors::{contact_row, invoice_row};
use super::{Answer, ROWS, Visitor, disputes, form, page_of, query, refused, send, show};
use crate::acts::outlook::Rules;
use crate::acts::position::{self, Position};
use crate::acts::propose::Refusal as NotProposed;
use crate::acts::record_call_outcome::{Recorded, Refusal, Went, record_call_outcome};
use crate::clock;
use crate::door::{No, see_other};
use crate::store::business::IdentityQuestion;
use crate::store::call::{self, Call};
use crate::store::console::{self, CommitmentQuery};
use crate::store::debtor::{self, Debtor};
use crate::store::{contact, dispute, invoice, template};
use crate::templates::{self, Block, Item, Language, Texts, Values};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use kept_api::calls::{CallBalance, CallRow, CallTime, CallView, CallsView, Identity, Said};
use kept_api::console::Form;
use kept_console::call::call_page;
use kept_console::calls::calls_page;
use kept_domain::calendar::{parse_typed, plus_days, show as show_day};
use kept_domain::call::Outcome;
use kept_domain::commitment::PromiseError;
use kept_domain::contact::Channel;
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::reminder::Reason;

/// Contacts that are shown on the page of a call.
const CONTACTS: u32 = 8;
/// Agreements that are shown there.
const AGREEMENTS: u32 = 5;

/// Shows the calls that wait.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let (page, offset) = page_of(&query(&raw.unwrap_or_default()));
    let mut waiting = call::list_waiting(&visitor.app.db, &visitor.business.id, offset, ROWS + 1).await?;
    let more = waiting.len() > ROWS as usize;
    waiting.truncate(ROWS as usize);
    let rules = Rules::of(&visitor.app, &visitor.app.db, &visitor.business).await?;
    let mut rows = Vec::with_capacity(waiting.len());
    for call in waiting {
        rows.push(Standing::of(&visitor, &rules, call).await?.row(&visitor));
    }
    let v = CallsView { frame: visitor.frame().await?, rows, page, more };
    Ok(send("Calls", None, || calls_page(v)))
}

/// A call with everything that is asked about it.
struct Standing {
    call: Call,
    debtor: Debtor,
    positions: Vec<Position>,
    local_time: String,
    time: CallTime,
}

impl Standing {
    async fn of(visitor: &Visitor, rules: &Rules, call: Call) -> Result<Self, No> {
        let (db, business) = (&visitor.app.db, &visitor.business.id);
        let now_ms = visitor.app.clock.now_ms();
        let debtor = debtor::find(db, business, &call.debtor).await?.ok_or(No::NotFound)?;
        let positions = position::load(db, business, &debtor.id).await?;
        let known = rules.know(db, vec![debtor.clone()], now_ms).await?;
        let known = known.first().ok_or(No::NotFound)?;
        let zones = rules.zone_names(&debtor, now_ms);
        let mut shown: Vec<String> = zones.iter().map(|zone| clock::show_hour(now_ms, zone)).collect();
        shown.dedup();
        let zone = zones.first().copied().unwrap_or_default();
        let time = match rules.may_call(known, &call.id, now_ms) {
            Ok(until_ms) => CallTime::Now { until: until_ms.map(|at_ms| clock::show_time(at_ms, zone)) },
            Err((reason, from_ms)) => CallTime::Not {
                why: not_now(reason).to_owned(),
                from: from_ms.filter(|at_ms| *at_ms > now_ms).map(|at_ms| clock::show_hour(at_ms, zone)),
            },
        };
        let time = if call.waits() { time } else { gone(&call) };
        Ok(Self { call, debtor, positions, local_time: shown.join(" or "), time })
    }

    fn row(&self, visitor: &Visitor) -> CallRow {
        let today = visitor.today();
        let late = |p: &Position| {
            p.open.iter().filter(|s| s.invoice.due_on < today && s.left_minor > s.disputed_minor).count()
        };
        let may = matches!(self.time, CallTime::Now { .. });
        CallRow {
            id: self.call.id.clone(),
            debtor: self.debtor.id.to_string(),
            who: self.debtor.name.clone(),
            phone: may.then(|| self.debtor.phone.clone()),
            local_time: self.local_time.clone(),
            time: self.time.clone(),
            invoices: self.positions.iter().map(late).sum(),
            owed: self
                .positions
                .iter()
                .filter(|p| p.owed_minor() > 0)
                .map(|p| Money::new(p.owed_minor(), p.currency))
                .collect(),
            since: visitor.at(self.call.at_ms),
        }
    }
}

/// Why a call that waits is not to be made now.
fn not_now(reason: Reason) -> &'static str {
    match reason {
        Reason::NotYet => "They have been in touch, or something changed: this call is not due now",
        Reason::LadderFinished => "This call is not part of your reminders any more",
        Reason::NoAddress => "No number is known",
        other => other.words(),
    }
}

/// Why a call that does not wait any more is not needed.
fn gone(call: &Call) -> CallTime {
    let why = Reason::parse(&call.reason).map_or("Things have changed since it was asked for", not_now);
    CallTime::Not { why: why.to_owned(), from: None }
}

/// Shows one call.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn show_one(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id, Form::default()).await
}

async fn page(visitor: &Visitor, id: &str, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let today = visitor.today();
    let call = call::find(db, business, id).await?.ok_or(No::NotFound)?;
    let rules = Rules::of(&visitor.app, db, &visitor.business).await?;
    let standing = Standing::of(visitor, &rules, call).await?;
    let (call, debtor) = (&standing.call, &standing.debtor);
    let names = visitor.names().await?;
    let of_debtor = CommitmentQuery { debtor: debtor.id.to_string(), ..CommitmentQuery::default() };
    let commitments = console::commitments(db, business, &of_debtor, today, 0, AGREEMENTS).await?;
    let good = invoice::good_record(db, business, &debtor.id).await?;
    let owed: Vec<&Position> = standing.positions.iter().filter(|p| p.owed_minor() > 0).collect();
    // The terms are written in the business's own currency.
    let largest = owed.iter().map(|p| p.owed_minor()).max();
    let latest_on =
        largest.map(|minor| plus_days(today, visitor.business.policy.terms_for(minor, good).latest_promise_days));
    let v = CallView {
        frame: visitor.frame().await?,
        today,
        row: standing.row(visitor),
        recorded: call.outcome.map(|outcome| {
            format!("{}. Recorded by {}, {}", outcome.words(), names.who(&call.actor), visitor.at(call.at_ms))
        }),
        closed: !call.waits() && call.outcome.is_none(),
        said: if call.outcome.is_some() { call.said.clone() } else { String::new() },
        greeting: format!(
            "“Hello, this is {} of {}. May I speak with {}?”",
            visitor.user(),
            visitor.business.name,
            debtor.name
        ),
        identity: identity(visitor.business.identity_question, debtor, &standing.positions),
        to_others: "“It is a private matter, and nothing to worry about. When is a good time to call again?”"
            .to_owned(),
        script: script(visitor, &standing).await?,
        language: Language::of(&debtor.language).code().to_owned(),
        balances: standing
            .positions
            .iter()
            .filter(|p| p.left_minor > 0)
            .map(|p| {
                let money = |minor| Money::new(minor, p.currency);
                CallBalance {
                    left: money(p.left_minor),
                    asked: money(p.owed_minor()),
                    overdue: money(p.overdue_minor(today)),
                }
            })
            .collect(),
        invoices: standing.positions.iter().flat_map(|p| &p.open).cloned().map(|s| invoice_row(s, today)).collect(),
        replaces: commitments.iter().any(|line| line.state.is_running()),
        commitments: commitments.into_iter().map(|line| show::commitment(visitor, line)).collect(),
        disputes: dispute::list_of_debtor(db, business, &debtor.id)
            .await?
            .iter()
            .map(|one| show::dispute_row(visitor, disputes::line(one, &debtor.name)))
            .collect(),
        contacts: contact::list(db, business, &debtor.id, CONTACTS)
            .await?
            .into_iter()
            .filter(|c| c.id != call.id)
            .map(|c| contact_row(visitor, &names, c))
            .collect(),
        currencies: owed.iter().map(|p| p.currency).collect(),
        latest_on,
        form,
    };
    let (title, form) = (format!("Call {}", v.row.who), v.form.clone());
    Ok(send(&title, Some(&form), || call_page(v)))
}

/// What to say: the words of the call, in the business's own where it has some, with what is overdue as of now.
async fn script(visitor: &Visitor, standing: &Standing) -> Result<Vec<Said>, crate::store::Error> {
    let texts = Texts(template::in_force(&visitor.app.db, &visitor.business.id).await?);
    let today = visitor.today();
    let late = standing.positions.iter().filter(|p| p.overdue_minor(today) > 0);
    let mut values = Values {
        business: visitor.business.name.clone(),
        phone: visitor.business.phone.clone(),
        name: standing.debtor.name.clone(),
        by_card: visitor.app.gateway.is_some(),
        ..Values::default()
    };
    for p in late {
        let money = |minor| Money::new(minor, p.currency);
        let open = p.open.iter().filter(|s| s.invoice.due_on < today && s.left_minor > s.disputed_minor);
        values.items.extend(open.map(|s| Item {
            number: s.invoice.number.clone(),
            due_on: s.invoice.due_on,
            left: money(s.left_minor - s.disputed_minor),
        }));
        values.totals.push(money(p.overdue_minor(today)));
        values.ahead.extend((p.on_account_minor > 0).then(|| money(p.on_account_minor)));
        values.some_disputed |= p.disputed_minor > 0;
    }
    let language = Language::of(&standing.debtor.language);
    let written = templates::reminder(&texts, &standing.call.step, Channel::Call, language, &values);
    Ok(written.blocks.into_iter().filter_map(said).collect())
}

fn said(block: Block) -> Option<Said> {
    match block {
        Block::Words(words) | Block::Quote(words) => Some(Said::Words(words)),
        Block::List(lines) => Some(Said::List(lines)),
        // Nobody reads out a link or a code.
        Block::Link { .. } | Block::Code(_) => None,
    }
}

/// How to know that it is them: the same question that their link asks.
fn identity(question: IdentityQuestion, debtor: &Debtor, positions: &[Position]) -> Identity {
    let numbers: Vec<&str> =
        positions.iter().flat_map(|p| &p.open).map(|s| s.invoice.number.as_str()).take(5).collect();
    let born = debtor.born_on.map(show_day).unwrap_or_default();
    let postcode = || ("“Could you tell me your postcode, please?”", debtor.postcode.clone());
    let (ask, answer) = match question {
        IdentityQuestion::BirthDate if !born.is_empty() => ("“Could you tell me your date of birth, please?”", born),
        IdentityQuestion::InvoiceNumber if !numbers.is_empty() => {
            ("“Could you read me the number of our last letter or bill, please?”", numbers.join(", "))
        }
        _ => postcode(),
    };
    Identity { ask: ask.to_owned(), answer }
}

/// Records how a call went.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn record(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let went = match Outcome::parse(typed.value("outcome")) {
        None => {
            typed.wrong("said", "Choose how it went");
            None
        }
        Some(Outcome::Promised) => promised(&mut typed, visitor.business.currency),
        Some(outcome) => Some(Went::So(outcome)),
    };
    let Some(went) = went else { return page(&visitor, &id, typed).await };
    let field = if matches!(went, Went::So(_)) { "said" } else { "promise_said" };
    let said = typed.value(field).to_owned();
    let done = record_call_outcome(&visitor.app, &visitor.business.id, &id, &went, &said, &visitor.actor).await;
    let refusal = match refused(done)? {
        Ok(Recorded::Contact) => return Ok(see_other("/console/calls?done=call")),
        Ok(Recorded::Agreed(c)) => return Ok(see_other(&format!("/console/commitments/{c}?done=call_agreed"))),
        Ok(Recorded::ForDecision(c)) => return Ok(see_other(&format!("/console/commitments/{c}?done=call_proposed"))),
        Err(Refusal::Again) => return Ok(see_other(&format!("/console/calls/{id}?done=call_again"))),
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::TooLong => typed.wrong(field, "Write at most 4,000 characters"),
        Refusal::Promise(NotProposed::Promise(error)) => {
            let field = match error {
                PromiseError::AmountNotPositive | PromiseError::MoreThanOwed => "amount",
                PromiseError::InPast | PromiseError::TooFar => "by_on",
            };
            typed.wrong(field, error.words());
        }
        _ => typed.wrong("said", "Nothing is owed any more that could be promised: record that you spoke"),
    }
    page(&visitor, &id, typed).await
}

fn promised(typed: &mut Form, usual: Currency) -> Option<Went> {
    let currency = Currency::parse(typed.value("currency")).unwrap_or(usual);
    let amount = parse_amount(typed.value("amount"), currency);
    if let Err(error) = &amount {
        typed.wrong("amount", error.to_string());
    }
    let by = parse_typed(typed.value("by_on"));
    if by.is_none() {
        typed.wrong("by_on", "Enter the day that they named, like 30 6 2026");
    }
    Some(Went::Promised { currency, amount_minor: amount.ok()?, by: by? })
}
