//! The statement of one customer's account: on screen, as CSV and as PDF.

use super::{Answer, Visitor, query, send, text};
use crate::account_statement::{self as paper, PAGE_LINES_MAX, Reader, asked};
use crate::door::No;
use crate::store::debtor::{self, Debtor};
use axum::extract::{Path, RawQuery};
use kept_api::account_statement::ConsoleStatement;
use kept_api::console::Form;
use kept_console::account_statement::account_statement_page;
use kept_domain::account_statement::Asked;

/// Shows it.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn show(visitor: Visitor, Path(id): Path<String>, RawQuery(raw): RawQuery) -> Answer {
    let (debtor, days) = begin(&visitor, id, raw).await?;
    page(&visitor, debtor, days).await
}

/// Answers it as CSV.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn csv(visitor: Visitor, Path(id): Path<String>, RawQuery(raw): RawQuery) -> Answer {
    let (debtor, days) = begin(&visitor, id, raw).await?;
    let Ok(asked) = read(&visitor, &days) else { return page(&visitor, debtor, days).await };
    let accounts = paper::load(&visitor.app.db, &visitor.business, &debtor, asked, Reader::Business).await?;
    Ok(paper::csv_file(&accounts, &asked)?)
}

/// Answers it as PDF, as the customer sees it: it is made to be given to them.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn pdf(visitor: Visitor, Path(id): Path<String>, RawQuery(raw): RawQuery) -> Answer {
    let (debtor, days) = begin(&visitor, id, raw).await?;
    let Ok(asked) = read(&visitor, &days) else { return page(&visitor, debtor, days).await };
    let accounts = paper::load(&visitor.app.db, &visitor.business, &debtor, asked, Reader::Debtor).await?;
    Ok(paper::pdf_file(&visitor.business, debtor, &asked, accounts).await?)
}

async fn begin(visitor: &Visitor, id: String, raw: Option<String>) -> Result<(Debtor, Form), No> {
    let debtor = debtor::find(&visitor.app.db, &visitor.business.id, &id.into()).await?.ok_or(No::NotFound)?;
    Ok((debtor, Form { values: query(&raw.unwrap_or_default()), ..Form::default() }))
}

fn read(visitor: &Visitor, days: &Form) -> Result<Asked, (&'static str, &'static str)> {
    asked(text(&days.values, "from"), text(&days.values, "as_of"), visitor.today())
}

async fn page(visitor: &Visitor, debtor: Debtor, mut form: Form) -> Answer {
    let (mut accounts, mut as_of, mut query) = (Vec::new(), visitor.today(), String::new());
    match read(visitor, &form) {
        Ok(asked) => {
            let all = paper::load(&visitor.app.db, &visitor.business, &debtor, asked, Reader::Business).await?;
            accounts = all.into_iter().map(|a| a.newest(PAGE_LINES_MAX)).collect();
            (as_of, query) = (asked.as_of, paper::query(&asked));
        }
        Err((field, words)) => form.wrong(field, words),
    }
    let v = ConsoleStatement {
        frame: visitor.frame().await?,
        debtor: debtor.id.to_string(),
        name: debtor.name,
        as_of,
        query,
        accounts,
        form: form.clone(),
    };
    Ok(send("Statement of account", Some(&form), || account_statement_page(v)))
}
