//! `/account/settlement` and its check page: less than is owed, by a day. Nothing here knows what the business would accept,
//! and every page is the same whatever it is; an answer comes only to an offer that was made.

use super::plan::{Again, after_confirm, check_page, offer};
use super::{InUrl, Sent, Visitor, problems, query, shown};
use crate::acts::Failure;
use crate::acts::offer_settlement::check_allowed;
use crate::acts::propose::{self, Ask, Refusal};
use crate::app::App;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::style::PORTAL_CSS;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kept_api::portal::{self as view, SettlementForm};
use kept_domain::money::Currency;
use kept_domain::settlement::OfferError;
use kept_portal::settlement::{SettlementPage, TooOftenPage};
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;

const ACTION: &str = "/account/settlement/check";

/// `GET /account/settlement`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<SettlementForm>) -> Answer {
    match allowed(&app, &visitor, &form.currency).await? {
        Ok(offer) => Ok(form_page(offer, form, Problems::default())),
        Err(instead) => Ok(instead),
    }
}

/// `POST /account/settlement`: goes on to the check page, or says what is wrong.
pub async fn propose(State(app): State<App>, visitor: Visitor, Sent(form): Sent<SettlementForm>) -> Answer {
    let offer = match allowed(&app, &visitor, &form.currency).await? {
        Ok(offer) => offer,
        Err(instead) => return Ok(instead),
    };
    let wrong = match form.read(offer.currency) {
        Err(mistakes) => problems(mistakes),
        Ok((amount_minor, by)) => {
            let ask = Ask::Settlement { amount_minor, by };
            match propose::preview(&app, &visitor.session, offer.currency, &ask).await {
                Ok(_) => Problems::default(),
                Err(Failure::Refused(Refusal::Offer(error))) => offer_problem(error),
                Err(other) => return Err(other.into()),
            }
        }
    };
    if !wrong.is_empty() {
        return Ok(form_page(offer, form, wrong));
    }
    Ok(see_other(&path(ACTION, &SettlementForm { currency: offer.currency.to_string(), ..form })?))
}

/// `GET /account/settlement/check`: the exact words.
pub async fn check(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<SettlementForm>) -> Answer {
    let change = path("/account/settlement", &form)?;
    let offer = match allowed(&app, &visitor, &form.currency).await? {
        Ok(offer) => offer,
        Err(instead) => return Ok(instead),
    };
    let Some((currency, ask)) = read(&form, offer.currency) else { return Ok(see_other(&change)) };
    let preview = match propose::preview(&app, &visitor.session, currency, &ask).await {
        Ok(preview) => preview,
        Err(Failure::Refused(_)) => return Ok(see_other(&change)),
        Err(other) => return Err(other.into()),
    };
    Ok(check_page(offer.business, preview, hidden(&form), change, ACTION, Problems::default()))
}

/// What confirming sends: the form again, and the fingerprint of the words that were read.
#[derive(Debug, Deserialize)]
pub struct Confirmed {
    #[serde(flatten)]
    form: SettlementForm,
    #[serde(default)]
    shown: String,
}

/// `POST /account/settlement/check`: makes the offer.
pub async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Sent(sent): Sent<Confirmed>,
) -> Answer {
    let Confirmed { form, shown: words_sha256 } = sent;
    let change = path("/account/settlement", &form)?;
    let Some(currency) = super::currency(&app, &visitor.session, &form.currency).await? else {
        return Ok(see_other("/account"));
    };
    let Some((currency, ask)) = read(&form, currency) else { return Ok(see_other(&change)) };
    let made = propose::confirm(&app, &visitor.session, currency, &ask, &words_sha256, &visitor.address).await;
    let again = Again { currency, ask, hidden: hidden(&form), change, action: ACTION };
    after_confirm(&app, &visitor, made, again, &headers).await
}

/// What an offer can be made of, or the page to look at instead.
async fn allowed(app: &App, visitor: &Visitor, sent: &str) -> Result<Result<view::Offer, Response>, No> {
    let s = &visitor.session;
    match check_allowed(app, &app.db, &s.business, &s.debtor, &visitor.address).await {
        Ok(()) => Ok(offer(app, s, sent).await?.ok_or_else(|| see_other("/account"))),
        Err(Failure::Refused(Refusal::TooManyOffers)) => {
            let business = shown(&super::home(&app.db, s).await?);
            let document = Document::new("You have made several offers", &PORTAL_CSS);
            let document = document.status(StatusCode::TOO_MANY_REQUESTS);
            Ok(Err(document.send(|| view! { <TooOftenPage business/> })))
        }
        Err(Failure::Refused(_)) => Ok(Err(see_other("/account"))),
        Err(other) => Err(other.into()),
    }
}

fn form_page(offer: view::Offer, form: SettlementForm, problems: Problems) -> Response {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title("Agree a lower amount");
    Document::new(&title, &PORTAL_CSS).status(status).send(|| view! { <SettlementPage offer form problems/> })
}

fn read(form: &SettlementForm, currency: Currency) -> Option<(Currency, Ask)> {
    form.read(currency).ok().map(|(amount_minor, by)| (currency, Ask::Settlement { amount_minor, by }))
}

fn path(page: &str, form: &SettlementForm) -> Result<String, No> {
    Ok(format!("{page}?{}", query(form)?))
}

fn hidden(form: &SettlementForm) -> Vec<(&'static str, String)> {
    let f = form.clone();
    [("currency", f.currency), ("amount", f.amount), ("by_on", f.by_on)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn offer_problem(error: OfferError) -> Problems {
    let field = match error {
        OfferError::AmountNotPositive | OfferError::NotLess => "amount",
        OfferError::InPast | OfferError::TooFar => "by_on",
    };
    Problems::one(field, error.words())
}
