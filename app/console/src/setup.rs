//! The first page of a new installation: whose it is, and the owner's password.

use crate::frame::problems;
use crate::parts::field;
use kept_api::console::SetupView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Page;
use leptos::prelude::*;

/// Asks for the business's name and makes its owner.
pub fn setup_page(v: SetupView) -> impl IntoView {
    let form = v.form;
    let code = v.asks_code.then(|| {
        field(
            &form,
            "code",
            "Set-up code",
            "The server printed it when it started: nobody else can take this page",
            Input::Text,
        )
    });
    view! {
        <Page brand="Kept">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Set up Kept"</h1>
            <p>"This page is shown once. Whoever fills it in becomes the owner and can see and change everything."</p>
            <form method="post" action="/console/setup" novalidate>
                {code}
                {field(&form, "business", "Name of the business", "The name that your customers know", Input::Text)}
                {field(&form, "name", "Your name", "", Input::Text)}
                {field(&form, "email", "Your e-mail address", "You sign in with it", Input::Email)}
                {field(&form, "password", "Choose a password", "At least 12 characters. Several words are easier to remember than signs", Input::NewPassword)}
                <button class="button">"Create the owner and sign in"</button>
            </form>
        </Page>
    }
}
