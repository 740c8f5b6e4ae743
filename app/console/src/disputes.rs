//! Disputes, claims of payment and hardships: what is open, and what was decided.

use crate::frame::Shell;
use crate::parts::{disputes_table, pages};
use kept_api::console::DisputesView;
use leptos::prelude::*;

/// The page of all disputes.
pub fn disputes_page(v: DisputesView) -> impl IntoView {
    let tab = |resolved: bool, href: &'static str, words: &'static str| {
        let current = (v.resolved == resolved).then_some("true");
        view! { <li><a href=href aria-current=current>{words}</a></li> }
    };
    let tabs = (tab(false, "/console/disputes", "Open"), tab(true, "/console/disputes?resolved=yes", "Resolved"));
    let query = [("resolved", if v.resolved { "yes" } else { "" })];
    let paging = pages("/console/disputes", &query, v.page, v.more);
    let list = if v.rows.is_empty() {
        let words = if v.resolved { "Nothing has been resolved yet." } else { "Nothing is open." };
        view! { <p>{words}</p> }.into_any()
    } else {
        disputes_table(v.rows, true).into_any()
    };
    view! {
        <Shell frame=v.frame here="/console/disputes">
            <h1>"Disputes"</h1>
            <p>"What customers say is not right, what they say is paid already, and who cannot afford it now. While one is open,
            the amount that it is about is not chased."</p>
            <nav class="tabs" aria-label="Open or resolved"><ul>{tabs}</ul></nav>
            {list}
            {paging}
        </Shell>
    }
}
