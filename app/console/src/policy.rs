//! Settings: what the business says of itself, and what it accepts without being asked.

use crate::frame::{Shell, problems};
use crate::offer::Offer;
use crate::parts::{Select, choices, field, words};
use crate::terms_form::{BANDS_MAX, NAMES};
use kept_api::console::PolicyView;
use kept_domain::calendar::Frequency;
use kept_ui::amount::sign;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, Field, Input};
use leptos::prelude::*;

/// What a debtor may be asked before anything is shown.
pub const QUESTIONS: [(&str, &str); 4] = [
    ("postcode", "The postcode of their address"),
    ("invoice_number", "The number of an open invoice"),
    ("birth_date", "Their date of birth"),
    ("code", "A code that is sent to their e-mail address"),
];

/// The page of settings.
pub fn policy_page(v: PolicyView) -> impl IntoView {
    let form = v.form.clone();
    let currency = v.currency;
    let bands: Vec<_> = (0..v.bands).map(|n| band(&v, n).into_any()).collect();
    let add = (v.bands < BANDS_MAX).then(|| {
        view! { <button class="button quiet" name="act" value="add_band">"Other terms for small balances"</button> }
    });
    let remove = (v.bands > 1).then(|| {
        view! { <button class="button quiet" name="act" value="remove_band">"Remove the first band"</button> }
    });
    let questions = QUESTIONS.map(|(code, words)| (code.to_owned(), words.to_owned())).to_vec();
    let chosen = form.value("identity_question").to_owned();
    let (balance, balance_wrong) = (form.value("balance").to_owned(), form.mistake("balance").map(str::to_owned));
    let good = choices(&form, "good", false, &[("yes", "For somebody who was good at paying on time")]);
    view! {
        <Shell frame=v.frame.clone() here="/console/policy">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Settings"</h1>
            <p><a href="/console/policy/reminders">"Reminders: which message comes when, and how often"</a><br/>
                <a href="/console/policy/rehearsal">"Rehearsal: what would be sent to whom, and when"</a><br/>
                <a href="/console/policy/bank">"Bank details: where your customers send money"</a><br/>
                <a href="/console/policy/settlements">"Lower amounts: who answers when a customer offers less"</a><br/>
                <a href="/console/policy/late-charges">"Late charges: what the law adds between companies, off unless you want it"</a><br/>
                <a href="/console/reconciliation">"Card payments compared with the gateway, every day"</a></p>
            <form id="settings" method="post" action="/console/policy" novalidate>
                // The first button of a form is the one that Enter presses.
                <button class="sr" name="act" value="save" tabindex="-1" aria-hidden="true">"Save"</button>
                <input type="hidden" name="bands" value=v.bands.to_string()/>
                <section class="card" aria-labelledby="about">
                    <h2 id="about">"Your business"</h2>
                    <p>"Your customers see this on their account page and in messages."</p>
                    {field(&form, "name", "Name", "", Input::Text)}
                    {field(&form, "email", "E-mail address for questions", "", Input::Email)}
                    {field(&form, "phone", "Telephone", "", Input::Text)}
                    {words(&form, "address", "Postal address", "")}
                    {field(&form, "zone", "Time zone", "Days begin and end here: Europe/London, America/New_York", Input::Short)}
                    {field(&form, "currency", "Currency", "Three letters, such as GBP. Terms are written in it", Input::Short)}
                    <Select name="identity_question" label="What a customer is asked before anything is shown" options=questions
                        chosen problem=form.mistake("identity_question").map(str::to_owned)/>
                </section>
                <section class="card" aria-labelledby="invoicing">
                    <h2 id="invoicing">"Your invoices"</h2>
                    <p>"When you import e-invoices, these tell that they are yours, and when they are due if they do not say."</p>
                    {field(&form, "vat_number", "VAT number", "With its country, such as GB123456789", Input::Short)}
                    {field(&form, "registration", "Company registration number", "As in the register", Input::Short)}
                    {field(&form, "due_days", "Days to pay, unless an invoice says otherwise", "", Input::Number)}
                </section>
                <section class="card" aria-labelledby="terms">
                    <h2 id="terms">"What you accept without being asked"</h2>
                    <p>"Inside these limits an agreement is made at once. Outside them it is sent to you to decide.
                    Your customers can see these limits."</p>
                    {bands}
                    {field(&form, "good_record", "Extra days for a customer with a good record",
                        "For somebody who paid at least four of five invoices on time", Input::Number)}
                    <div class="buttons">{add}{remove}</div>
                </section>
                <section class="card preview" aria-labelledby="preview">
                    <h2 id="preview">"Try it: what a customer would be offered"</h2>
                    <Field name="balance" label="If they owe" input=Input::Amount prefix=sign(currency) value=balance problem=balance_wrong/>
                    <Choices name="good" legend="Record" choices=good many=true/>
                    <Offer currency=currency.code().to_owned() today=v.today lines=v.offer.clone()/>
                    <p><button class="button quiet" name="act" value="preview">"Show the offer"</button></p>
                </section>
                <div class="buttons"><button class="button" name="act" value="save">"Save the settings"</button></div>
            </form>
        </Shell>
    }
}

fn band(v: &PolicyView, n: usize) -> impl IntoView + use<> {
    let form = v.form.clone();
    let names = &NAMES[n];
    let last = n + 1 == v.bands;
    let prefix = sign(v.currency);
    let for_money = form.clone();
    let money = move |name: &'static str, label: &str, hint: &str| {
        let form = &for_money;
        let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
        let (label, hint) = (label.to_owned(), hint.to_owned());
        view! { <Field name label hint input=Input::Amount prefix=prefix.clone() value problem/> }
    };
    let legend = match (v.bands, last) {
        (1, _) => "For every balance".to_owned(),
        (_, true) => "For all larger balances".to_owned(),
        _ => format!("Band {}", n + 1),
    };
    let up_to = (!last).then(|| money(names.up_to, "For balances up to", ""));
    let steps: Vec<_> = Frequency::ALL.iter().map(|f| (f.code(), f.words())).collect();
    let frequencies = choices(&form, names.frequencies, false, &steps);
    let wrong = form.mistake(names.frequencies).map(str::to_owned);
    view! {
        <fieldset class="band">
            <legend><h3>{legend}</h3></legend>
            {up_to}
            <div class="pairs">
                {money(names.min_instalment, "Smallest instalment", "The last one may be smaller")}
                {money(names.min_part, "Smallest card payment", "Towards a larger balance")}
                {field(&form, names.min_first, "Smallest first payment, in per cent", "0 asks for none", Input::Number)}
                {field(&form, names.latest_first, "Days to the first instalment, at most", "", Input::Number)}
                {field(&form, names.longest, "Days to the last instalment, at most", "", Input::Number)}
                {field(&form, names.latest_promise, "Days to a promised date, at most", "", Input::Number)}
            </div>
            <Choices name=names.frequencies legend="Instalments" choices=frequencies many=true problem=wrong/>
        </fieldset>
    }
}
