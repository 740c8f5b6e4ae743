//! The page to sign in on.

use crate::frame::problems;
use crate::parts::field;
use crate::passkey::PasskeySignIn;
use kept_api::console::LoginView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Hidden, Input};
use kept_ui::notice::{Notice, Tone};
use kept_ui::page::Page;
use leptos::prelude::*;

/// Asks for an e-mail address and a password.
pub fn login_page(v: LoginView) -> impl IntoView {
    let form = v.form;
    view! {
        <Page brand="Kept">
            {v.done.map(|done| view! { <div role="status"><Notice tone=Tone::Good heading=done>""</Notice></div> })}
            <ErrorSummary problems=problems(&form)/>
            <h1>"Sign in"</h1>
            <form method="post" action="/console/login" novalidate>
                <Hidden name="next" value=form.value("next").to_owned()/>
                {field(&form, "email", "E-mail address", "", Input::Email)}
                {field(&form, "password", "Password", "", Input::Password)}
                <button class="button">"Sign in"</button>
            </form>
            {v.passkeys.then(|| view! { <PasskeySignIn next=form.value("next").to_owned()/> })}
        </Page>
    }
}
