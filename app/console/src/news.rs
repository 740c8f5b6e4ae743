//! New commitments, shown on an open page without reloading it.
#![expect(missing_docs, reason = "the island macro makes a struct that takes no comment")]

use kept_api::console::NewsItem;
use leptos::prelude::*;

/// Asks every few seconds what happened after the event with id `after`, and shows it. Without JavaScript it is empty.
#[island]
pub fn News(
    /// The newest event that the page shows.
    after: String,
) -> impl IntoView {
    let items = RwSignal::new(Vec::<NewsItem>::new());
    #[cfg(feature = "hydrate")]
    crate::browser::poll_news(after, items);
    #[cfg(not(feature = "hydrate"))]
    let _ = after;
    view! {
        <div class="news" role="status" aria-live="polite">
            {move || (!items.get().is_empty()).then(|| view! {
                <h2>"New since you opened this page"</h2>
                <ul>
                    {items.get().into_iter().rev().map(|item| view! {
                        <li><a href=item.href>{item.who}</a>": "{item.what}" "<span class="hint">{item.at}</span></li>
                    }).collect::<Vec<_>>()}
                </ul>
            })}
        </div>
    }
}
