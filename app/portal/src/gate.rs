//! What a link shows before identity is checked: one question, and nothing personal.

use kept_api::portal::{Gate, Question};
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Field, Input};
use kept_ui::page::Page;
use leptos::prelude::*;

/// What is wrong with the answer.
pub fn problems(gate: &Gate) -> Problems {
    match (gate.empty, gate.tries_left) {
        (true, _) => Problems::one("answer", "Enter an answer"),
        (false, Some(1)) => Problems::one("answer", "That does not match. You can try one more time"),
        (false, Some(left)) => Problems::one("answer", format!("That does not match. You can try {left} more times")),
        (false, None) => Problems::default(),
    }
}

/// The one question.
#[component]
pub fn GatePage(
    /// What is asked.
    gate: Gate,
) -> impl IntoView {
    let problems = problems(&gate);
    let problem = problems.of("answer");
    let Gate { business, action, question, .. } = gate;
    let form = match question {
        Question::Code { sent: false } => view! {
            <p>{format!("We send a code to the e-mail address that {business} has for you. It works for a short time.")}</p>
            <form method="post" action=action><input type="hidden" name="send" value="code"/><button class="button">"Send me a code"</button></form>
        }
        .into_any(),
        question => {
            let (label, hint, input) = match question {
                Question::Postcode => {
                    ("Your postcode", format!("The postcode of the address that {business} has for you"), Input::Short)
                }
                Question::InvoiceNumber => ("An invoice number", format!("Any invoice from {business} that is still open"), Input::Short),
                Question::BirthDate => ("Your date of birth", "Day, month and year".to_owned(), Input::Date),
                Question::Code { .. } => ("Your code", "We have just sent it to you by e-mail".to_owned(), Input::OneTimeCode),
            };
            let again = matches!(question, Question::Code { .. }).then(|| {
                view! {
                    <form method="post" action=action.clone()><input type="hidden" name="send" value="code"/><button class="plain">"Send another code"</button></form>
                }
            });
            view! {
                <form method="post" action=action novalidate>
                    <Field name="answer" label=label hint=hint input=input problem=problem/>
                    <button class="button">"Continue"</button>
                </form>
                {again}
            }
            .into_any()
        }
    };
    view! {
        <Page brand=business.clone()>
            <ErrorSummary problems/>
            <h1>"One question first"</h1>
            <p>{format!("{business} sent you this link. We ask this so that only you can see what comes next.")}</p>
            <div class="card">{form}</div>
            <p class="soft small">{format!("Is this not for you, or can you not answer? Please tell {business}: write back to the message, or call. Then you can close this page.")}</p>
        </Page>
    }
}

/// A link that does not open anything: the same page whatever the cause.
#[component]
pub fn DeadLinkPage(
    /// Where a fresh one is asked for.
    fresh: String,
) -> impl IntoView {
    view! {
        <Page brand="Kept">
            <h1>"This link no longer works"</h1>
            <p>"It may be too old, or a part of it may be missing. That is nothing to worry about."</p>
            <p>"We can send a fresh link to the address that we have for you. It is free. You can get one a day."</p>
            <form method="post" action=fresh><button class="button">"Send me a fresh link"</button></form>
        </Page>
    }
}

/// The answer to everybody who asks for a fresh link.
#[component]
pub fn FreshLinkPage() -> impl IntoView {
    view! {
        <Page brand="Kept">
            <h1>"Look at your messages"</h1>
            <p>"If the link was one of ours and has run out, a fresh one goes to the address that we have for you. It can take a few minutes. We send one a day at most."</p>
            <p>"If nothing comes, write to or call the business that sent you the first link."</p>
        </Page>
    }
}

/// For somebody without a session.
#[component]
pub fn SignedOutPage(
    /// They have just signed out themselves.
    left: bool,
) -> impl IntoView {
    let heading = if left { "You are signed out" } else { "Please open your link again" };
    let words = if left {
        "Nobody can see your account on this device now. To come back, open the link in your message."
    } else {
        "To keep your account private, we close it after a while. Open the link in your message to come back. Nothing you agreed or told us is lost."
    };
    view! { <Page brand="Kept"><h1>{heading}</h1><p>{words}</p></Page> }
}

/// A page that tells one thing: not found, too many tries, an error.
#[component]
pub fn ToldPage(
    /// Its heading.
    #[prop(into)]
    heading: String,
    /// What it says.
    #[prop(into)]
    words: String,
) -> impl IntoView {
    view! { <Page brand="Kept"><h1>{heading}</h1><p>{words}</p></Page> }
}
