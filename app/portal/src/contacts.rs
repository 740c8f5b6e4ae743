//! "Messages": everything that was sent, withheld or recorded, newest first.

use crate::frame::{BackToAccount, Frame};
use kept_api::portal::{ContactLine, Contacts};
use kept_ui::notice::{Tag, Tone};
use leptos::prelude::*;

fn channel_words(line: &ContactLine) -> &'static str {
    match (line.channel.as_str(), line.inbound) {
        ("email", false) => "E-mail to you",
        ("email", true) => "E-mail from you",
        ("sms", false) => "Text message to you",
        ("sms", true) => "Text message from you",
        ("letter", false) => "Letter to you",
        ("letter", true) => "Letter from you",
        ("call", false) => "Call to you",
        ("call", true) => "Call from you",
        ("visit", _) => "Visit",
        (_, true) => "You, on these pages",
        _ => "Message",
    }
}

fn purpose_words(purpose: &str) -> &'static str {
    match purpose {
        "reminder" => "A reminder",
        "receipt" => "A receipt",
        "answer" => "About what you told us",
        "agreement" => "About your agreement",
        "access" => "A way into your account",
        "reply" => "Your message",
        _ => "A note",
    }
}

fn state_words(line: &ContactLine) -> (&'static str, Tone) {
    match line.state.as_str() {
        "queued" | "sending" => ("About to be sent", Tone::Wait),
        "task" => ("Planned", Tone::Wait),
        "sent" => ("Sent", Tone::Good),
        "withheld" => ("Not sent", Tone::Info),
        "failed" => ("Could not be delivered", Tone::Wait),
        "bounced" => ("Came back to us", Tone::Wait),
        "unknown" => ("May not have arrived", Tone::Wait),
        "cancelled" => ("Not sent", Tone::Info),
        _ => ("Recorded", Tone::Info),
    }
}

/// The page at `/account/contacts`.
#[component]
pub fn ContactsPage(
    /// What it shows.
    contacts: Contacts,
) -> impl IntoView {
    let Contacts { business, lines, next } = contacts;
    let name = business.name.clone();
    let none = lines.is_empty();
    let why = (!next.why.is_empty()).then(|| view! { <p class="small">{next.why.clone()}</p> });
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let (state, tone) = state_words(&line);
            let reason = (!line.why.is_empty()).then(|| view! { <p class="small">{line.why.clone()}</p> });
            let until = (!line.until.is_empty())
                .then(|| view! { <p class="small">{format!("We planned to send nothing else before {}.", line.until)}</p> });
            let title = if line.subject.is_empty() { purpose_words(&line.purpose).to_owned() } else { line.subject.clone() };
            let body = (!line.body.is_empty()).then(|| {
                view! { <details><summary>"Read it"<span class="sr">": "{title.clone()}</span></summary><p class="message">{line.body.clone()}</p></details> }
            });
            view! {
                <li>
                    <div class="row"><h2 class="h3">{title}</h2><Tag words=state tone/></div>
                    <p class="soft small">{channel_words(&line)}" · "{line.at.clone()}</p>
                    {reason}
                    {until}
                    {body}
                </li>
            }
        })
        .collect();
    let list = if none {
        view! { <p>"There are no messages yet."</p> }.into_any()
    } else {
        view! { <ul class="list card">{items}</ul> }.into_any()
    };
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"Messages"</h1>
            <p>{format!("Everything that {name} sent you, held back or noted, with the newest first.")}</p>
            <div class="card"><h2 class="h3">"What comes next"</h2><p>{next.what}</p>{why}</div>
            <p><a href="/account/preferences">"Choose how we write to you"</a></p>
            {list}
        </Frame>
    }
}
