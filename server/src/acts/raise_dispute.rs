//! Raising a dispute, a claim of payment or a hardship. Only the disputed part is held.

use super::notify::{self, Message};
use super::position;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::dispute::{self, Dispute, File};
use crate::store::hold::{self, Hold};
use crate::store::session::Session;
use crate::store::{Error, Tx, business, debtor};
use base64::Engine as _;
use chrono::NaiveDate;
use kept_domain::calendar::plus_days;
use kept_domain::dispute::{
    self as rules, ANSWER_DAYS, DisputeError, FILE_BYTES_MAX, HARDSHIP_HOLD_DAYS, Kind, Reason, Scope, State,
    WORDS_CHARS_MAX,
};
use kept_domain::ids::DisputeId;
use kept_domain::money::{Currency, Money};

/// What somebody raises.
#[derive(Clone, Debug)]
pub struct Raise {
    /// What it is.
    pub kind: Kind,
    /// Why, for disputes.
    pub reason: Reason,
    /// How much of the debt it is about.
    pub scope: Scope,
    /// In which currency.
    pub currency: Currency,
    /// In their words.
    pub words: String,
    /// When it was paid, for claims.
    pub paid_on: Option<NaiveDate>,
    /// How it was paid, for claims.
    pub paid_by: String,
    /// A file of proof: its name and bytes.
    pub file: Option<(String, Vec<u8>)>,
}

/// Why it was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What it is about cannot be.
    Scope(DisputeError),
    /// Words are needed for this reason.
    WordsMissing,
    /// More words than fit.
    WordsTooLong,
    /// A claim says when it was paid.
    PaidOnMissing,
    /// It cannot have been paid on a day to come.
    PaidInFuture,
    /// A claim says how it was paid.
    PaidByMissing,
    /// The file is larger than 10 MB.
    FileTooLarge,
    /// The file is empty.
    FileEmpty,
    /// The file is neither a PDF nor a picture, whatever its name says.
    FileType,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Scope(e) => ("scope", e.words()),
            Self::WordsMissing => ("words", "Tell us in a few words what is wrong"),
            Self::WordsTooLong => ("words", "Use at most 4,000 characters"),
            Self::PaidOnMissing => ("paid_on", "Enter the date on which you paid"),
            Self::PaidInFuture => ("paid_on", "Enter a date that is today or earlier"),
            Self::PaidByMissing => ("paid_by", "Choose how you paid"),
            Self::FileTooLarge => ("file", "Choose a file of at most 10 MB"),
            Self::FileEmpty => ("file", "The file is empty. Choose another one"),
            Self::FileType => ("file", "Choose a PDF or a picture (JPEG, PNG, WebP, HEIC or GIF)"),
        }
    }
}

/// The types of proof that are taken, told by content.
const TYPES: [&str; 6] = ["application/pdf", "image/jpeg", "image/png", "image/webp", "image/heif", "image/gif"];

/// Raises it; answers its id.
pub async fn raise(app: &App, session: &Session, raise: Raise, address: &str) -> Result<DisputeId, Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let words = raise.words.trim().to_owned();
    if words.chars().count() > WORDS_CHARS_MAX {
        return no(Refusal::WordsTooLong);
    }
    let needs_words = matches!(raise.reason, Reason::Other | Reason::WrongAmount | Reason::Quality);
    if raise.kind == Kind::Dispute && needs_words && words.is_empty() {
        return no(Refusal::WordsMissing);
    }
    let file = match &raise.file {
        None => None,
        Some((_, bytes)) if bytes.is_empty() => return no(Refusal::FileEmpty),
        Some((_, bytes)) if bytes.len() > FILE_BYTES_MAX => return no(Refusal::FileTooLarge),
        Some((name, bytes)) => match infer::get(bytes).map(|t| t.mime_type()).filter(|t| TYPES.contains(t)) {
            None => return no(Refusal::FileType),
            Some(content_type) => Some((name, bytes, content_type)),
        },
    };
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let debtor = debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let home = business::find(&tx, &session.business).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&home.zone);
    if raise.kind == Kind::Claim {
        match raise.paid_on {
            None => return no(Refusal::PaidOnMissing),
            Some(on) if on > today => return no(Refusal::PaidInFuture),
            Some(_) if raise.paid_by.trim().is_empty() => return no(Refusal::PaidByMissing),
            Some(_) => {}
        }
    }
    if let Some(known) = sent_twice(&tx, session, &raise, &words, now_ms).await? {
        return Ok(known);
    }
    let held = if raise.kind == Kind::Hardship {
        Vec::new()
    } else {
        let position = position::load_in(&tx, &session.business, &session.debtor, raise.currency).await?;
        let open = position.map(|p| p.for_dispute()).unwrap_or_default();
        match rules::held(&raise.scope, &open) {
            Ok(held) => held,
            Err(e) => return no(Refusal::Scope(e)),
        }
    };
    let amount_minor: i64 = held.iter().map(|(_, minor)| minor).sum();
    let id: DisputeId = secret::new_id();
    let row = Dispute {
        id: id.clone(),
        debtor: session.debtor.clone(),
        kind: raise.kind,
        state: State::Open,
        reason: if raise.kind == Kind::Claim { Reason::AlreadyPaid } else { raise.reason },
        scope: scope_code(&raise).to_owned(),
        currency: raise.currency,
        amount_minor,
        words,
        paid_on: raise.paid_on.filter(|_| raise.kind == Kind::Claim),
        paid_by: raise.paid_by.trim().chars().take(100).collect(),
        raised_by: "debtor".to_owned(),
        raised_at_ms: now_ms,
        answer_by_on: plus_days(today, ANSWER_DAYS),
        answer: String::new(),
        credited_minor: 0,
        resolved_by: None,
        resolved_at_ms: None,
    };
    dispute::insert(&tx, &session.business, &row, &held).await?;
    if let Some((name, bytes, content_type)) = file {
        let row = File {
            id: secret::new_id(),
            name: file_name(name),
            content_type: content_type.to_owned(),
            size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            sha256: secret::sha256(bytes),
        };
        let content = base64::engine::general_purpose::STANDARD.encode(bytes);
        dispute::insert_file(&tx, &session.business, &session.debtor, &id, &row, &content).await?;
    }
    if raise.kind == Kind::Hardship {
        let row = Hold {
            id: secret::new_id(),
            debtor: session.debtor.clone(),
            reason: "hardship".to_owned(),
            note: String::new(),
            from_on: today,
            until_on: Some(plus_days(today, HARDSHIP_HOLD_DAYS)),
            actor: "debtor".to_owned(),
            created_at_ms: now_ms,
            ended_at_ms: None,
            about: String::new(),
        };
        hold::insert(&tx, &session.business, &row).await?;
    }
    let kind = format!("{}_raised", raise.kind.code());
    let detail = match raise.kind {
        Kind::Hardship => "Cannot afford it right now; reminders pause".to_owned(),
        _ => format!("{}: {}", row.reason.words(), Money::new(amount_minor, raise.currency).show()),
    };
    let happened = Happened { debtor: Some(&session.debtor), kind: &kind, subject: id.as_str(), detail };
    record(app, &tx, &session.business, &Actor::debtor(address), happened).await?;
    let message = Message::DisputeReceived { dispute_id: id.clone() };
    notify::tell(&tx, &session.business, &debtor, &message, now_ms).await?;
    tx.commit().await?;
    Ok(id)
}

fn scope_code(raise: &Raise) -> &'static str {
    match (raise.kind, &raise.scope) {
        (Kind::Hardship, _) => "",
        (_, Scope::Everything) => "everything",
        (_, Scope::Invoices(_)) => "invoices",
        (_, Scope::Amount(_)) => "amount",
    }
}

/// Milliseconds in which the same words about the same amount are the same form, sent twice.
const TWICE_MS: i64 = 5 * 60_000;

/// The one that the same form made just now, where it still waits: pressing twice must not hold twice as much.
async fn sent_twice(
    tx: &Tx,
    session: &Session,
    raise: &Raise,
    words: &str,
    now_ms: i64,
) -> Result<Option<DisputeId>, Error> {
    for d in dispute::list_of_debtor(tx, &session.business, &session.debtor).await? {
        let same = d.kind == raise.kind
            && d.state == State::Open
            && d.raised_by == "debtor"
            && d.raised_at_ms > now_ms - TWICE_MS
            && (d.kind != Kind::Dispute || d.reason == raise.reason)
            && (d.kind != Kind::Claim || d.paid_on == raise.paid_on)
            && d.currency == raise.currency
            && d.scope == scope_code(raise)
            && d.words == words;
        let as_much = match &raise.scope {
            _ if !same => false,
            Scope::Everything => true,
            Scope::Amount(minor) => d.amount_minor == *minor,
            Scope::Invoices(chosen) => {
                let items = dispute::items(tx, &session.business, &d.id).await?;
                !chosen.is_empty() && chosen.iter().all(|id| items.iter().any(|(item, _, _)| item == id))
            }
        };
        if as_much {
            return Ok(Some(d.id));
        }
    }
    Ok(None)
}

/// The last part of what a browser calls the file, without control characters and of bounded length.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if clean.trim().is_empty() { "file".to_owned() } else { clean }
}
