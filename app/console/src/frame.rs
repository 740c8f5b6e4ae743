//! What stands around every page: the business's name, the way to the other pages, the button that signs out.

use kept_api::console::{Form, Frame};
use kept_ui::error_summary::{Problem, Problems};
use kept_ui::notice::{Notice, Tone};
use kept_ui::page::Page;
use leptos::prelude::*;

const SECTIONS: [(&str, &str); 10] = [
    ("/console", "Today"),
    ("/console/calls", "Calls"),
    ("/console/letters", "Letters"),
    ("/console/commitments", "Commitments"),
    ("/console/disputes", "Disputes"),
    ("/console/debtors", "Customers"),
    ("/console/imports", "Imports"),
    ("/console/templates", "Messages"),
    ("/console/policy", "Settings"),
    ("/console/users", "People"),
];

/// The frame of a page for somebody who has signed in.
#[component]
pub fn Shell(
    /// What it says.
    frame: Frame,
    /// The path of the section that the page belongs to.
    here: &'static str,
    /// The page.
    children: Children,
) -> impl IntoView {
    let links: Vec<_> = SECTIONS
        .into_iter()
        .filter(|(path, _)| frame.owner || *path != "/console/users")
        .map(|(path, words)| {
            let current = (path == here).then_some("page");
            let waiting = (path == "/console" && frame.waiting > 0).then(|| {
                let many = frame.waiting;
                view! { " "<span class="count">{many}<span class="sr">" waiting"</span></span> }
            });
            view! { <li><a href=path aria-current=current>{words}{waiting}</a></li> }
        })
        .collect();
    let nav = view! {
        <nav class="sections" aria-label="Console"><ul>{links}</ul></nav>
        <form class="signout" method="post" action="/console/logout">
            <a class="who" href="/console/account" aria-current=(here == "/console/account").then_some("page")>{frame.user}</a>
            <button class="plain">"Sign out"</button>
        </form>
    };
    let brand = if frame.business.is_empty() { "Kept".to_owned() } else { frame.business };
    view! {
        <Page brand home="/console" nav=nav.into_any() wide=true>
            {frame.done.map(|done| view! { <div role="status"><Notice tone=Tone::Good heading=done>""</Notice></div> })}
            {frame.note.map(|note| view! { <Notice tone=Tone::Info heading=note.to_owned()>""</Notice> })}
            {children()}
        </Page>
    }
}

/// A form's mistakes, as the summary at the top of a page takes them.
pub fn problems(form: &Form) -> Problems {
    Problems(form.mistakes.iter().map(|m| Problem { field: m.field, words: m.words.clone() }).collect())
}
