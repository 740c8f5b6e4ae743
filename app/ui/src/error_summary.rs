//! What is wrong with a form: a summary at the top that takes the focus and links to the fields.

use leptos::prelude::*;

/// One mistake in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the field, which is also the id that the summary links to.
    pub field: &'static str,
    /// What to do about it, without a full stop.
    pub words: String,
}

/// The mistakes in a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// One mistake.
    pub fn one(field: &'static str, words: impl Into<String>) -> Self {
        let mut problems = Self::default();
        problems.add(field, words);
        problems
    }

    /// Adds a mistake.
    pub fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.0.push(Problem { field, words: words.into() });
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|p| p.field == field).map(|p| p.words.clone())
    }

    /// A page's title, which says first that something is wrong.
    pub fn title(&self, title: &str) -> String {
        if self.is_empty() { title.to_owned() } else { format!("Error: {title}") }
    }
}

/// The summary; nothing where nothing is wrong.
#[component]
pub fn ErrorSummary(
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    (!problems.is_empty()).then(|| {
        let lines: Vec<_> =
            problems.0.into_iter().map(|p| view! { <li><a href=format!("#{}", p.field)>{p.words}</a></li> }).collect();
        view! {
            <div class="errors" role="alert" tabindex="-1" autofocus aria-labelledby="errors">
                <h2 id="errors">"There is a problem"</h2>
                <ul>{lines}</ul>
            </div>
        }
    })
}

/// What is wrong with one field, beside it; the field names it in `aria-describedby` as `{name}-error`.
#[component]
pub fn FieldError(
    /// The field.
    name: &'static str,
    /// What is wrong.
    problem: Option<String>,
) -> impl IntoView {
    problem.map(|words| {
        view! {
            <p class="error" id=format!("{name}-error")><span class="sr">"Error: "</span>{words}</p>
        }
    })
}
