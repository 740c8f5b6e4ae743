//! `/account/payment`: how much is paid by card, and the truth about each try.

use super::plan::offer;
use super::{InUrl, Sent, Visitor, home, shown};
use crate::acts::start_payment::{self, Choice, Refusal, Started};
use crate::acts::{Failure, keep_card, position, settle_payment};
use crate::app::App;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::qr;
use crate::secret;
use crate::store::session::Session;
use crate::store::{attempt, bank_details, commitment, debtor, ledger, mandate};
use crate::style::PORTAL_CSS;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use fast_qr::ECL;
use kept_api::portal::{self as view, PayForm};
use kept_domain::bank::epc_qr;
use kept_domain::charge;
use kept_domain::commitment::{Kind, State as Stands, standing};
use kept_domain::ids::{AttemptId, CommitmentId};
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::payment::{AmountRefused, AttemptState};
use kept_domain::reference::PaymentReference;
use kept_portal::payment::{AttemptPage, PaymentPage, heading, looks_again};
use kept_ui::error_summary::Problems;
use leptos::prelude::*;

/// Seconds after which a payment's page looks again while its truth is not known.
const LOOK_AGAIN_SECONDS: u32 = 5;
/// Milliseconds between two questions to the gateway about the same try.
const ASK_AGAIN_MS: i64 = 3_000;

/// `GET /account/payment`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(mut form): InUrl<PayForm>) -> Answer {
    let Some(pay) = pay(&app, &visitor, &form.currency).await? else { return Ok(see_other("/account")) };
    if form.what.is_empty() {
        let what = if pay.instalment.is_some() { "instalment" } else { "everything" };
        what.clone_into(&mut form.what);
    }
    Ok(form_page(&app, pay, form, Problems::default()))
}

/// `POST /account/payment`: on to the gateway's hosted page.
pub async fn start(State(app): State<App>, visitor: Visitor, Sent(form): Sent<PayForm>) -> Answer {
    let Some(pay) = pay(&app, &visitor, &form.currency).await? else { return Ok(see_other("/account")) };
    if !pay.cards {
        return Ok(see_other("/account/payment"));
    }
    let choice = match choice(&form, &pay) {
        Ok(choice) => choice,
        Err((field, words)) => return Ok(form_page(&app, pay, form, Problems::one(field, words))),
    };
    match start_payment::start(&app, &visitor.session, pay.currency, &choice, &visitor.address).await {
        Ok(Started::Page(url)) => Ok(see_other(&url)),
        Ok(Started::Known(id)) => Ok(see_other(&format!("/account/payment/{id}"))),
        // The money came in another tab meanwhile: the account shows it.
        Err(Failure::Refused(Refusal::Amount(AmountRefused::NothingOwed))) => Ok(see_other("/account")),
        Err(Failure::Refused(refusal)) => {
            let (field, words) = refusal_words(&refusal, pay.currency);
            Ok(form_page(&app, pay, form, Problems::one(field, words)))
        }
        Err(other) => Err(other.into()),
    }
}

fn choice(form: &PayForm, pay: &view::Pay) -> Result<Choice, view::Mistake> {
    if form.keep == "yes" && form.what != "instalment" {
        let words = "We can keep the card only if you pay the next agreed payment now. Choose that, or untick the box";
        return Err(("keep", words.to_owned()));
    }
    match form.what.as_str() {
        "everything" => Ok(Choice::Everything),
        "part" => parse_amount(&form.amount, pay.currency).map(Choice::Amount).map_err(|e| ("amount", e.to_string())),
        "instalment" => match &pay.instalment {
            Some((id, _, _)) if form.keep == "yes" => {
                Ok(Choice::AndKeep(CommitmentId::from(id.as_str()), form.consent.clone()))
            }
            Some((id, _, _)) => Ok(Choice::Instalment(CommitmentId::from(id.as_str()))),
            None => Ok(Choice::Everything),
        },
        _ => Err(("what", "Choose how much you would like to pay".to_owned())),
    }
}

fn refusal_words(refusal: &Refusal, currency: Currency) -> (&'static str, String) {
    let words = match refusal {
        Refusal::Amount(AmountRefused::NothingOwed) => "There is nothing left to pay".to_owned(),
        Refusal::Amount(AmountRefused::NotPositive) => "Enter an amount that is more than zero".to_owned(),
        Refusal::Amount(AmountRefused::MoreThanOwed) => {
            "Enter an amount that is not more than what is left to pay".to_owned()
        }
        Refusal::Amount(AmountRefused::BelowMinimum(minor)) => {
            format!("Enter {} or more", Money::new(*minor, currency).show())
        }
        Refusal::NoGateway => "Cards cannot be used here at the moment. Nothing was taken".to_owned(),
        Refusal::TryAgain => "The card page did not open. Nothing was taken. Please try again in a minute".to_owned(),
        Refusal::GatewayRefused => {
            "The card page could not be opened for this amount. Nothing was taken. Please choose another way".to_owned()
        }
        Refusal::ConsentChanged => {
            "Something changed while you were reading. Please read once more what you agree to with it".to_owned()
        }
    };
    let field = match refusal {
        Refusal::Amount(_) => "amount",
        Refusal::ConsentChanged => "keep",
        _ => "what",
    };
    (field, words)
}

/// `GET /account/payment/{attempt}`: what the gateway says of it now. The browser's return proves nothing.
pub async fn truth(State(app): State<App>, visitor: Visitor, Path(id): Path<AttemptId>) -> Answer {
    let s = &visitor.session;
    let stored = start_payment::find(&app, s, &id).await?.ok_or(No::NotFound)?;
    // Somebody who was quick on the card page must not come back to "not finished".
    let pause_ms = if stored.state == AttemptState::Open { 0 } else { ASK_AGAIN_MS };
    let a = match &app.gateway {
        Some(gateway) if stored.state.is_open() && stored.checked_at_ms + pause_ms < app.clock.now_ms() => {
            match settle_payment::of_attempt(&app, gateway, &stored, &[]).await {
                Ok(settled) => settled,
                Err(settle_payment::Unsettled::Store(error)) => return Err(error.into()),
                Err(settle_payment::Unsettled::Gateway(_)) => stored,
            }
        }
        _ => stored,
    };
    let home = home(&app.db, s).await?;
    let arrived = a.state == AttemptState::Succeeded;
    let receipt = if arrived { ledger::find_payment_of(&app.db, &s.business, &id).await? } else { None };
    let position = if arrived { position::load_in(&app.db, &s.business, &s.debtor, a.currency).await? } else { None };
    let attempt = view::Attempt {
        business: shown(&home),
        id: id.to_string(),
        state: a.state,
        amount: Money::new(a.amount_minor, a.currency),
        url: (a.state == AttemptState::Open && !a.url.is_empty()).then_some(a.url),
        decline: charge::plain(&a.decline_code),
        receipt: receipt.map(|(id, _)| id.to_string()),
        left: arrived.then(|| Money::new(position.map_or(0, |p| p.owed_minor()), a.currency)),
    };
    let document = Document::new(heading(a.state), &PORTAL_CSS);
    let document = if looks_again(a.state) { document.looks_again(LOOK_AGAIN_SECONDS) } else { document };
    Ok(document.send(|| view! { <AttemptPage attempt/> }))
}

async fn pay(app: &App, visitor: &Visitor, sent: &str) -> Result<Option<view::Pay>, No> {
    let s = &visitor.session;
    let Some(offer) = offer(app, s, sent).await? else { return Ok(None) };
    let open = commitment::list_open(&app.db, &s.business, &s.debtor).await?;
    let running = open.into_iter().find(|c| c.currency == offer.currency && c.state.is_running());
    let mut consent = None;
    let settles = running.as_ref().is_some_and(|c| c.kind == Kind::Settlement);
    let instalment = match running {
        None => None,
        // After its day the lower amount settles nothing.
        Some(c) if c.kind == Kind::Settlement && c.state == Stands::Missed => None,
        Some(c) => {
            let schedule = commitment::schedule(&app.db, &s.business, &c.id).await?;
            let paid = ledger::paid_towards(&app.db, &s.business, &c.id).await?;
            let standings = standing(&schedule, paid, offer.today);
            let due = start_payment::due_now(&standings, offer.today).min(offer.balance_minor);
            let kept = mandate::list_active(&app.db, &s.business, &s.debtor).await?;
            if !kept.iter().any(|m| m.commitment == c.id) {
                let (home, debtor) = (home(&app.db, s).await?, debtor::find(&app.db, &s.business, &s.debtor).await?);
                let words = debtor.map(|d| keep_card::words(&home, &d, &c, &standings, due)).unwrap_or_default();
                consent = (!words.is_empty()).then(|| (words.clone(), secret::sha256(&words)));
            }
            let first = standings.iter().find(|s| s.left_minor() > 0);
            first.filter(|_| due > 0).map(|s| (c.id.to_string(), s.instalment.due_on, due))
        }
    };
    let attempts = attempt::list(&app.db, &s.business, &s.debtor, 5).await?;
    let confirming = attempts.iter().find(|a| a.state == AttemptState::Confirming && a.currency == offer.currency);
    let asked_minor = instalment.as_ref().map_or(offer.balance_minor, |(_, _, due)| *due);
    let transfer = transfer(app, s, Money::new(asked_minor, offer.currency)).await?;
    Ok(Some(view::Pay {
        business: offer.business,
        currency: offer.currency,
        balance_minor: offer.balance_minor,
        min_part_minor: offer.terms.min_part_minor,
        settles,
        instalment,
        confirming: confirming.map(|a| format!("/account/payment/{}", a.id)),
        cards: app.gateway.is_some(),
        consent,
        transfer,
    }))
}

/// How an amount is paid by bank transfer; none where the business has not told its bank details.
async fn transfer(app: &App, s: &Session, amount: Money) -> Result<Option<view::Transfer>, No> {
    let details = bank_details::find(&app.db, &s.business).await?;
    if !details.is_given() || amount.minor <= 0 {
        return Ok(None);
    }
    let reference = PaymentReference::of(&s.debtor);
    let qr = epc_qr(&details, amount, &reference).and_then(|text| qr::picture(&text, ECL::M));
    Ok(Some(view::Transfer {
        iban: details.iban_grouped(),
        holder: details.holder,
        bic: details.bic,
        local: details.local,
        reference: reference.grouped(),
        amount,
        qr,
    }))
}

fn form_page(app: &App, pay: view::Pay, form: PayForm, problems: Problems) -> Response {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title(if pay.cards { "Pay by card" } else { "Pay by bank transfer" });
    let document = Document::new(&title, &PORTAL_CSS).status(status).leads_to_gateway(app);
    document.send(|| view! { <PaymentPage pay form problems/> })
}
