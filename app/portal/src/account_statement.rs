//! "Statement": everything that was invoiced and paid, as of any day.

use crate::frame::{BackToAccount, Frame};
use kept_api::account_statement::PortalStatement;
use kept_domain::account_statement::{Account, Line};
use kept_domain::calendar::show;
use kept_domain::money::Money;
use kept_ui::amount::Amount;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Field, Input};
use leptos::prelude::*;

/// The page at `/account/statement`.
#[component]
pub fn AccountStatementPage(
    /// What it shows.
    statement: PortalStatement,
    /// What is wrong with what was typed.
    problems: Problems,
) -> impl IntoView {
    let PortalStatement { business, payer, as_of, from_typed, as_of_typed, query, accounts } = statement;
    let several = accounts.len() > 1;
    let wrong = !problems.is_empty();
    let (from_wrong, as_of_wrong) = (problems.of("from"), problems.of("as_of"));
    let parts = if wrong {
        ().into_any()
    } else if accounts.is_empty() {
        view! { <p>"Nothing was invoiced or paid until that day."</p> }.into_any()
    } else {
        let parts: Vec<AnyView> = accounts.into_iter().map(|account| part(account, several)).collect();
        view! {
            {parts}
            <p class="buttons no-print">
                <a class="button quiet" href=format!("/account/statement.pdf?{query}")>"Save as PDF"</a>
                <a class="button quiet" href=format!("/account/statement.csv?{query}")>"Save as CSV"</a>
            </p>
        }
        .into_any()
    };
    let ask = format!("If something here is not right, tell {} before you pay it.", business.name);
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems/>
            <h1>"Statement"</h1>
            <p class="soft">{payer}" · as of "{show(as_of)}</p>
            {parts}
            <p>{ask}" "<a href="/account/dispute">"Something’s not right"</a></p>
            <form class="card no-print" method="get" action="/account/statement" novalidate>
                <h2>"Another time"</h2>
                <Field name="from" label="First day" hint="Leave it empty to see everything" input=Input::Date value=from_typed problem=from_wrong/>
                <Field name="as_of" label="As of" input=Input::Date value=as_of_typed problem=as_of_wrong/>
                <button class="button quiet">"Show the statement"</button>
            </form>
        </Frame>
    }
}

fn part(account: Account, several: bool) -> AnyView {
    let currency = account.currency;
    let money = move |minor| Money::new(minor, currency);
    let Account { opening_minor, earlier, lines, closing_minor, .. } = account;
    let heading = if several { format!("In {currency}") } else { "Invoices and payments".to_owned() };
    let opening = (earlier > 0).then(|| {
        view! { <li><div class="row"><h3>"Brought forward"</h3><strong><Amount money=money(opening_minor)/></strong></div></li> }
    });
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let Line { on, recorded_on, what, note, amount_minor, balance_minor, .. } = line;
            let recorded = recorded_on.map(|on| format!(", written down on {}", show(on))).unwrap_or_default();
            let note = (!note.is_empty()).then(|| view! { <p class="soft small">{note}</p> });
            view! {
                <li>
                    <div class="row"><h3>{what}</h3><strong><Amount money=money(amount_minor)/></strong></div>
                    <p class="soft small">{show(on)}{recorded}" · balance "<Amount money=money(balance_minor)/></p>
                    {note}
                </li>
            }
        })
        .collect();
    let words = if closing_minor < 0 { "Paid ahead, kept for you" } else { "Left to pay" };
    view! {
        <section>
            <h2>{heading}</h2>
            <ul class="list card">{opening}{items}</ul>
            <dl class="facts"><div><dt>{words}</dt><dd><strong><Amount money=money(closing_minor.saturating_abs())/></strong></dd></div></dl>
        </section>
    }
    .into_any()
}
