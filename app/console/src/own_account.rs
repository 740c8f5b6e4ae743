//! One's own account: the password, the app with six digits, passkeys.

use crate::frame::{Shell, problems};
use crate::parts::field;
use crate::passkey::PasskeyAdd;
use kept_api::people::{OwnAccountView, PasskeyRow, TotpSecret};
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::notice::{Notice, Tone};
use leptos::prelude::*;

/// The page of one's own account.
pub fn own_account_page(v: OwnAccountView) -> impl IntoView {
    let form = v.form.clone();
    let codes = (!v.codes.is_empty()).then(|| {
        let codes: Vec<_> = v.codes.iter().cloned().map(|code| view! { <li><code>{code}</code></li> }).collect();
        view! {
            <Notice tone=Tone::Good heading="Keep these recovery codes".to_owned()>
                <p>"Each works once, where your app is not at hand. They are shown only now: print them, or write them down."</p>
                <ul class="codes">{codes}</ul>
            </Notice>
        }
    });
    let keys: Vec<_> = v.passkeys.into_iter().map(key_row).collect();
    let keys = (!keys.is_empty()).then(|| view! { <ul class="plain-list">{keys}</ul> });
    let add = if v.passkeys_usable {
        view! { <PasskeyAdd/> }.into_any()
    } else {
        view! { <p>"Browsers make passkeys only for an address that is a name and begins with https."</p> }.into_any()
    };
    view! {
        <Shell frame=v.frame here="/console/account">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Your account"</h1>
            <p>"You sign in as "<strong>{v.email}</strong>". "{v.may}"."</p>
            {codes}
            <section class="card" aria-labelledby="totp">
                <h2 id="totp">"A code after the password"</h2>
                {second_factor(v.has_totp, v.codes_left, v.pending, &form)}
            </section>
            <section class="card" aria-labelledby="passkeys">
                <h2 id="passkeys">"Passkeys"</h2>
                <p>"Sign in with your finger, your face or the PIN of your device. A passkey cannot be guessed, and works on no other site."</p>
                {keys}
                {add}
            </section>
            <form class="card" method="post" action="/console/account/password" novalidate>
                <h2>"Password"</h2>
                {field(&form, "old", "Your current password", "", Input::Password)}
                {field(&form, "new", "The new password", "At least 12 characters. Other devices are signed out", Input::NewPassword)}
                <button class="button">"Change the password"</button>
            </form>
        </Shell>
    }
}

fn second_factor(has: bool, left: i64, pending: Option<TotpSecret>, form: &kept_api::console::Form) -> AnyView {
    if has {
        return view! {
            <p>"After your password, a code from your app is asked for. Recovery codes left: "{left}"."</p>
            <form method="post" action="/console/account/totp" novalidate>
                {field(form, "password", "Your password", "To change this", Input::Password)}
                <p class="buttons">
                    <button class="button quiet" name="act" value="renew">"Make new recovery codes"</button>
                    " "
                    <button class="button quiet" name="act" value="end">"Stop asking for a code"</button>
                </p>
            </form>
        }
        .into_any();
    }
    let Some(TotpSecret { text, path, size }) = pending else {
        return view! {
            <p>"An app on your telephone shows six digits that change every half minute. Whoever learns your password cannot sign in without them."</p>
            <form method="post" action="/console/account/totp" novalidate>
                {field(form, "password", "Your password", "To change this", Input::Password)}
                <button class="button quiet" name="act" value="begin">"Set up an app"</button>
            </form>
        }
        .into_any();
    };
    // Four modules of quiet around it, as cameras want it.
    let edge = size + 8;
    let view_box = format!("-4 -4 {edge} {edge}");
    view! {
        <ol>
            <li>"Open the app and let it read this picture, or type the text below it."</li>
            <li>"Enter the six digits that it shows."</li>
        </ol>
        <svg class="qr" viewBox=view_box role="img" aria-label="The picture for your app. The text below says the same.">
            <path class="qr-paper" d=format!("M-4-4h{edge}v{edge}h-{edge}z")></path>
            <path class="qr-ink" d=path></path>
        </svg>
        <p><code class="link">{text}</code></p>
        <form method="post" action="/console/account/totp" novalidate>
            {field(form, "code", "Six digits", "", Input::OneTimeCode)}
            <button class="button" name="act" value="confirm">"Ask for a code from now on"</button>
        </form>
    }
    .into_any()
}

fn key_row(row: PasskeyRow) -> impl IntoView {
    let action = format!("/console/account/passkeys/{}", row.id);
    let used = row.used.map_or("not used yet".to_owned(), |at| format!("last used {at}"));
    view! {
        <li>
            <form method="post" action=action class="inline">
                <span><strong>{row.name.clone()}</strong>", added "{row.added}", "{used}</span>
                <button class="button quiet">"Remove"<span class="sr">" "{row.name}</span></button>
            </form>
        </li>
    }
}
