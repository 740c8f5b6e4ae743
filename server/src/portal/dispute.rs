//! `/account/dispute`, `/account/already-paid`, `/account/hardship` and the page on which each can be followed.

use super::account::{dispute_line, invoice_line};
use super::{InUrl, Sent, Visitor, currency, home, paused_until, shown};
use crate::acts::raise_dispute::{self, Raise};
use crate::acts::{Failure, position, withdraw};
use crate::app::App;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::store::{debtor, dispute, invoice};
use crate::style::PORTAL_CSS;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kept_api::portal::{self as view, DisputeForm};
use kept_domain::calendar::parse_typed;
use kept_domain::dispute::{DisputeError, FILE_BYTES_MAX, Kind, Reason, Scope};
use kept_domain::ids::{DisputeId, InvoiceId};
use kept_domain::money::{Money, parse_amount};
use kept_portal::account::kind_words;
use kept_portal::already_paid::AlreadyPaidPage;
use kept_portal::dispute::{DisputePage, DisputeStatePage, NothingOpenPage};
use kept_portal::hardship::HardshipPage;
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;

/// The currency that a link names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    currency: String,
}

/// `GET /account/dispute`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(asked): InUrl<Asked>) -> Answer {
    let form = DisputeForm { currency: asked.currency, ..DisputeForm::default() };
    form_page(&app, &visitor, Kind::Dispute, form, Problems::default()).await
}

/// `GET /account/already-paid`.
pub async fn show_claim(State(app): State<App>, visitor: Visitor, InUrl(asked): InUrl<Asked>) -> Answer {
    let form = DisputeForm { currency: asked.currency, scope: "everything".to_owned(), ..DisputeForm::default() };
    form_page(&app, &visitor, Kind::Claim, form, Problems::default()).await
}

/// `GET /account/hardship`.
pub async fn show_hardship(State(app): State<App>, visitor: Visitor, InUrl(asked): InUrl<Asked>) -> Answer {
    let form = DisputeForm { currency: asked.currency, ..DisputeForm::default() };
    form_page(&app, &visitor, Kind::Hardship, form, Problems::default()).await
}

/// `POST /account/dispute`.
pub async fn raise(State(app): State<App>, visitor: Visitor, sent: Multipart) -> Answer {
    let (form, file) = read_parts(sent).await?;
    submit(&app, &visitor, Kind::Dispute, form, file).await
}

/// `POST /account/already-paid`.
pub async fn raise_claim(State(app): State<App>, visitor: Visitor, sent: Multipart) -> Answer {
    let (form, file) = read_parts(sent).await?;
    submit(&app, &visitor, Kind::Claim, form, file).await
}

/// What the hardship form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Hardship {
    currency: String,
    words: String,
}

/// `POST /account/hardship`.
pub async fn raise_hardship(State(app): State<App>, visitor: Visitor, Sent(sent): Sent<Hardship>) -> Answer {
    let form = DisputeForm { currency: sent.currency, words: sent.words, ..DisputeForm::default() };
    submit(&app, &visitor, Kind::Hardship, form, None).await
}

type ProofFile = Option<(String, Vec<u8>)>;

async fn submit(app: &App, visitor: &Visitor, kind: Kind, form: DisputeForm, file: ProofFile) -> Answer {
    let raise = match read(app, visitor, kind, &form).await? {
        Ok(raise) => Raise { file, ..raise },
        Err(problems) => return form_page(app, visitor, kind, form, problems).await,
    };
    match raise_dispute::raise(app, &visitor.session, raise, &visitor.address).await {
        Ok(id) => Ok(see_other(&format!("/account/disputes/{id}"))),
        Err(Failure::Refused(refusal)) => {
            let (field, words) = refusal.words();
            let field = match refusal {
                raise_dispute::Refusal::Scope(DisputeError::AmountNotPositive | DisputeError::MoreThanOpen) => "amount",
                raise_dispute::Refusal::Scope(DisputeError::NoInvoice | DisputeError::UnknownInvoice) => "invoices",
                _ => field,
            };
            form_page(app, visitor, kind, form, Problems::one(field, words)).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Reads what was typed; whatever cannot be read is named.
async fn read(app: &App, visitor: &Visitor, kind: Kind, form: &DisputeForm) -> Result<Result<Raise, Problems>, No> {
    let mut problems = Problems::default();
    let currency = match currency(app, &visitor.session, &form.currency).await? {
        Some(currency) => currency,
        None => home(&app.db, &visitor.session).await?.currency,
    };
    let reason = match (kind, Reason::parse(&form.reason)) {
        (Kind::Dispute, None) => {
            problems.add("reason", "Choose what is wrong");
            Reason::Other
        }
        (Kind::Dispute, Some(reason)) => reason,
        _ => Reason::Other,
    };
    let paid_on = parse_typed(&form.paid_on);
    if kind == Kind::Claim && paid_on.is_none() {
        problems.add("paid_on", "Enter the date on which you paid, like 30 June 2026");
    }
    if kind == Kind::Claim && form.paid_by.trim().is_empty() {
        problems.add("paid_by", "Choose how you paid");
    }
    let scope = match form.scope.as_str() {
        _ if kind == Kind::Hardship => Scope::Everything,
        "everything" => Scope::Everything,
        "invoices" => Scope::Invoices(form.invoices.iter().map(|id| InvoiceId::from(id.as_str())).collect()),
        "amount" => match parse_amount(&form.amount, currency) {
            Ok(minor) => Scope::Amount(minor),
            Err(error) => {
                problems.add("amount", error.to_string());
                Scope::Everything
            }
        },
        _ => {
            problems.add("scope", "Choose how much it is about");
            Scope::Everything
        }
    };
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let (words, paid_by) = (form.words.clone(), form.paid_by.clone());
    Ok(Ok(Raise { kind, reason, scope, currency, words, paid_on, paid_by, file: None }))
}

fn unread(error: MultipartError) -> No {
    No::unread(error.status())
}

/// Reads the parts of a form with a file. Of a file that is too large only so much is kept that it is seen to be.
async fn read_parts(mut sent: Multipart) -> Result<(DisputeForm, ProofFile), No> {
    let mut form = DisputeForm::default();
    let mut file = None;
    while let Some(mut part) = sent.next_field().await.map_err(unread)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(unread)? {
                if bytes.len() <= FILE_BYTES_MAX {
                    bytes.extend_from_slice(&chunk);
                }
            }
            // A browser sends an empty part where no file was chosen.
            if !file_name.is_empty() || !bytes.is_empty() {
                file = Some((file_name, bytes));
            }
            continue;
        }
        let text = part.text().await.map_err(unread)?;
        match name.as_str() {
            "currency" => form.currency = text,
            "reason" => form.reason = text,
            "scope" => form.scope = text,
            "invoices" => form.invoices.push(text),
            "amount" => form.amount = text,
            "words" => form.words = text.replace("\r\n", "\n"),
            "paid_on" => form.paid_on = text,
            "paid_by" => form.paid_by = text,
            _ => {}
        }
    }
    Ok((form, file))
}

async fn form_page(app: &App, visitor: &Visitor, kind: Kind, mut form: DisputeForm, problems: Problems) -> Answer {
    let s = &visitor.session;
    let home = home(&app.db, s).await?;
    let today = app.clock.today(&home.zone);
    let currency = currency(app, s, &form.currency).await?.unwrap_or(home.currency);
    let position = position::load_in(&app.db, &s.business, &s.debtor, currency).await?;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let balance_minor = position.as_ref().map_or(0, position::Position::owed_minor);
    let open = position.iter().flat_map(|p| &p.open).filter(|i| i.left_minor > i.disputed_minor);
    let invoices: Vec<view::InvoiceLine> = open.map(|i| invoice_line(i, today)).collect();
    let business = shown(&home);
    if kind != Kind::Hardship && invoices.is_empty() {
        let title = "There is nothing open to tell us about";
        return Ok(Document::new(title, &PORTAL_CSS).send(|| view! { <NothingOpenPage business/> }));
    }
    let good_record = invoice::good_record(&app.db, &s.business, &s.debtor).await?;
    let terms = home.policy.terms_for(balance_minor, good_record);
    form.currency = currency.to_string();
    let open = view::Open {
        business,
        currency,
        invoices,
        today,
        country: debtor.country,
        balance_minor,
        min_instalment_minor: terms.min_instalment_minor,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title(kind_words(kind));
    let document = Document::new(&title, &PORTAL_CSS).status(status);
    Ok(match kind {
        Kind::Dispute => document.send(|| view! { <DisputePage open form problems/> }),
        Kind::Claim => document.send(|| view! { <AlreadyPaidPage open form problems/> }),
        Kind::Hardship => document.send(|| view! { <HardshipPage open words=form.words problems/> }),
    })
}

/// `GET /account/disputes/{id}`.
pub async fn follow(State(app): State<App>, visitor: Visitor, Path(id): Path<DisputeId>) -> Answer {
    follow_page(&app, &visitor, &id).await
}

async fn follow_page(app: &App, visitor: &Visitor, id: &DisputeId) -> Result<Response, No> {
    let s = &visitor.session;
    let found = dispute::find(&app.db, &s.business, id).await?;
    let d = found.filter(|d| d.debtor == s.debtor).ok_or(No::NotFound)?;
    let home = home(&app.db, s).await?;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let items = dispute::items(&app.db, &s.business, id).await?;
    let files = dispute::files(&app.db, &s.business, id).await?;
    let money = |minor| Money::new(minor, d.currency);
    let dispute = view::Dispute {
        business: shown(&home),
        line: dispute_line(&d, &home.zone),
        reason: d.reason,
        items: items.into_iter().map(|(_, number, minor)| (number, money(minor))).collect(),
        credited: (d.credited_minor > 0).then(|| money(d.credited_minor)),
        words: d.words,
        paid_on: d.paid_on,
        paid_by: d.paid_by,
        files: files.into_iter().map(|f| f.name).collect(),
        answer: d.answer,
        paused_until: paused_until(&app.db, s, app.clock.today(&home.zone)).await?,
    };
    let country = debtor.country;
    Ok(Document::new(kind_words(d.kind), &PORTAL_CSS).send(|| view! { <DisputeStatePage dispute country/> }))
}

/// Which button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    act: String,
}

/// `POST /account/disputes/{id}`: takes it back.
pub async fn withdraw(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<DisputeId>,
    Sent(pressed): Sent<Pressed>,
) -> Answer {
    if pressed.act != "withdraw" {
        return Err(No::Unreadable);
    }
    match withdraw::dispute(&app, &visitor.session, &id, &visitor.address).await {
        Ok(()) | Err(Failure::Refused(_)) => Ok(see_other(&format!("/account/disputes/{id}"))),
        Err(other) => Err(other.into()),
    }
}
