//! `/account/promise` and its check page.

use super::plan::{Again, after_confirm, check_page, offer};
use super::{InUrl, Sent, Visitor, problems, query, shown};
use crate::acts::Failure;
use crate::acts::propose::{self, Ask, Refusal};
use crate::app::App;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::store::session::Session;
use crate::style::PORTAL_CSS;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kept_api::portal::{self as view, PromiseForm};
use kept_domain::calendar::{iso, show as show_day};
use kept_domain::commitment::PromiseError;
use kept_domain::money::Currency;
use kept_portal::promise::{LatePage, PromisePage};
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;

/// `GET /account/promise`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(mut form): InUrl<PromiseForm>) -> Answer {
    let Some(offer) = offer(&app, &visitor.session, &form.currency).await? else { return Ok(see_other("/account")) };
    if form.how_much.is_empty() {
        "all".clone_into(&mut form.how_much);
    }
    Ok(form_page(offer, form, Problems::default()))
}

/// `POST /account/promise`: goes on to the check page, or says what is wrong.
pub async fn propose(State(app): State<App>, visitor: Visitor, Sent(form): Sent<PromiseForm>) -> Answer {
    let Some(offer) = offer(&app, &visitor.session, &form.currency).await? else { return Ok(see_other("/account")) };
    let wrong = match form.read(offer.balance_minor, offer.currency) {
        Err(mistakes) => problems(mistakes),
        Ok((amount_minor, by)) => {
            let ask = Ask::Promise { amount_minor, by };
            match propose::preview(&app, &visitor.session, offer.currency, &ask).await {
                Ok(_) => Problems::default(),
                Err(Failure::Refused(Refusal::Promise(error))) => promise_problem(error),
                Err(other) => return Err(other.into()),
            }
        }
    };
    if !wrong.is_empty() {
        return Ok(form_page(offer, form, wrong));
    }
    Ok(see_other(&check_path(&PromiseForm { currency: offer.currency.to_string(), ..form })?))
}

/// `GET /account/promise/check`: the exact words, or the last day that can be agreed right away.
pub async fn check(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<PromiseForm>) -> Answer {
    let change = change_path(&form)?;
    let Some((currency, ask)) = read(&app, &visitor.session, &form).await? else { return Ok(see_other(&change)) };
    let preview = match propose::preview(&app, &visitor.session, currency, &ask).await {
        Ok(preview) => preview,
        Err(Failure::Refused(_)) => return Ok(see_other(&change)),
        Err(other) => return Err(other.into()),
    };
    let business = shown(&super::home(&app.db, &visitor.session).await?);
    if let Some(latest_on) = preview.latest_on.filter(|_| form.decide.is_empty()) {
        let latest = show_day(latest_on);
        let take_latest = check_path(&PromiseForm { by_on: iso(latest_on), ..form.clone() })?;
        let send_mine = check_path(&PromiseForm { decide: "yes".into(), ..form })?;
        let title = "That day is later than we can agree right away";
        return Ok(Document::new(title, &PORTAL_CSS)
            .send(|| view! { <LatePage business latest take_latest send_mine change/> }));
    }
    Ok(check_page(business, preview, hidden(&form), change, ACTION, Problems::default()))
}

const ACTION: &str = "/account/promise/check";

/// What confirming sends: the form again, and the fingerprint of the words that were read.
#[derive(Debug, Deserialize)]
pub struct Confirmed {
    #[serde(flatten)]
    form: PromiseForm,
    #[serde(default)]
    shown: String,
}

/// `POST /account/promise/check`: confirms exactly the words that were shown.
pub async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Sent(sent): Sent<Confirmed>,
) -> Answer {
    let Confirmed { form, shown: words_sha256 } = sent;
    let change = change_path(&form)?;
    let Some((currency, ask)) = read(&app, &visitor.session, &form).await? else { return Ok(see_other(&change)) };
    let made = propose::confirm(&app, &visitor.session, currency, &ask, &words_sha256, &visitor.address).await;
    let again = Again { currency, ask, hidden: hidden(&form), change, action: ACTION };
    after_confirm(&app, &visitor, made, again, &headers).await
}

fn form_page(offer: view::Offer, form: PromiseForm, problems: Problems) -> Response {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title("I’ll pay on…");
    Document::new(&title, &PORTAL_CSS).status(status).send(|| view! { <PromisePage offer form problems/> })
}

async fn read(app: &App, session: &Session, form: &PromiseForm) -> Result<Option<(Currency, Ask)>, No> {
    let Some(offer) = offer(app, session, &form.currency).await? else { return Ok(None) };
    let read = form.read(offer.balance_minor, offer.currency).ok();
    Ok(read.map(|(amount_minor, by)| (offer.currency, Ask::Promise { amount_minor, by })))
}

fn check_path(form: &PromiseForm) -> Result<String, No> {
    Ok(format!("{ACTION}?{}", query(form)?))
}

fn change_path(form: &PromiseForm) -> Result<String, No> {
    Ok(format!("/account/promise?{}", query(&PromiseForm { decide: String::new(), ..form.clone() })?))
}

fn hidden(form: &PromiseForm) -> Vec<(&'static str, String)> {
    let f = form.clone();
    let all = [
        ("currency", f.currency),
        ("how_much", f.how_much),
        ("amount", f.amount),
        ("by_on", f.by_on),
        ("decide", f.decide),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn promise_problem(error: PromiseError) -> Problems {
    let field = match error {
        PromiseError::AmountNotPositive | PromiseError::MoreThanOwed => "amount",
        PromiseError::InPast | PromiseError::TooFar => "by_on",
    };
    Problems::one(field, error.words())
}
