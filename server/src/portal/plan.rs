//! `/account/plan` and its check page: a proposal is typed, judged, read in its exact words, and confirmed.

use super::{InUrl, Sent, Visitor, currency, problems, query, shown};
use crate::acts::Failure;
use crate::acts::propose::{self, Ask, Preview, Refusal};
use crate::app::App;
use crate::door::{Answer, No, json, see_other, wants_json};
use crate::page::Document;
use crate::store::session::Session;
use crate::style::PORTAL_CSS;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kept_api::portal::{self as view, PlanAnswer, PlanForm};
use kept_domain::calendar::Frequency;
use kept_domain::money::Currency;
use kept_domain::plan::{PlanError, Verdict};
use kept_portal::plan::{CheckPage, OutsidePage, PlanPage, suggestion};
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;

/// `GET /account/plan`: the form, with whatever the address carries.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<PlanForm>) -> Answer {
    let Some(offer) = offer(&app, &visitor.session, &form.currency).await? else { return Ok(see_other("/account")) };
    let form = filled(form, &offer);
    Ok(form_page(offer, form, Problems::default()))
}

/// `POST /account/plan`: goes on to the check page, or says what is wrong. An island asks the same with JSON.
pub async fn propose(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Sent(form): Sent<PlanForm>,
) -> Answer {
    let Some(offer) = offer(&app, &visitor.session, &form.currency).await? else { return Ok(see_other("/account")) };
    let wrong = match form.read(offer.balance_minor, offer.currency) {
        Err(mistakes) => problems(mistakes),
        Ok(proposal) => match propose::preview(&app, &visitor.session, offer.currency, &Ask::Plan(proposal)).await {
            Ok(_) => Problems::default(),
            Err(Failure::Refused(Refusal::Plan(error))) => plan_problem(error),
            Err(other) => return Err(other.into()),
        },
    };
    let next =
        format!("/account/plan/check?{}", query(&PlanForm { currency: offer.currency.to_string(), ..form.clone() })?);
    if wants_json(&headers) {
        return Ok(if wrong.is_empty() {
            json(StatusCode::OK, &PlanAnswer::Next(next))
        } else {
            let mistakes = wrong.0.into_iter().map(|p| (p.field.to_owned(), p.words)).collect();
            json(StatusCode::UNPROCESSABLE_ENTITY, &PlanAnswer::Mistakes(mistakes))
        });
    }
    Ok(if wrong.is_empty() { see_other(&next) } else { form_page(offer, form, wrong) })
}

/// `GET /account/plan/check`: the exact words, or what can be agreed instead.
pub async fn check(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<PlanForm>) -> Answer {
    let Some((currency, ask)) = read(&app, &visitor.session, &form).await? else {
        return Ok(see_other(&format!("/account/plan?{}", query(&form)?)));
    };
    let preview = match propose::preview(&app, &visitor.session, currency, &ask).await {
        Ok(preview) => preview,
        Err(Failure::Refused(_)) => return Ok(see_other(&format!("/account/plan?{}", query(&form)?))),
        Err(other) => return Err(other.into()),
    };
    let business = shown(&super::home(&app.db, &visitor.session).await?);
    let change = format!("/account/plan?{}", query(&PlanForm { decide: String::new(), ..form.clone() })?);
    match &preview.verdict {
        Some(Verdict::Outside { wanted, limits, nearest }) if form.decide.is_empty() => {
            let outside = view::Outside {
                business,
                currency,
                wanted: wanted.clone(),
                limits: limits.clone(),
                nearest: nearest.1.clone(),
                take_nearest: format!("/account/plan/check?{}", query(&PlanForm::of(&nearest.0, currency))?),
                send_mine: format!("/account/plan/check?{}", query(&PlanForm { decide: "yes".into(), ..form })?),
                change,
            };
            let title = "This is outside what we can agree right away";
            Ok(Document::new(title, &PORTAL_CSS).send(|| view! { <OutsidePage outside/> }))
        }
        _ => Ok(check_page(business, preview, hidden(&form), change, "/account/plan/check", Problems::default())),
    }
}

/// What confirming sends: the form again, and the fingerprint of the words that were read.
#[derive(Debug, Deserialize)]
pub struct Confirmed {
    #[serde(flatten)]
    form: PlanForm,
    #[serde(default)]
    shown: String,
}

/// `POST /account/plan/check`: confirms exactly the words that were shown.
pub async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Sent(sent): Sent<Confirmed>,
) -> Answer {
    let Confirmed { form, shown: words_sha256 } = sent;
    let Some((currency, ask)) = read(&app, &visitor.session, &form).await? else {
        return Ok(see_other(&format!("/account/plan?{}", query(&form)?)));
    };
    let made = propose::confirm(&app, &visitor.session, currency, &ask, &words_sha256, &visitor.address).await;
    let change = format!("/account/plan?{}", query(&PlanForm { decide: String::new(), ..form.clone() })?);
    after_confirm(
        &app,
        &visitor,
        made,
        Again { currency, ask, hidden: hidden(&form), change, action: "/account/plan/check" },
        &headers,
    )
    .await
}

/// What is shown again when the words have changed meanwhile.
pub(super) struct Again {
    pub(super) currency: Currency,
    pub(super) ask: Ask,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) change: String,
    pub(super) action: &'static str,
}

/// The answer to a confirmation, for plans and promises.
pub(super) async fn after_confirm(
    app: &App,
    visitor: &Visitor,
    made: Result<kept_domain::ids::CommitmentId, Failure<Refusal>>,
    again: Again,
    headers: &HeaderMap,
) -> Answer {
    match made {
        Ok(id) => {
            let next = format!("/account/agreements/{id}");
            Ok(if wants_json(headers) { json(StatusCode::OK, &PlanAnswer::Next(next)) } else { see_other(&next) })
        }
        Err(Failure::Refused(Refusal::NothingOwed)) => Ok(see_other("/account")),
        Err(Failure::Refused(Refusal::Changed)) => {
            let preview = propose::preview(app, &visitor.session, again.currency, &again.ask).await?;
            let business = shown(&super::home(&app.db, &visitor.session).await?);
            let words = "Something changed while you were reading. Please read the words once more before you confirm";
            let problems = Problems::one("words", words);
            Ok(check_page(business, preview, again.hidden, again.change, again.action, problems))
        }
        // The form says what is the matter.
        Err(Failure::Refused(
            Refusal::Plan(_)
            | Refusal::Promise(_)
            | Refusal::NothingToHeal
            | Refusal::Offer(_)
            | Refusal::NoOffers
            | Refusal::TooManyOffers,
        )) => Ok(see_other(&again.change)),
        Err(other) => Err(other.into()),
    }
}

/// The page with the exact words; its form sends their fingerprint back.
pub(super) fn check_page(
    business: view::Business,
    preview: Preview,
    mut hidden: Vec<(&'static str, String)>,
    change: String,
    action: &'static str,
    problems: Problems,
) -> Response {
    hidden.push(("shown", preview.words_sha256));
    let check = view::Check {
        business,
        words: preview.words,
        button: preview.button,
        for_decision: preview.made == kept_domain::commitment::Made::ForDecision,
        changed_too_often: preview.changed_too_often,
        hidden,
        change,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title(if check.for_decision { "Check before you send" } else { "Check before you agree" });
    Document::new(&title, &PORTAL_CSS).status(status).send(|| view! { <CheckPage check action problems/> })
}

fn form_page(offer: view::Offer, form: PlanForm, problems: Problems) -> Response {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title("Pay in instalments");
    let document = Document::new(&title, &PORTAL_CSS).status(status).islands(crate::bundle::portal());
    document.send(|| view! { <PlanPage offer form problems/> })
}

/// What can be planned or promised; nothing where nothing is owed.
pub(super) async fn offer(app: &App, session: &Session, sent: &str) -> Result<Option<view::Offer>, No> {
    let Some(currency) = currency(app, session, sent).await? else { return Ok(None) };
    match propose::standing(app, &app.db, session, currency).await {
        Ok(standing) => Ok(Some(view::Offer {
            business: shown(&standing.business),
            currency,
            balance_minor: standing.position.owed_minor(),
            terms: standing.terms,
            today: standing.today,
            replaces: standing.running.is_some(),
        })),
        Err(Failure::Refused(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The form as far as the address fills it, and the rest as it is suggested.
fn filled(form: PlanForm, offer: &view::Offer) -> PlanForm {
    let suggested = suggestion(offer);
    if form.by.is_empty() {
        return PlanForm { currency: offer.currency.to_string(), ..suggested };
    }
    let or = |given: String, other: String| if given.is_empty() { other } else { given };
    let offered = |f: &Frequency| f.code() == form.frequency;
    let frequency = if Frequency::ALL.iter().any(offered) { form.frequency.clone() } else { suggested.frequency };
    PlanForm { first_on: or(form.first_on.clone(), suggested.first_on), frequency, ..form }
}

async fn read(app: &App, session: &Session, form: &PlanForm) -> Result<Option<(Currency, Ask)>, No> {
    let Some(currency) = currency(app, session, &form.currency).await? else { return Ok(None) };
    // The total is what is owed when the act looks; here it only has to be something.
    Ok(form.read(1, currency).ok().map(|proposal| (currency, Ask::Plan(proposal))))
}

fn hidden(form: &PlanForm) -> Vec<(&'static str, String)> {
    let f = form.clone();
    let all = [
        ("currency", f.currency),
        ("by", f.by),
        ("amount", f.amount),
        ("count", f.count),
        ("frequency", f.frequency),
        ("first_on", f.first_on),
        ("upfront", f.upfront),
        ("weekdays", f.weekdays),
        ("decide", f.decide),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn plan_problem(error: PlanError) -> Problems {
    let field = match error {
        PlanError::AmountNotPositive | PlanError::NothingOwed => "amount",
        PlanError::CountOutOfRange => "count",
        PlanError::TooMany => "by",
        PlanError::UpfrontOutOfRange => "upfront",
        PlanError::DateOutOfRange | PlanError::FirstInPast => "first_on",
    };
    Problems::one(field, error.words())
}
