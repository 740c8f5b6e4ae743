//! A short message that stands out: what just happened, what waits, what to know first.

use leptos::prelude::*;

/// How a notice looks. It never says more than its words do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    #[default]
    Info,
    /// It is done.
    Good,
    /// Something waits for an answer, or is not as planned.
    Wait,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "notice",
            Self::Good => "notice good",
            Self::Wait => "notice wait",
        }
    }
}

/// A message with a heading.
#[component]
pub fn Notice(
    /// How it looks.
    #[prop(optional)]
    tone: Tone,
    /// Its heading.
    #[prop(into)]
    heading: String,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <section class=tone.class()>
            <h2>{heading}</h2>
            {children()}
        </section>
    }
}

/// A word that says where something stands: "active", "waiting".
#[component]
pub fn Tag(
    /// How it looks.
    #[prop(optional)]
    tone: Tone,
    /// What it says.
    #[prop(into)]
    words: String,
) -> impl IntoView {
    let class = match tone {
        Tone::Info => "tag",
        Tone::Good => "tag good",
        Tone::Wait => "tag wait",
    };
    view! { <span class=class>{words}</span> }
}
