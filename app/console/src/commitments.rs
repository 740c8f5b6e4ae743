//! All commitments: by kind and state, with a search.

use crate::frame::Shell;
use crate::news::News;
use crate::parts::{Select, commitments_table, escape_query, pages, state_words};
use kept_api::console::CommitmentsView;
use kept_domain::commitment::State;
use leptos::prelude::*;

/// The page of all commitments, newest first.
pub fn commitments_page(v: CommitmentsView) -> impl IntoView {
    let f = v.filter;
    let quick: Vec<_> = [("", "All".to_owned()), ("due", "Due within 7 days".to_owned())]
        .into_iter()
        .chain([State::Proposed, State::Active, State::Missed, State::Kept, State::Broken].into_iter().map(|state| {
            let many = v.counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, many)| *many);
            (state.code(), format!("{} ({many})", state_words(state)))
        }))
        .map(|(state, words)| {
            let href = format!("/console/commitments?state={state}&kind={}&search={}", f.kind, escape_query(&f.search));
            let current = (state == f.state).then_some("true");
            view! { <li><a href=href aria-current=current>{words}</a></li> }
        })
        .collect();
    let kinds = [("", "All kinds"), ("promise", "Promises"), ("plan", "Instalments"), ("settlement", "Settlements")];
    let kinds = kinds.map(|(code, words)| (code.to_owned(), words.to_owned())).to_vec();
    let mut states =
        vec![(String::new(), "In any state".to_owned()), ("due".to_owned(), "Due within 7 days".to_owned())];
    states.extend(State::ALL.map(|s| (s.code().to_owned(), state_words(s).to_owned())));
    let query = [("kind", f.kind.as_str()), ("state", f.state.as_str()), ("search", f.search.as_str())];
    let paging = pages("/console/commitments", &query, v.page, v.more);
    let csv = format!(
        "/console/commitments.csv?kind={}&state={}&search={}",
        escape_query(&f.kind),
        escape_query(&f.state),
        escape_query(&f.search)
    );
    let list = if v.rows.is_empty() {
        view! { <p>"There are none here."</p> }.into_any()
    } else {
        commitments_table(v.rows, true).into_any()
    };
    view! {
        <Shell frame=v.frame here="/console/commitments">
            <h1>"Commitments"</h1>
            <News after=v.last_event/>
            <nav class="tabs" aria-label="By state"><ul>{quick}</ul></nav>
            <form class="filter" method="get" action="/console/commitments" role="search">
                <div class="field">
                    <label for="search">"Name or reference"</label>
                    <input id="search" name="search" type="search" value=f.search.clone() autocomplete="off"/>
                </div>
                <Select name="kind" label="Kind" options=kinds chosen=f.kind.clone()/>
                <Select name="state" label="State" options=states chosen=f.state.clone()/>
                <button class="button quiet">"Show"</button>
            </form>
            {list}
            {paging}
            <p><a href=csv download="commitments.csv">"Export these as CSV"</a></p>
        </Shell>
    }
}
