//! Where customers send money.

use crate::frame::{Shell, problems};
use crate::parts::{field, words};
use kept_api::statements::BankDetailsView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of bank details.
pub fn bank_details_page(v: BankDetailsView) -> impl IntoView {
    let form = v.form.clone();
    view! {
        <Shell frame=v.frame here="/console/policy">
            <Back href="/console/policy" words="Settings"/>
            <ErrorSummary problems=problems(&form)/>
            <h1>"Bank details"</h1>
            <p>"Your customers see them where they pay, with a reference of their own by which their payments are found on your
            bank statements. For amounts in euros they get a code that their banking app reads."</p>
            <form class="card" method="post" action="/console/policy/bank" novalidate>
                {field(&form, "holder", "Account holder", "As your bank has it", Input::Text)}
                {field(&form, "iban", "IBAN", "Leave it empty where your bank has none", Input::Text)}
                {field(&form, "bic", "BIC", "May stay empty", Input::Short)}
                {words(&form, "local", "Details for local transfers", "A line each: sort code 20-20-15, account 55555555")}
                <button class="button">"Save the bank details"</button>
            </form>
        </Shell>
    }
}
