//! "I've already paid": when, how, and proof.

use crate::dispute::{FILES, ScopeFields};
use crate::frame::{BackToAccount, Frame};
use kept_api::portal::{DisputeForm, Open};
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices, Field, FileField, Hidden, Input, Words};
use leptos::prelude::*;

/// The ways in which people pay: what is sent, and what is read.
pub const WAYS: [(&str, &str); 5] = [
    ("bank transfer", "Bank transfer"),
    ("card", "Card"),
    ("cheque", "Cheque"),
    ("cash", "Cash"),
    ("another way", "Another way"),
];

/// The page at `/account/already-paid`.
#[component]
pub fn AlreadyPaidPage(
    /// What it can be about.
    open: Open,
    /// What was typed.
    form: DisputeForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Open { business, currency, invoices, .. } = open;
    let ways: Vec<Choice> =
        WAYS.into_iter().map(|(code, words)| Choice::new(code, words, code == form.paid_by)).collect();
    let (paid_on, words) = (form.paid_on.clone(), form.words.clone());
    let intro = format!(
        "Payments sometimes cross with our messages. Tell {} about yours. It is on hold while we look for it.",
        business.name
    );
    let again = (!problems.is_empty())
        .then(|| view! { <p class="soft small">"If you had chosen a file, please choose it again."</p> });
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"I’ve already paid"</h1>
            <p>{intro}</p>
            <form method="post" action="/account/already-paid" enctype="multipart/form-data" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <Field name="paid_on" label="When did you pay?" hint="Roughly is fine" input=Input::Date value=paid_on problem=problems.of("paid_on")/>
                <Choices name="paid_by" legend="How did you pay?" choices=ways problem=problems.of("paid_by")/>
                <ScopeFields invoices currency form problems=problems.clone()/>
                <Words name="words" label="Anything that helps us find it" hint="Such as the name on the account or a reference. You can leave this empty" value=words problem=problems.of("words")/>
                <FileField name="file" label="Proof of payment" hint="Only if you have it. PDF or picture, up to 10 MB" accept=FILES problem=problems.of("file")/>
                {again}
                <button class="button">"Send this"</button>
            </form>
        </Frame>
    }
}
