//! Passkeys on the page: a button to sign in with one, and one to add one. Without JavaScript there is neither, and the
//! password works as before.
#![expect(missing_docs, reason = "the island macro makes structs that take no comment")]

use leptos::prelude::*;

/// Signs in with a passkey, and goes on to `next`.
#[island]
pub fn PasskeySignIn(
    /// Where to go on.
    next: String,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    let told = RwSignal::new("");
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| awake.set(crate::passkey_browser::is_known()));
    let sign_in = move |_| {
        #[cfg(feature = "hydrate")]
        crate::passkey_browser::sign_in(next.clone(), told);
        #[cfg(not(feature = "hydrate"))]
        let _ = (&next, told);
    };
    view! {
        <div class="either passkey">
            <div class:hidden=move || !awake.get()>
                <p>"or"</p>
                <button type="button" class="button quiet" on:click=sign_in>"Sign in with a passkey"</button>
                <p role="status">{move || told.get()}</p>
            </div>
            <p class:hidden=move || awake.get()>"To sign in with a passkey, use a browser that knows passkeys, with JavaScript on."</p>
        </div>
    }
}

/// Adds a passkey to one's own account.
#[island]
pub fn PasskeyAdd() -> impl IntoView {
    let awake = RwSignal::new(false);
    let told = RwSignal::new("");
    let name = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| awake.set(crate::passkey_browser::is_known()));
    let add = move |_| {
        #[cfg(feature = "hydrate")]
        crate::passkey_browser::add(name.get_untracked(), password.get_untracked(), told);
        #[cfg(not(feature = "hydrate"))]
        let _ = (name, password, told);
    };
    view! {
        <div class="either">
            <div class:hidden=move || !awake.get()>
                <div class="field">
                    <label for="passkey-name">"What to call it"</label>
                    <p class="hint" id="passkey-name-hint">"So that you know it again, such as “My phone”"</p>
                    <input id="passkey-name" class="wide" maxlength="60" autocomplete="off" aria-describedby="passkey-name-hint"
                        on:input=move |event| name.set(event_target_value(&event))/>
                </div>
                <div class="field">
                    <label for="passkey-password">"Your password"</label>
                    <p class="hint" id="passkey-password-hint">"To add a passkey"</p>
                    <input id="passkey-password" type="password" autocomplete="current-password" aria-describedby="passkey-password-hint"
                        on:input=move |event| password.set(event_target_value(&event))/>
                </div>
                <button type="button" class="button quiet" on:click=add>"Add a passkey"</button>
                <p role="status">{move || told.get()}</p>
            </div>
            <p class:hidden=move || awake.get()>"To add one, use a browser that knows passkeys, with JavaScript on."</p>
        </div>
    }
}
