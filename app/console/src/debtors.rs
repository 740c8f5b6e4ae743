//! All debtors, with a search.

use crate::frame::Shell;
use crate::parts::pages;
use kept_api::console::DebtorsView;
use kept_ui::amount::Amount;
use leptos::prelude::*;

/// The page of all debtors, by name.
pub fn debtors_page(v: DebtorsView) -> impl IntoView {
    let rows: Vec<_> = v
        .rows
        .into_iter()
        .map(|row| {
            let href = format!("/console/debtors/{}", row.id);
            let balances: Vec<_> = row.balances.into_iter().map(|money| view! { <div><Amount money/></div> }).collect();
            view! {
                <tr>
                    <th scope="row"><a href=href>{row.name}</a></th>
                    <td data-label="Reference">{row.reference}</td>
                    <td data-label="E-mail">{row.email}</td>
                    <td data-label="Owes" class="num">{balances}</td>
                </tr>
            }
        })
        .collect();
    let list = if rows.is_empty() {
        let words = if v.search.is_empty() { "There is nobody here yet." } else { "Nobody was found." };
        view! { <p>{words}</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Name"</th><th scope="col">"Reference"</th><th scope="col">"E-mail"</th>
                    <th scope="col" class="num">"Owes"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let paging = pages("/console/debtors", &[("search", &v.search)], v.page, v.more);
    view! {
        <Shell frame=v.frame here="/console/debtors">
            <h1>"Customers"</h1>
            <form class="filter" method="get" action="/console/debtors" role="search">
                <div class="field">
                    <label for="search">"Name, reference, e-mail address or invoice number"</label>
                    <input id="search" name="search" type="search" value=v.search autocomplete="off"/>
                </div>
                <button class="button quiet">"Search"</button>
            </form>
            {list}
            {paging}
        </Shell>
    }
}
