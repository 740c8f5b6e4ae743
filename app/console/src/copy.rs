//! The button that copies a new link.
#![expect(missing_docs, reason = "the island macro makes a struct that takes no comment")]

use leptos::prelude::*;

/// Copies a text to the clipboard. Without JavaScript there is no button, and the text is selected by hand.
#[island]
pub fn CopyText(
    /// What is copied.
    text: String,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    let copied = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| awake.set(true));
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        crate::browser::copy(text.clone(), copied);
        #[cfg(not(feature = "hydrate"))]
        let _ = &text;
    };
    view! {
        <span class="copying">
            <button type="button" class="button quiet" class:hidden=move || !awake.get() on:click=copy>"Copy"</button>
            <span role="status">{move || copied.get().then_some("Copied")}</span>
        </span>
    }
}
