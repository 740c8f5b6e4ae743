//! What an unsubscribe link shows: one button, and nothing personal.

use kept_ui::page::Page;
use leptos::prelude::*;

/// Asks once more; nothing has happened yet.
#[component]
pub fn StopPage() -> impl IntoView {
    view! {
        <Page brand="Kept">
            <h1>"Stop reminders by e-mail?"</h1>
            <p>"No more reminders will go to the address that this link was sent to. This changes nothing else: you still get answers to what you write or do."</p>
            <form method="post" class="card"><button class="button">"Stop these e-mails"</button></form>
        </Page>
    }
}

/// It is done: the same page whatever the link was.
#[component]
pub fn StoppedPage() -> impl IntoView {
    view! {
        <Page brand="Kept">
            <h1>"Reminders by e-mail are stopped"</h1>
            <p>"No more reminders go to that address. If you change your mind, you can turn them on again from your own page."</p>
            <p class="soft small">"You can close this page."</p>
        </Page>
    }
}
