//! Calls that wait for a person: whom, when, and how much is asked for.

use crate::frame::Shell;
use crate::parts::pages;
use kept_api::calls::{CallRow, CallTime, CallsView};
use kept_ui::amount::Amount;
use kept_ui::notice::{Tag, Tone};
use leptos::prelude::*;

/// The page of all calls that wait, oldest first.
pub fn calls_page(v: CallsView) -> impl IntoView {
    let rows: Vec<_> = v.rows.into_iter().map(|row| call_row(row).into_any()).collect();
    let list = if rows.is_empty() {
        view! { <p>"Nobody waits for a call."</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Whom"</th><th scope="col">"Number"</th><th scope="col">"Their time"</th>
                    <th scope="col">"May be called"</th><th scope="col" class="num">"Asked for"</th><th scope="col">"Since"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <Shell frame=v.frame here="/console/calls">
            <h1>"Calls"</h1>
            <p>"A call is a chance to ask whether something is wrong. Open one to see what to say first, and where things stand."</p>
            {list}
            {pages("/console/calls", &[], v.page, v.more)}
        </Shell>
    }
}

fn call_row(row: CallRow) -> impl IntoView {
    let href = format!("/console/calls/{}", row.id);
    let number = row.phone.map(|phone| number(&phone).into_any());
    let owed: Vec<_> = row.owed.into_iter().map(|money| view! { <Amount money/><br/> }).collect();
    let lines = if row.invoices == 1 { "1 invoice".to_owned() } else { format!("{} invoices", row.invoices) };
    view! {
        <tr>
            <th scope="row"><a href=href>{row.who}</a></th>
            <td data-label="Number">{number}</td>
            <td data-label="Their time">{row.local_time}</td>
            <td data-label="May be called">{time(&row.time).into_any()}</td>
            <td data-label="Asked for" class="num">{owed}<span class="hint">{lines}</span></td>
            <td data-label="Since">{row.since}</td>
        </tr>
    }
}

/// When somebody may be called, in a few words.
pub(crate) fn time(time: &CallTime) -> impl IntoView + use<> {
    match time {
        CallTime::Now { until } => {
            let words = until.as_ref().map_or_else(|| "now".to_owned(), |until| format!("now, until {until}"));
            view! { <Tag tone=Tone::Good words/> }.into_any()
        }
        CallTime::Not { why, from } => {
            let from = from.clone().map(|from| view! { <br/>"from "{from} });
            view! { <Tag tone=Tone::Wait words="not now"/>" "{why.clone()}{from} }.into_any()
        }
    }
}

/// A number to press; spaces and brackets are for the eye only.
pub(crate) fn number(phone: &str) -> impl IntoView + use<> {
    let dialled: String = phone.chars().filter(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')).collect();
    let shown = phone.to_owned();
    if dialled.is_empty() {
        view! { {shown} }.into_any()
    } else {
        view! { <a class="nowrap" href=format!("tel:{dialled}")>{shown}</a> }.into_any()
    }
}
