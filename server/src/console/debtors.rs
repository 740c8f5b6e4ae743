//! Debtors: the list, one of them with everything about it, and what a person records.

use super::{
    Answer, ROWS, Visitor, disputes, form, letters, outlook, page_of, query, refused, send, show, stuck, text,
};
use crate::acts::record_contact::{self, Channel};
use crate::acts::record_payment::{self, Arrived};
use crate::acts::{create_link, keep_card, pause_reminders, print_letter, reach, stop_contact};
use crate::app::App;
use crate::door::{No, see_other};
use crate::secret;
use crate::store::console::{self, CommitmentQuery};
use crate::store::contact::{self, Contact};
use crate::store::debtor::Debtor;
use crate::store::invoice::{self, Standing};
use crate::store::{address, debtor, dispute, event, hold, ledger, link, mandate};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use kept_api::console::{
    AddressRow, CardRow, ContactRow, DebtorRow, DebtorView, DebtorsView, Form, HoldRow, InvoiceRow, LinkRow, PaymentRow,
};
use kept_console::debtor::debtor_page;
use kept_console::debtors::debtors_page;
use kept_domain::calendar::{self, Ageing};
use kept_domain::call::Outcome;
use kept_domain::contact::Channel as Medium;
use kept_domain::ids::{DebtorId, LinkId};
use kept_domain::ledger::TransferKind;
use kept_domain::mandate::State as MandateState;
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::reminder::Reason;

/// Rows of one sort on a debtor's page at most.
const SHOWN: u32 = 200;
/// The cookie that carries a new link's token to the page that shows it once.
const NEW_LINK: &str = "kept-new-link";

/// Shows the list.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let values = query(&raw.unwrap_or_default());
    let search: String = text(&values, "search").trim().chars().take(200).collect();
    let (page, offset) = page_of(&values);
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let mut lines = console::debtors(db, business, &search, offset, ROWS + 1).await?;
    let more = lines.len() > ROWS as usize;
    lines.truncate(ROWS as usize);
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let balances = balances(&visitor, &line.id.clone().into()).await?;
        rows.push(DebtorRow { id: line.id, reference: line.reference, name: line.name, email: line.email, balances });
    }
    let v = DebtorsView { frame: visitor.frame().await?, search, rows, page, more };
    Ok(send("Customers", None, || debtors_page(v)))
}

async fn balances(visitor: &Visitor, id: &DebtorId) -> Result<Vec<Money>, crate::store::Error> {
    let all = ledger::balances(&visitor.app.db, &visitor.business.id, id).await?;
    Ok(all.into_iter().filter(|(_, minor)| *minor != 0).map(|(c, minor)| Money::new(minor, c)).collect())
}

/// Shows one of them; a link that was made just now is shown this once.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn show_one(visitor: Visitor, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let token = new_link(&headers).map(str::to_owned);
    let url = token.as_ref().map(|token| format!("{}/l/{token}", visitor.app.public_url()));
    let page = page(&visitor, &id.clone().into(), Form::default(), url).await?;
    Ok(match token {
        Some(_) => ([link_cookie(&visitor.app, &id, "", 0)], page).into_response(),
        None => page,
    })
}

fn new_link(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NEW_LINK).then_some(value))
        .filter(|t| t.len() == 24 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
}

/// Only the page of this debtor gets it, and only for a minute.
fn link_cookie(app: &App, debtor: &str, token: &str, max_age_s: u32) -> (HeaderName, String) {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let path = kept_console::parts::escape_query(debtor);
    let cookie = format!(
        "{NEW_LINK}={token}; Path=/console/debtors/{path}; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
    );
    (header::SET_COOKIE, cookie)
}

async fn page(visitor: &Visitor, id: &DebtorId, mut form: Form, new_link: Option<String>) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let today = visitor.today();
    let d = debtor::find(db, business, id).await?.ok_or(No::NotFound)?;
    let outlook = outlook::of(visitor, d.clone()).await?;
    let names = visitor.names().await?;
    let now_ms = visitor.app.clock.now_ms();
    let of_debtor = CommitmentQuery { debtor: id.to_string(), ..CommitmentQuery::default() };
    let mut address: Vec<String> = d.address.lines().map(str::to_owned).collect();
    address.extend([d.postcode.clone(), d.country.clone()]);
    address.retain(|line| !line.trim().is_empty());
    form.preset("paid_on", calendar::iso(today));
    let addresses = address_rows(visitor, &names, &d).await?;
    let v = DebtorView {
        frame: visitor.frame().await?,
        today,
        currency: visitor.business.currency,
        row: DebtorRow {
            id: id.to_string(),
            reference: d.reference,
            name: d.name.clone(),
            email: d.email,
            balances: balances(visitor, id).await?,
        },
        phone: d.phone,
        address,
        zone: d.zone,
        invoices: invoice::list_open(db, business, id).await?.into_iter().map(|s| invoice_row(s, today)).collect(),
        commitments: console::commitments(db, business, &of_debtor, today, 0, SHOWN)
            .await?
            .into_iter()
            .map(|line| show::commitment(visitor, line))
            .collect(),
        disputes: dispute::list_of_debtor(db, business, id)
            .await?
            .iter()
            .map(|one| show::dispute_row(visitor, disputes::line(one, &d.name)))
            .collect(),
        payments: ledger::list_movements(db, business, id, SHOWN)
            .await?
            .into_iter()
            .map(|m| PaymentRow {
                href: if m.kind == TransferKind::Payment {
                    format!("/console/debtors/{id}/payments/{}", m.id)
                } else {
                    String::new()
                },
                on: m.moved_on,
                what: movement_words(m.kind, &m.method),
                amount: Money::new(m.amount_minor, m.currency),
                note: m.note,
                actor: names.who(&m.actor),
            })
            .collect(),
        contacts: contact::list(db, business, id, SHOWN)
            .await?
            .into_iter()
            .map(|c| contact_row(visitor, &names, c))
            .collect(),
        next: outlook.next,
        record: outlook.record,
        holds: hold::list(db, business, id)
            .await?
            .into_iter()
            .map(|h| HoldRow {
                running: h.ended_at_ms.is_none() && h.until_on.is_none_or(|on| on >= today),
                id: h.id,
                reason: hold_words(&h.reason).to_owned(),
                note: h.note,
                from_on: h.from_on,
                until_on: h.until_on,
                actor: names.who(&h.actor),
            })
            .collect(),
        addresses,
        cards: mandate::list(db, business, id, SHOWN)
            .await?
            .into_iter()
            .map(|m| CardRow {
                id: m.id.to_string(),
                name: if m.last4.is_empty() { String::new() } else { format!("{} ending {}", m.brand, m.last4) },
                agreed_at: visitor.at(m.agreed_at_ms),
                words: m.words,
                state: card_words(m.state).to_owned(),
                works: m.state == MandateState::Active,
            })
            .collect(),
        links: link::list(db, business, id).await?.into_iter().map(|l| link_row(visitor, &l, now_ms)).collect(),
        timeline: event::list(db, business, id, SHOWN)
            .await?
            .into_iter()
            .map(|e| show::event(visitor, &names, e))
            .collect(),
        stuck: stuck::rows(visitor, id).await?,
        new_link,
        form,
        once: secret::new_id(),
    };
    let (title, form) = (v.row.name.clone(), v.form.clone());
    Ok(send(&title, Some(&form), || debtor_page(v)))
}

pub(super) fn hold_words(reason: &str) -> &'static str {
    match reason {
        "hardship" => "They cannot afford it now",
        "breathing_space" => "Breathing space",
        "chargeback" => "Their bank took a payment back",
        "refund" => "You gave a payment back",
        "stop" => "They asked not to be contacted",
        _ => "By hand",
    }
}

/// An open invoice's row.
pub(super) fn invoice_row(s: Standing, today: NaiveDate) -> InvoiceRow {
    let money = |minor| Money::new(minor, s.invoice.currency);
    InvoiceRow {
        issued_on: s.invoice.issued_on,
        due_on: s.invoice.due_on,
        amount: money(s.invoice.amount_minor),
        late: money(s.late_minor),
        left: money(s.left_minor),
        disputed: money(s.disputed_minor),
        age: Ageing::of(s.invoice.due_on, today),
        number: s.invoice.number,
        description: s.invoice.description,
    }
}

/// A contact's row.
pub(super) fn contact_row(visitor: &Visitor, names: &show::Names, c: Contact) -> ContactRow {
    ContactRow {
        letter: print_letter::is_printable(&c).then(|| format!("/console/debtors/{}/letters/{}.pdf", c.debtor, c.id)),
        at: visitor.at(c.at_ms),
        what: contact_words(&c.channel, &c.direction, &c.purpose),
        state: match Outcome::parse(&c.outcome) {
            Some(outcome) => outcome.words().to_owned(),
            None => state_words(&c.state, &c.reason),
        },
        rule: rule_words(visitor, &c),
        subject: c.subject,
        body: c.body,
        actor: names.who(&c.actor),
    }
}

pub(super) fn movement_words(kind: TransferKind, method: &str) -> String {
    let what = match kind {
        TransferKind::Invoice => "Invoice",
        TransferKind::CreditNote => "Credit",
        TransferKind::Payment => "Payment",
        TransferKind::Refund => "Refund",
        TransferKind::RefundFailed => "Refund that did not arrive",
        TransferKind::Chargeback => "Taken back by their bank",
        TransferKind::Applied => "Put towards invoices",
        TransferKind::Undone => "Booked by mistake and taken back",
        TransferKind::SettlementDiscount => "Taken off by a settlement",
        TransferKind::DiscountTakenBack => "Put back on: taken off by a settlement before",
        TransferKind::WriteOff => "Written off",
        TransferKind::Reinstated => "Write-off taken back",
        TransferKind::Reallocated => "Moved to another invoice",
        TransferKind::LateCharge => "Late charge",
        TransferKind::LateChargeWaived => "Late charge waived",
        TransferKind::LateChargeTakenBack => "Late charge taken back, not due",
    };
    match method {
        "" => what.to_owned(),
        "import" => format!("{what}, imported"),
        "claim" => format!("{what}, as they told you"),
        method => format!("{what} by {method}"),
    }
}

pub(super) fn contact_words(channel: &str, direction: &str, purpose: &str) -> String {
    let channel = match channel {
        "email" => "E-mail",
        "sms" => "Text message",
        "portal" => "Account page",
        "note" => return "Note".to_owned(),
        // What was held back was on its way by no channel yet.
        "" => return "Reminder".to_owned(),
        other => &show::plain(other),
    };
    let purpose = match purpose {
        "note" => String::new(),
        other => format!(" ({})", show::plain(other).to_lowercase()),
    };
    let direction = if direction == "in" { "from them" } else { "to them" };
    format!("{channel} {direction}{purpose}")
}

pub(super) fn state_words(state: &str, reason: &str) -> String {
    let reason = match Reason::parse(reason) {
        Some(reason) => reason.words().to_owned(),
        None => show::plain(reason).to_lowercase(),
    };
    let state = match state {
        "task" => "waits for you",
        "sending" => "is being sent",
        "queued" => "waits to be sent",
        "withheld" => "held back",
        "failed" => "not sent",
        "bounced" => "came back",
        "unknown" => "may not have arrived",
        "cancelled" => "no longer needed",
        other => other,
    };
    if reason.is_empty() { state.to_owned() } else { format!("{state}: {reason}") }
}

/// The rule that decided on a contact, by its name in the policy.
fn rule_words(visitor: &Visitor, c: &Contact) -> String {
    let rule = match (c.decided.decision.as_str(), c.decided.after_due_days) {
        ("send", Some(days)) if days < 0 => {
            format!("Step “{}”, {} {} before the date", c.step, -days, if days == -1 { "day" } else { "days" })
        }
        ("send", Some(days)) => {
            format!("Step “{}”, {days} {} after the date", c.step, if days == 1 { "day" } else { "days" })
        }
        ("wait" | "never", _) => format!("Rule “{}”", c.reason),
        _ => return String::new(),
    };
    match c.decided.until_ms {
        Some(until_ms) => format!("{rule}: nothing before {}", visitor.at(until_ms)),
        None => rule,
    }
}

fn link_row(visitor: &Visitor, l: &link::Link, now_ms: i64) -> LinkRow {
    let state = if l.revoked_at_ms.is_some() {
        "revoked"
    } else if l.expires_at_ms <= now_ms {
        "expired"
    } else if !l.is_live(now_ms) {
        "locked after wrong answers"
    } else if l.opened_at_ms.is_some() {
        "works, has been used"
    } else {
        "works, not used yet"
    };
    let origin = match l.origin.as_str() {
        "reminder" => "a message",
        "list" => "a list for letters",
        "letter" => "a letter, printed by hand",
        "console" => "you, by hand",
        "fresh" => "them, on request",
        other => other,
    };
    LinkRow {
        id: l.id.to_string(),
        origin: origin.to_owned(),
        created_at: visitor.at(l.created_at_ms),
        expires_at: visitor.at(l.expires_at_ms),
        state: state.to_owned(),
        works: l.is_live(now_ms),
    }
}

fn to(id: &DebtorId, done: &str) -> Response {
    see_other(&format!("/console/debtors/{id}?done={done}"))
}

/// Records a payment by bank or in cash.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn record_payment(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    typed.values.push(("act".into(), "payment".into()));
    let currency = Currency::parse(typed.value("currency")).unwrap_or(visitor.business.currency);
    let amount = parse_amount(typed.value("amount"), currency);
    if let Err(error) = &amount {
        typed.wrong("amount", error.to_string());
    }
    let on = calendar::parse_typed(typed.value("paid_on"));
    if on.is_none() {
        typed.wrong("paid_on", "Enter the day it arrived, like 30 6 2026");
    }
    let (Ok(amount_minor), Some(on)) = (amount, on) else { return page(&visitor, &id, typed, None).await };
    let (reference, once) =
        (typed.value("reference").to_owned(), typed.value("once").chars().take(64).collect::<String>());
    let arrived = Arrived { amount_minor, currency, on, reference: &reference, once: &once };
    let done = record_payment::record_payment(&visitor.app, &visitor.business.id, &id, &arrived, &visitor.actor).await;
    match refused(done)? {
        Ok(_) => Ok(to(&id, "payment")),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, typed, None).await
        }
    }
}

/// Records a call, a letter, a visit or a note.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn record_contact(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    typed.values.push(("act".into(), "contact".into()));
    let Some(channel) = Channel::parse(typed.value("channel")) else {
        typed.wrong("channel", "Choose what it was");
        return page(&visitor, &id, typed, None).await;
    };
    let inbound = typed.value("direction") == "in";
    let said = typed.value("said").to_owned();
    let done = record_contact::record_contact(
        &visitor.app,
        &visitor.business.id,
        &id,
        channel,
        inbound,
        &said,
        &visitor.actor,
    )
    .await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "contact")),
        Err(refusal) => {
            typed.wrong("said", refusal.words());
            page(&visitor, &id, typed, None).await
        }
    }
}

/// Pauses reminders.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn hold(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    typed.values.push(("act".into(), "hold".into()));
    let mut days = [None, None];
    for (name, day) in ["from_on", "until_on"].into_iter().zip(&mut days) {
        let text = typed.value(name).trim();
        if !text.is_empty() {
            *day = calendar::parse_typed(text);
            if day.is_none() {
                typed.wrong(name, "Enter a date, like 30 6 2026, or leave it empty");
                return page(&visitor, &id, typed, None).await;
            }
        }
    }
    let [from_on, until_on] = days;
    let kind = match typed.value("kind") {
        "" => Some(pause_reminders::Kind::Hand),
        code => pause_reminders::Kind::parse(code),
    };
    let Some(kind) = kind else {
        typed.wrong("kind", "Choose why reminders pause");
        return page(&visitor, &id, typed, None).await;
    };
    let note = typed.value("note").to_owned();
    let (app, business) = (&visitor.app, &visitor.business.id);
    let asked = pause_reminders::Asked { kind, from_on, until_on, note: &note };
    let done = pause_reminders::pause(app, business, &id, asked, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "held")),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, typed, None).await
        }
    }
}

/// Ends a pause.
///
/// # Errors
/// 404 where the debtor or the pause is none of this business.
pub async fn end_hold(visitor: Visitor, Path((id, hold_id)): Path<(String, String)>) -> Answer {
    let id: DebtorId = id.into();
    let done = pause_reminders::end(&visitor.app, &visitor.business.id, &id, &hold_id, &visitor.actor).await;
    refused(done)?.map_err(|r| No::Failed(format!("{r:?}")))?;
    Ok(to(&id, "resumed"))
}

/// Says that an address may be used again.
///
/// # Errors
/// 404 where the debtor is none of this business, or nothing is known of the address.
pub async fn use_again(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    typed.values.push(("act".into(), "address".into()));
    let channel = typed.value("channel").to_owned();
    let why = typed.value("why").to_owned();
    let done = stop_contact::use_again(&visitor.app, &visitor.business.id, &id, &channel, &why, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "address")),
        Err(refusal) => {
            typed.wrong("why", refusal.words());
            page(&visitor, &id, typed, None).await
        }
    }
}

/// Every address on file, and what is known of it.
async fn address_rows(visitor: &Visitor, names: &show::Names, debtor: &Debtor) -> Result<Vec<AddressRow>, No> {
    let mut rows = Vec::new();
    for channel in [Medium::Email, Medium::Sms, Medium::Call] {
        let on_file = if channel == Medium::Email { debtor.email.trim() } else { debtor.phone.trim() };
        if on_file.is_empty() {
            continue;
        }
        let known = match reach::of_channel(debtor, channel.code()) {
            None => None,
            Some(one) => address::find(&visitor.app.db, &visitor.business.id, channel.code(), &one).await?,
        };
        let known = known.filter(|known| known.state != address::State::Ok);
        let what = match known.as_ref().map(|known| known.state) {
            Some(address::State::Bounced) if channel == Medium::Call => "It does not reach them",
            Some(address::State::Bounced) => "What is sent there comes back",
            Some(address::State::OptedOut) => "They want no reminders there",
            _ => "",
        };
        rows.push(AddressRow {
            channel: channel.code().to_owned(),
            what: show::plain(channel.words()),
            address: on_file.to_owned(),
            stopped: match &known {
                Some(known) if !known.reason.is_empty() => format!("{what}: {}", known.reason),
                _ => what.to_owned(),
            },
            since: known.map_or(String::new(), |k| format!("{}, {}", visitor.at(k.at_ms), names.who(&k.actor))),
        });
    }
    Ok(rows)
}

/// Stops the use of a kept card.
///
/// # Errors
/// 404 where the debtor or the card is none of this business.
pub async fn stop_card(visitor: Visitor, Path((id, card)): Path<(String, String)>) -> Answer {
    let id: DebtorId = id.into();
    let done = keep_card::revoke(&visitor.app, &visitor.business.id, &id, &card.into(), &visitor.actor).await;
    // One that has ended already is as it should be.
    match refused(done)? {
        Ok(()) | Err(keep_card::Ended) => Ok(to(&id, "card")),
    }
}

fn card_words(state: MandateState) -> &'static str {
    match state {
        MandateState::Asked => "waits for the first payment",
        MandateState::Active => "may be charged",
        MandateState::Lapsed => "the first payment was not made",
        MandateState::Replaced => "replaced by another card",
        MandateState::Revoked => "taken back",
        MandateState::Refused => "refused by the bank for good",
        MandateState::Contested => "not charged again: their bank took a payment back",
    }
}

/// Makes a link; the page after it shows it once.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn create_link(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let debtor_id: DebtorId = id.clone().into();
    let made = create_link::create(&visitor.app, &visitor.business.id, &debtor_id, "console", &visitor.actor).await;
    match refused(made)? {
        Ok(token) => Ok(([link_cookie(&visitor.app, &id, &token, 60)], to(&debtor_id, "link")).into_response()),
        Err(never) => match never {},
    }
}

/// Answers the PDF of a letter, with a new link in it.
///
/// # Errors
/// 404 where the debtor or the letter is none of this business.
pub async fn print_letter(visitor: Visitor, Path((id, file)): Path<(String, String)>) -> Answer {
    let id: DebtorId = id.into();
    let contact = file.strip_suffix(".pdf").ok_or(No::NotFound)?;
    let done = print_letter::print(&visitor.app, &visitor.business.id, &id, contact, &visitor.actor).await;
    match refused(done)? {
        Ok(pdf) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf"),
                (header::CONTENT_DISPOSITION, "inline; filename=\"letter.pdf\""),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            Ok((headers, pdf).into_response())
        }
        Err(refusal) => {
            let mut typed = Form::default();
            typed.wrong("contacts", letters::not_printed(&visitor, &refusal));
            page(&visitor, &id, typed, None).await
        }
    }
}

/// Revokes a link.
///
/// # Errors
/// 404 where the debtor or the link is none of this business.
pub async fn revoke_link(visitor: Visitor, Path((id, link_id)): Path<(String, String)>) -> Answer {
    let (id, link_id): (DebtorId, LinkId) = (id.into(), link_id.into());
    let done = create_link::revoke(&visitor.app, &visitor.business.id, &id, &link_id, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(to(&id, "revoked")),
        Err(never) => match never {},
    }
}
