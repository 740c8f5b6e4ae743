//! The page that an invitation leads to.

use crate::frame::problems;
use crate::parts::field;
use kept_api::people::JoinView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Page;
use leptos::prelude::*;

/// Asks for a name and a password.
pub fn join_page(v: JoinView) -> impl IntoView {
    let form = v.form;
    let business = if v.business.is_empty() { "a business".to_owned() } else { v.business };
    view! {
        <Page brand="Kept">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Join "{business}</h1>
            <p>"You will sign in as "<strong>{v.email}</strong>". "{v.may}"."</p>
            <form method="post" action=v.action novalidate>
                {field(&form, "name", "Your name", "", Input::Text)}
                {field(&form, "password", "Choose a password", "At least 12 characters. Several words are easier to remember than signs", Input::NewPassword)}
                <button class="button">"Join"</button>
            </form>
        </Page>
    }
}
