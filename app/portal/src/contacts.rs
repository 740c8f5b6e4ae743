//! "Messages": everything that was sent, withheld or recorded, newest first.

use crate::frame::{BackToAccount, Frame, Until};
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
        "queued" => ("About to be sent", Tone::Wait),
        "sent" => ("Sent", Tone::Good),
        "withheld" => ("Not sent", Tone::Info),
        "failed" => ("Could not be delivered", Tone::Wait),
        "bounced" => ("Came back to us", Tone::Wait),
        "unknown" => ("May not have arrived", Tone::Wait),
        "cancelled" => ("Not sent", Tone::Info),
        _ => ("Recorded", Tone::Info),
    }
}

fn reason_words(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "nothing_overdue" => "Nothing was overdue.",
        "no_address" => "We have no address for you that works.",
        "awaits_business" => "You were waiting for an answer from us.",
        "payment_confirming" => "Your payment was on its way.",
        "agreement_running" => "You are paying as agreed.",
        "held" => "Reminders were paused.",
        "opted_out" => "You asked for no more reminders there.",
        "bounced" => "Messages to that address came back.",
        "too_soon" => "We had been in touch only just before.",
        "budget_spent" => "You had heard from us often enough.",
        _ => return None,
    })
}

/// The page at `/account/contacts`.
#[component]
pub fn ContactsPage(
    /// What it shows.
    contacts: Contacts,
) -> impl IntoView {
    let Contacts { business, lines, paused_until } = contacts;
    let name = business.name.clone();
    let none = lines.is_empty();
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let (state, tone) = state_words(&line);
            let reason = reason_words(&line.reason).map(|words| view! { <p class="small">{words}</p> });
            let title = if line.subject.is_empty() { purpose_words(&line.purpose).to_owned() } else { line.subject.clone() };
            let body = (!line.body.is_empty()).then(|| {
                view! { <details><summary>"Read it"<span class="sr">": "{title.clone()}</span></summary><p class="message">{line.body.clone()}</p></details> }
            });
            view! {
                <li>
                    <div class="row"><h2 class="h3">{title}</h2><Tag words=state tone/></div>
                    <p class="soft small">{channel_words(&line)}" · "{line.at.clone()}</p>
                    {reason}
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
            {paused_until.map(|on| view! { <p>"Reminders are paused until "<Until on/>"."</p> })}
            <p><a href="/account/preferences">"Choose how we write to you"</a></p>
            {list}
        </Frame>
    }
}
