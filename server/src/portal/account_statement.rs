//! `/account/statement`: everything that was invoiced and paid, on screen, as CSV and as PDF.

use super::{InUrl, Visitor, home, shown};
use crate::account_statement::{self as paper, PAGE_LINES_MAX, Reader, asked};
use crate::app::App;
use crate::door::{Answer, Limits, No};
use crate::page::Document;
use crate::store::business::Business;
use crate::store::debtor::{self, Debtor};
use crate::style::PORTAL_CSS;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use kept_api::account_statement::PortalStatement;
use kept_domain::account_statement::Asked;
use kept_portal::account_statement::AccountStatementPage;
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};

/// Which days are asked for, as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Days {
    #[serde(default)]
    from: String,
    #[serde(default)]
    as_of: String,
}

/// `GET /account/statement`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(days): InUrl<Days>) -> Answer {
    let (home, debtor) = whose(&app, &visitor).await?;
    let asked = asked(&days.from, &days.as_of, app.clock.today(&home.zone));
    page(&app, &home, debtor, &days, asked).await
}

/// `GET /account/statement.csv`.
pub async fn csv(State(app): State<App>, visitor: Visitor, InUrl(days): InUrl<Days>) -> Answer {
    let (home, debtor) = whose(&app, &visitor).await?;
    match asked(&days.from, &days.as_of, app.clock.today(&home.zone)) {
        Ok(asked) => {
            let accounts = paper::load(&app.db, &home, &debtor, asked, Reader::Debtor).await?;
            paper::csv_file(&accounts, &asked)
        }
        Err(wrong) => page(&app, &home, debtor, &days, Err(wrong)).await,
    }
}

/// `GET /account/statement.pdf`. Setting it costs the server some work, so it counts as a change does.
pub async fn pdf(
    State(app): State<App>,
    visitor: Visitor,
    Extension(limits): Extension<Limits>,
    InUrl(days): InUrl<Days>,
) -> Answer {
    let address = visitor.address.parse::<IpAddr>().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    limits.change(address, visitor.session.link.as_str())?;
    let (home, debtor) = whose(&app, &visitor).await?;
    match asked(&days.from, &days.as_of, app.clock.today(&home.zone)) {
        Ok(asked) => {
            let accounts = paper::load(&app.db, &home, &debtor, asked, Reader::Debtor).await?;
            paper::pdf_file(&home, debtor, &asked, accounts).await
        }
        Err(wrong) => page(&app, &home, debtor, &days, Err(wrong)).await,
    }
}

async fn whose(app: &App, visitor: &Visitor) -> Result<(Business, Debtor), No> {
    let s = &visitor.session;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    Ok((home(&app.db, s).await?, debtor))
}

async fn page(
    app: &App,
    home: &Business,
    debtor: Debtor,
    days: &Days,
    asked: Result<Asked, (&'static str, &'static str)>,
) -> Answer {
    let today = app.clock.today(&home.zone);
    let (accounts, as_of, query, problems) = match asked {
        Ok(asked) => {
            let accounts = paper::load(&app.db, home, &debtor, asked, Reader::Debtor).await?;
            let accounts = accounts.into_iter().map(|a| a.newest(PAGE_LINES_MAX)).collect();
            (accounts, asked.as_of, paper::query(&asked), Problems::default())
        }
        Err((field, words)) => (Vec::new(), today, String::new(), Problems::one(field, words)),
    };
    let statement = PortalStatement {
        business: shown(home),
        payer: debtor.name,
        as_of,
        from_typed: days.from.clone(),
        as_of_typed: days.as_of.clone(),
        query,
        accounts,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title("Statement");
    Ok(Document::new(&title, &PORTAL_CSS).status(status).send(|| view! { <AccountStatementPage statement problems/> }))
}
