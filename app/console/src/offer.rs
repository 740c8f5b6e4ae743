//! What the terms would offer, while they are typed.
#![expect(missing_docs, reason = "the island macro makes a struct that takes no comment")]

use chrono::NaiveDate;
use leptos::prelude::*;

/// What the terms in the form would offer; it changes as they are typed. Without JavaScript a button asks the server.
#[island]
pub fn Offer(
    /// The currency of every amount.
    currency: String,
    /// The business's date.
    today: NaiveDate,
    /// What is offered for the form as it was sent.
    lines: Vec<String>,
) -> impl IntoView {
    let lines = RwSignal::new(lines);
    #[cfg(feature = "hydrate")]
    crate::browser::watch_terms(&currency, today, lines);
    #[cfg(not(feature = "hydrate"))]
    let _ = (currency, today);
    view! {
        <ul class="offer" aria-live="polite">
            {move || lines.get().into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>()}
        </ul>
    }
}
