//! "How we write to you": which addresses get reminders, which way comes first, and in which language.

use crate::frame::{BackToAccount, Frame};
use kept_api::portal::{LANGUAGES, Preferences, Reach};
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices};
use kept_ui::notice::{Notice, Tone};
use leptos::prelude::*;

fn words_of(channel: &str) -> &'static str {
    match channel {
        "email" => "E-mail",
        _ => "Text message",
    }
}

fn standing(reach: &Reach) -> &'static str {
    match reach.state.as_str() {
        "bounced" => "Messages to it came back, so it is not used. Please tell us another one.",
        "opted_out" => "You asked for no reminders here.",
        _ => "",
    }
}

/// The page at `/account/preferences`.
#[component]
pub fn PreferencesPage(
    /// What it shows.
    preferences: Preferences,
    /// What is wrong with what was sent.
    problems: Problems,
) -> impl IntoView {
    let Preferences { business, reaches, channel, language, saved } = preferences;
    let name = business.name.clone();
    let reminders: Vec<Choice> = reaches
        .iter()
        .map(|r| {
            let label = format!("{} to {}", words_of(&r.channel), r.address);
            Choice::new(r.channel.clone(), label, r.state == "ok").hint(standing(r))
        })
        .collect();
    let first: Vec<Choice> =
        reaches.iter().map(|r| Choice::new(r.channel.clone(), words_of(&r.channel), r.channel == channel)).collect();
    let languages: Vec<Choice> =
        LANGUAGES.iter().map(|(code, label)| Choice::new(*code, *label, *code == language)).collect();
    let several = reaches.len() > 1;
    let none = reaches.is_empty();
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            {saved.then(|| view! { <Notice tone=Tone::Good heading="Your choices are saved"><p>"They count from now on."</p></Notice> })}
            <h1>"How we write to you"</h1>
            <p>{format!("This changes how we write to you, and nothing else. Answers to what you write or do still reach you. To change an address, tell {name}.")}</p>
            <form method="post" action="/account/preferences" novalidate>
                {(!none).then(|| view! { <Choices name="reminders" legend="Where may reminders go?" hint="Untick a box to stop them there" choices=reminders many=true/> })}
                {several.then(|| view! { <Choices name="channel" legend="Which way first?" choices=first problem=problems.of("channel")/> })}
                <Choices name="language" legend="In which language do you want our messages?" hint="These pages stay in English" choices=languages problem=problems.of("language")/>
                <button class="button">"Save"</button>
            </form>
        </Frame>
    }
}
