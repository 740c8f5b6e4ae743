//! The hand-over pack: everything that is on record about one account, as one accessible PDF for a solicitor or an agency. It
//! says first what must not be asked for.

use super::debtors::{contact_words, hold_words, movement_words, state_words};
use super::{Answer, Visitor, show};
use crate::acts::hand_over;
use crate::acts::position::{self, Position};
use crate::door::No;
use crate::letter as paper;
use crate::store::commitment::{self, Commitment};
use crate::store::contact::{self, Contact};
use crate::store::debtor::{self, Debtor};
use crate::store::dispute::{self, Dispute};
use crate::store::{event, hold, invoice, ledger};
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse as _;
use kept_console::parts::{dispute_words, kind_words, state_words as commitment_state};
use kept_domain::calendar::show as show_day;
use kept_domain::call::Outcome;
use kept_domain::ids::DebtorId;
use kept_domain::money::Money;
use kept_letter::{Document, Language, Paper, Part, Recipient, Sender, Table};

/// Contacts, movements and events that are in a pack at most; the newest are.
const ROWS_MAX: u32 = 2_000;

/// Answers the pack of one debtor.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn pack(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let id: DebtorId = id.into();
    let document = document(&visitor, &id).await?;
    let rendered = paper::set_document(document).await.map_err(|error| No::Failed(error.to_string()))?;
    hand_over::record_pack(&visitor.app, &visitor.business.id, &id, &rendered, &visitor.actor).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hand-over.pdf\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, rendered.pdf).into_response())
}

async fn document(visitor: &Visitor, id: &DebtorId) -> Result<Document, No> {
    let (db, business, home) = (&visitor.app.db, &visitor.business.id, &visitor.business);
    let debtor = debtor::find(db, business, id).await?.ok_or(No::NotFound)?;
    let names = visitor.names().await?;
    let positions = position::load(db, business, id).await?;
    let mut commitments = commitment::list_of_debtor(db, business, id).await?;
    commitments.reverse();
    let mut disputes = dispute::list_of_debtor(db, business, id).await?;
    disputes.sort_by_key(|d| d.raised_at_ms);
    let mut contacts = contact::list(db, business, id, ROWS_MAX).await?;
    contacts.reverse();
    let mut parts = vec![Part::Words(format!(
        "This is what {} has on record about this account. Whoever takes it over is asked to treat this customer as we did: \
         to ask first whether something is wrong, never to threaten, and to tell nobody else.",
        home.name
    ))];
    parts.extend(owed(&positions));
    parts.extend(not_to_ask(visitor, id, &positions, &commitments, &disputes).await?);
    parts.extend(invoices(visitor, id).await?);
    parts.extend(movements(visitor, &names, id).await?);
    parts.extend(agreements(visitor, &names, &commitments));
    parts.extend(raised(visitor, &names, &disputes));
    parts.extend(said(visitor, &names, contacts));
    parts.extend(timeline(visitor, &names, id).await?);
    let today = show_day(visitor.today());
    Ok(Document {
        language: Language::English,
        paper: Paper::of_country(&debtor.country),
        title: format!("Account of {}", debtor.name),
        from: Sender {
            name: home.name.clone(),
            address: lines(&home.address),
            phone: home.phone.clone(),
            email: home.email.clone(),
        },
        facts: vec![
            ("Reference".to_owned(), debtor.reference.clone()),
            ("As of".to_owned(), today),
            ("E-mail".to_owned(), debtor.email.clone()),
            ("Telephone".to_owned(), debtor.phone.clone()),
        ],
        reference: debtor.reference.clone(),
        to: recipient(debtor),
        parts,
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn recipient(debtor: Debtor) -> Recipient {
    let mut address = lines(&debtor.address);
    if !debtor.address.contains(&debtor.postcode) {
        address.push(debtor.postcode);
    }
    Recipient { name: debtor.name, address, country: debtor.country }
}

fn heading(text: &str) -> Part {
    Part::Heading(text.to_owned())
}

/// A table under its heading; nothing where it has no row.
fn table(title: &str, heads: &[(&str, bool)], wide: usize, rows: Vec<Vec<String>>) -> Vec<Part> {
    if rows.is_empty() {
        return Vec::new();
    }
    let heads = heads.iter().map(|(head, figure)| ((*head).to_owned(), *figure)).collect();
    vec![heading(title), Part::Table(Table { heads, wide, rows })]
}

fn owed(positions: &[Position]) -> Vec<Part> {
    let rows = positions.iter().map(|p| {
        let money = |minor| Money::new(minor, p.currency).show();
        vec![
            p.currency.code().to_owned(),
            money(p.left_minor),
            money(p.disputed_minor),
            money(p.on_account_minor),
            money(p.owed_minor()),
        ]
    });
    let heads =
        [("Currency", false), ("Left", true), ("In dispute", true), ("Paid ahead", true), ("May be asked for", true)];
    let parts = table("What is owed", &heads, 0, rows.collect());
    if parts.is_empty() { vec![heading("What is owed"), Part::Words("Nothing.".to_owned())] } else { parts }
}

async fn not_to_ask(
    visitor: &Visitor,
    id: &DebtorId,
    positions: &[Position],
    commitments: &[Commitment],
    disputes: &[Dispute],
) -> Result<Vec<Part>, No> {
    let today = visitor.today();
    let mut reasons = Vec::new();
    for p in positions.iter().filter(|p| p.disputed_minor > 0) {
        reasons.push(format!("{} is in dispute.", Money::new(p.disputed_minor, p.currency).show()));
    }
    for c in commitments.iter().filter(|c| c.state.is_open()) {
        let total = Money::new(c.total_minor, c.currency).show();
        let state = commitment_state(c.state).to_lowercase();
        reasons.push(format!("{} about {total}: {state}.", kind_words(c.kind)));
    }
    for d in disputes.iter().filter(|d| d.state.is_open()) {
        reasons.push(format!("{}, raised {}, has not ended.", dispute_words(d.kind), visitor.at(d.raised_at_ms)));
    }
    for h in hold::list(&visitor.app.db, &visitor.business.id, id).await? {
        if h.ended_at_ms.is_none() && h.until_on.is_none_or(|on| on >= today) {
            let until = h.until_on.map_or_else(String::new, |on| format!(", until {}", show_day(on)));
            reasons.push(format!("{}{until}.", hold_words(&h.reason)));
        }
    }
    let words = match reasons.as_slice() {
        [] => Part::Words("Nothing stands in the way on our record.".to_owned()),
        _ => Part::List(reasons),
    };
    Ok(vec![heading("What stands in the way of asking for it"), words])
}

async fn invoices(visitor: &Visitor, id: &DebtorId) -> Result<Vec<Part>, No> {
    let all = invoice::list_all(&visitor.app.db, &visitor.business.id, id).await?;
    let row = |s: invoice::Standing| {
        let money = |minor| Money::new(minor, s.invoice.currency).show();
        vec![
            s.invoice.number,
            s.invoice.description,
            show_day(s.invoice.issued_on),
            show_day(s.invoice.due_on),
            money(s.invoice.amount_minor),
            money(s.left_minor),
            money(s.disputed_minor),
        ]
    };
    let heads = [
        ("Invoice", false),
        ("For", false),
        ("Issued", false),
        ("Due", false),
        ("Amount", true),
        ("Left", true),
        ("In dispute", true),
    ];
    Ok(table("Invoices", &heads, 1, all.into_iter().map(row).collect()))
}

async fn movements(visitor: &Visitor, names: &show::Names, id: &DebtorId) -> Result<Vec<Part>, No> {
    let mut all = ledger::list_movements(&visitor.app.db, &visitor.business.id, id, ROWS_MAX).await?;
    all.reverse();
    let rows = all.into_iter().map(|m| {
        let what = movement_words(m.kind, &m.method);
        let what = if m.note.is_empty() { what } else { format!("{what}: {}", m.note) };
        vec![show_day(m.moved_on), what, names.who(&m.actor), Money::new(m.amount_minor, m.currency).show()]
    });
    let heads = [("Date", false), ("What", false), ("Recorded by", false), ("Amount", true)];
    Ok(table("Payments and credits", &heads, 1, rows.collect()))
}

fn agreements(visitor: &Visitor, names: &show::Names, commitments: &[Commitment]) -> Vec<Part> {
    let mut parts = Vec::new();
    for c in commitments {
        let total = Money::new(c.total_minor, c.currency).show();
        let state = commitment_state(c.state).to_lowercase();
        let mut about = format!(
            "{} about {total}: {state}. Proposed by {}, {}.",
            kind_words(c.kind),
            names.who(&c.proposed_by),
            visitor.at(c.proposed_at_ms)
        );
        if let (Some(by), Some(at_ms)) = (&c.decided_by, c.decided_at_ms) {
            about += &format!(" Decided by {}, {}.", names.who(by), visitor.at(at_ms));
        }
        if !c.reason.is_empty() {
            about += &format!(" Reason: {}.", show::plain(&c.reason));
        }
        if !c.button.is_empty() {
            about += &format!(" Button that was pressed: “{}”.", c.button);
        }
        if !c.identity.is_empty() {
            about += &format!(" Identity was checked by: {}.", c.identity);
        }
        about += &format!("\nSHA-256 of the words: {}", c.words_sha256);
        parts.extend([Part::Words(about), Part::Quote(c.words.clone())]);
    }
    under("Agreements and proposals, in the exact words that were shown", parts)
}

fn raised(visitor: &Visitor, names: &show::Names, disputes: &[Dispute]) -> Vec<Part> {
    let mut parts = Vec::new();
    for d in disputes {
        let mut about = format!(
            "{}: {}. Raised by {}, {}.",
            dispute_words(d.kind),
            show::plain(d.state.code()).to_lowercase(),
            names.who(&d.raised_by),
            visitor.at(d.raised_at_ms)
        );
        if d.kind == kept_domain::dispute::Kind::Dispute {
            about += &format!(" Why: {}.", d.reason.words());
        }
        if d.amount_minor > 0 {
            about += &format!(" It is about {}.", Money::new(d.amount_minor, d.currency).show());
        }
        if d.credited_minor > 0 {
            about += &format!(" {} was taken off.", Money::new(d.credited_minor, d.currency).show());
        }
        parts.push(Part::Words(about));
        if !d.words.is_empty() {
            parts.push(Part::Quote(d.words.clone()));
        }
        if !d.answer.is_empty() {
            parts.extend([Part::Words("Our answer:".to_owned()), Part::Quote(d.answer.clone())]);
        }
    }
    under("What was disputed or claimed", parts)
}

fn said(visitor: &Visitor, names: &show::Names, contacts: Vec<Contact>) -> Vec<Part> {
    let mut rows = Vec::new();
    let mut words = Vec::new();
    for c in contacts {
        let (at, what) = (visitor.at(c.at_ms), contact_words(&c.channel, &c.direction, &c.purpose));
        let state = match Outcome::parse(&c.outcome) {
            Some(outcome) => outcome.words().to_owned(),
            None => state_words(&c.state, &c.reason),
        };
        // A code or a link in it was made unreadable before it was stored.
        if !c.body.is_empty() {
            let subject = if c.subject.is_empty() { String::new() } else { format!(", “{}”", c.subject) };
            words.extend([Part::Words(format!("{at}, {}{subject}:", what.to_lowercase())), Part::Quote(c.body)]);
        }
        rows.push(vec![at, what, state, names.who(&c.actor)]);
    }
    let heads = [("When", false), ("What", false), ("State", false), ("By", false)];
    let mut parts = table("Messages, calls and letters, made and held back", &heads, 2, rows);
    parts.extend(under("Their words", words));
    parts
}

async fn timeline(visitor: &Visitor, names: &show::Names, id: &DebtorId) -> Result<Vec<Part>, No> {
    let mut events = event::list(&visitor.app.db, &visitor.business.id, id, ROWS_MAX).await?;
    events.reverse();
    let rows = events.into_iter().map(|e| {
        let row = show::event(visitor, names, e);
        vec![row.at, row.who, row.what]
    });
    let heads = [("When", false), ("Who", false), ("What", false)];
    Ok(table("Who did what", &heads, 2, rows.collect()))
}

/// Parts under a heading; nothing where there are none.
fn under(title: &str, parts: Vec<Part>) -> Vec<Part> {
    if parts.is_empty() { parts } else { std::iter::once(heading(title)).chain(parts).collect() }
}
