//! The page that asks for a code after the password.

use crate::frame::problems;
use crate::parts::field;
use kept_api::people::CodeView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Hidden, Input};
use kept_ui::page::Page;
use leptos::prelude::*;

/// Asks for the six digits of an app, or a recovery code.
pub fn login_code_page(v: CodeView) -> impl IntoView {
    let form = v.form;
    let hint = "Six digits from your app. Without it, one of your recovery codes";
    view! {
        <Page brand="Kept">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Enter your code"</h1>
            <form method="post" action="/console/login/code" novalidate>
                <Hidden name="begun" value=form.value("begun").to_owned()/>
                <Hidden name="next" value=form.value("next").to_owned()/>
                {field(&form, "code", "Code", hint, Input::AnyCode)}
                <button class="button">"Sign in"</button>
            </form>
            <p><a href="/console/login">"Begin again"</a></p>
        </Page>
    }
}
