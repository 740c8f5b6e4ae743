//! `/account/plan/change`: the running plan, moved, spread, shortened or made smaller, in its exact words first.

use super::plan::{Again, after_confirm, check_page};
use super::{InUrl, Sent, Visitor, currency, home, shown};
use crate::acts::Failure;
use crate::acts::propose::{self, Ask};
use crate::app::App;
use crate::door::{Answer, No, see_other};
use crate::store::commitment;
use axum::extract::State;
use axum::http::HeaderMap;
use kept_domain::heal::How;
use kept_domain::money::Currency;
use kept_ui::error_summary::Problems;
use serde::Deserialize;

const ACTION: &str = "/account/plan/change";

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Change {
    how: String,
    currency: String,
    shown: String,
}

/// `GET /account/plan/change`: the words, before anything changes.
pub async fn check(State(app): State<App>, visitor: Visitor, InUrl(form): InUrl<Change>) -> Answer {
    let Some((currency, how)) = read(&app, &visitor, &form).await? else { return Ok(see_other("/account")) };
    match propose::preview(&app, &visitor.session, currency, &Ask::Heal(how)).await {
        Ok(preview) => {
            let business = shown(&home(&app.db, &visitor.session).await?);
            let back = back(&app, &visitor, currency).await?;
            Ok(check_page(business, preview, hidden(how, currency), back, ACTION, Problems::default()))
        }
        Err(Failure::Refused(_)) => Ok(see_other(&back(&app, &visitor, currency).await?)),
        Err(other) => Err(other.into()),
    }
}

/// `POST /account/plan/change`: confirms exactly the words that were shown.
pub async fn confirm(State(app): State<App>, visitor: Visitor, headers: HeaderMap, Sent(form): Sent<Change>) -> Answer {
    let Some((currency, how)) = read(&app, &visitor, &form).await? else { return Ok(see_other("/account")) };
    let ask = Ask::Heal(how);
    let change = back(&app, &visitor, currency).await?;
    let made = propose::confirm(&app, &visitor.session, currency, &ask, &form.shown, &visitor.address).await;
    let again = Again { currency, ask, hidden: hidden(how, currency), change, action: ACTION };
    after_confirm(&app, &visitor, made, again, &headers).await
}

async fn read(app: &App, visitor: &Visitor, form: &Change) -> Result<Option<(Currency, How)>, No> {
    let Some(how) = How::parse(&form.how) else { return Ok(None) };
    Ok(currency(app, &visitor.session, &form.currency).await?.map(|currency| (currency, how)))
}

/// The page of the plan that is running.
async fn back(app: &App, visitor: &Visitor, currency: Currency) -> Result<String, No> {
    let open = commitment::list_open(&app.db, &visitor.session.business, &visitor.session.debtor).await?;
    let running = open.into_iter().find(|c| c.currency == currency && c.state.is_running());
    Ok(running.map_or("/account".to_owned(), |c| format!("/account/agreements/{}", c.id)))
}

fn hidden(how: How, currency: Currency) -> Vec<(&'static str, String)> {
    vec![("how", how.code().to_owned()), ("currency", currency.to_string())]
}
