//! Form fields: a label, a hint, what is wrong, and the control that they describe.

use crate::error_summary::FieldError;
use leptos::prelude::*;

/// What a text field takes; it decides the keyboard, the width and what a browser fills in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Words.
    #[default]
    Text,
    /// A short text, such as a postcode or a code.
    Short,
    /// An amount of money.
    Amount,
    /// A whole number.
    Number,
    /// A day.
    Date,
    /// An e-mail address.
    Email,
    /// A password that is known already.
    Password,
    /// A password that is being chosen.
    NewPassword,
    /// A one-time code of digits.
    OneTimeCode,
    /// A one-time code of digits, or one of letters that was written down.
    AnyCode,
}

impl Input {
    /// `type`, `inputmode`, `autocomplete`, `class`.
    fn attributes(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Text => ("text", "text", "off", "wide"),
            Self::Short => ("text", "text", "off", "mid"),
            Self::Amount => ("text", "decimal", "off", "narrow"),
            Self::Number => ("text", "numeric", "off", "narrow"),
            Self::Date => ("date", "text", "off", "mid"),
            Self::Email => ("email", "email", "username", "wide"),
            Self::Password => ("password", "text", "current-password", "wide"),
            Self::NewPassword => ("password", "text", "new-password", "wide"),
            Self::OneTimeCode => ("text", "numeric", "one-time-code", "mid"),
            Self::AnyCode => ("text", "text", "one-time-code", "mid"),
        }
    }
}

/// The ids that describe a control, for `aria-describedby`.
fn described_by(name: &str, hint: bool, problem: bool) -> Option<String> {
    match (hint, problem) {
        (false, false) => None,
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-error")),
        (true, true) => Some(format!("{name}-hint {name}-error")),
    }
}

/// A field of one line.
#[component]
pub fn Field(
    /// Its name and id.
    name: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: String,
    /// What it takes.
    #[prop(optional)]
    input: Input,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// What stands before it, such as a currency's sign.
    #[prop(optional, into)]
    prefix: String,
    /// The earliest day or smallest number, as the browser may check it.
    #[prop(optional, into)]
    min: String,
    /// What is wrong with it.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let (kind, mode, complete, class) = input.attributes();
    let described = described_by(name, !hint.is_empty(), problem.is_some());
    let wrong = problem.is_some();
    let given = |text: String| (!text.is_empty()).then_some(text);
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name>{label}</label>
            {given(hint).map(|hint| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldError name problem/>
            <div class="control">
                {given(prefix).map(|prefix| view! { <span class="prefix" aria-hidden="true">{prefix}</span> })}
                <input id=name name=name type=kind inputmode=mode autocomplete=complete class=class value=value
                    min=given(min) spellcheck="false"
                    aria-describedby=described aria-invalid=wrong.then_some("true")/>
            </div>
        </div>
    }
    .into_any()
}

/// A text as it stands inside a textarea. The renderer puts text there as it is (tachys takes it for raw text, which HTML
/// does not), so it is escaped here; the line break before it is one that browsers drop.
pub fn in_textarea(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// A field of several lines.
#[component]
pub fn Words(
    /// Its name and id.
    name: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: String,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// What is wrong with it.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let described = described_by(name, !hint.is_empty(), problem.is_some());
    let wrong = problem.is_some();
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldError name problem/>
            <textarea id=name name=name rows="5" aria-describedby=described aria-invalid=wrong.then_some("true")>{in_textarea(&value)}</textarea>
        </div>
    }
    .into_any()
}

/// A file to send along.
#[component]
pub fn FileField(
    /// Its name and id.
    name: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What helps to choose it.
    #[prop(optional, into)]
    hint: String,
    /// The types that the browser offers, as in `accept`.
    accept: &'static str,
    /// More than one can be chosen.
    #[prop(optional)]
    many: bool,
    /// What is wrong with it.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let described = described_by(name, !hint.is_empty(), problem.is_some());
    let wrong = problem.is_some();
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldError name problem/>
            <input id=name name=name type="file" accept=accept multiple=many aria-describedby=described aria-invalid=wrong.then_some("true")/>
        </div>
    }
    .into_any()
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means; may be empty.
    pub hint: String,
    /// It is chosen.
    pub chosen: bool,
}

impl Choice {
    /// An answer without a hint.
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), hint: String::new(), chosen }
    }

    /// With what it means.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// A question with answers to choose from: one, or with `many` several. The first answer's id is `name`, so that the
/// error summary leads to it.
#[component]
pub fn Choices(
    /// The name of the controls.
    name: &'static str,
    /// The question.
    #[prop(into)]
    legend: String,
    /// What helps to answer it.
    #[prop(optional, into)]
    hint: String,
    /// The answers.
    choices: Vec<Choice>,
    /// More than one can be chosen.
    #[prop(optional)]
    many: bool,
    /// What is wrong with the answer.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let kind = if many { "checkbox" } else { "radio" };
    let described = described_by(name, !hint.is_empty(), problem.is_some());
    let wrong = problem.is_some();
    let answers: Vec<_> = choices
        .into_iter()
        .enumerate()
        .map(|(n, choice)| {
            let id = if n == 0 { name.to_owned() } else { format!("{name}-{n}") };
            let hint_id = (!choice.hint.is_empty()).then(|| format!("{id}-means"));
            let hint = hint_id.clone().map(|id| view! { <span class="hint" id=id>{choice.hint}</span> });
            view! {
                <div class="choice">
                    <input type=kind id=id.clone() name=name value=choice.value checked=choice.chosen aria-describedby=hint_id/>
                    <label for=id>{choice.label}</label>
                    {hint}
                </div>
            }
        })
        .collect();
    view! {
        <fieldset class="field" class:wrong=wrong aria-describedby=described>
            <legend>{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <FieldError name problem/>
            {answers}
        </fieldset>
    }
    .into_any()
}

/// A value that a form carries without showing it.
#[component]
pub fn Hidden(
    /// Its name.
    name: &'static str,
    /// What is sent.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}
