//! People: who signs in, what they may do, and who is invited.

use crate::copy::CopyText;
use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use kept_api::people::{InviteRow, UserRow, UsersView};
use kept_domain::user::Role;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::notice::{Notice, Tag, Tone};
use leptos::prelude::*;

fn roles() -> Vec<(String, String)> {
    Role::ALL.map(|role| (role.code().to_owned(), role.words().0.to_owned())).to_vec()
}

/// What each role may do: too long for the field to choose one in.
fn roles_told() -> impl IntoView {
    Role::ALL
        .map(|role| {
            let (name, may) = role.words();
            view! { <li><strong>{name}</strong>": "<span class="soft">{may}</span></li> }
        })
        .collect_view()
}

/// The page of people.
pub fn users_page(v: UsersView) -> impl IntoView {
    let form = v.form.clone();
    let made = v.made.map(|(url, email)| {
        let heading = format!("Hand this link to {email}");
        view! {
            <Notice tone=Tone::Good heading=heading>
                <p>"It works once, for seven days, and is shown only now. Whoever opens it can join."</p>
                <p><code class="link">{url.clone()}</code></p>
                <div class="below"><CopyText text=url/></div>
            </Notice>
        }
    });
    let rows: Vec<_> = v.users.into_iter().map(user_row).collect();
    let waiting: Vec<_> = v.invites.into_iter().map(invite_row).collect();
    let invites = (!waiting.is_empty()).then(|| {
        view! {
            <section aria-labelledby="waiting">
                <h2 id="waiting">"Invited"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"Who"</th><th scope="col">"Role"</th><th scope="col">"Until"</th><th scope="col">"Change"</th>
                    </tr></thead>
                    <tbody>{waiting}</tbody>
                </table>
            </section>
        }
    });
    let chosen = if form.value("role").is_empty() { "clerk" } else { form.value("role") }.to_owned();
    view! {
        <Shell frame=v.frame here="/console/users">
            <ErrorSummary problems=problems(&form)/>
            <h1>"People"</h1>
            {made}
            <table class="rows" id="everybody">
                <thead><tr>
                    <th scope="col">"Who"</th><th scope="col">"Signs in with"</th><th scope="col">"Role"</th><th scope="col">"Change"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {invites}
            <form class="card" method="post" action="/console/users" novalidate>
                <h2>"Invite somebody"</h2>
                {field(&form, "email", "Their e-mail address", "They sign in with it", Input::Email)}
                <ul class="plain-list">{roles_told()}</ul>
                <Select name="role" label="What they may do" options=roles() chosen problem=form.mistake("role").map(str::to_owned)/>
                <button class="button">"Make a link for them"</button>
            </form>
        </Shell>
    }
}

fn user_row(row: UserRow) -> impl IntoView {
    let action = format!("/console/users/{}", row.id);
    let factors = match (row.has_totp, row.passkeys) {
        (false, 0) => "a password".to_owned(),
        (true, 0) => "a password and a code".to_owned(),
        (false, _) => "a password, or a passkey".to_owned(),
        (true, _) => "a password and a code, or a passkey".to_owned(),
    };
    let tag = (!row.active).then(|| view! { " "<Tag tone=Tone::Info words="Cannot sign in"/> });
    let me = row.is_me.then_some(" (you)");
    let id = format!("role-{}", row.id);
    let options: Vec<_> = Role::ALL
        .into_iter()
        .map(|role| {
            let selected = role == row.role;
            view! { <option value=role.code() selected=selected>{role.words().0}</option> }
        })
        .collect();
    let (act, words) = if row.active { ("deactivate", "End access") } else { ("activate", "Give access back") };
    let whose = row.name.clone();
    view! {
        <tr>
            <th scope="row">{row.name}{me}{tag}<br/><span class="soft">{row.email}</span></th>
            <td data-label="Signs in with">{factors}</td>
            <td data-label="Role">{row.role.words().0}</td>
            <td data-label="Change">
                <form method="post" action=action class="inline">
                    <label class="sr" for=id.clone()>"Role of "{whose.clone()}</label>
                    <select id=id name="role">{options}</select>
                    <button class="button quiet" name="act" value="role">"Save"<span class="sr">" the role of "{whose.clone()}</span></button>
                    <button class="button quiet" name="act" value=act>{words}<span class="sr">" "{whose}</span></button>
                </form>
            </td>
        </tr>
    }
}

fn invite_row(row: InviteRow) -> impl IntoView {
    let action = format!("/console/users/invites/{}", row.id);
    view! {
        <tr>
            <th scope="row">{row.email.clone()}</th>
            <td data-label="Role">{row.role.words().0}</td>
            <td data-label="Until">{row.until}</td>
            <td data-label="Change">
                <form method="post" action=action class="inline">
                    <button class="button quiet">"Take back"<span class="sr">" the invitation of "{row.email}</span></button>
                </form>
            </td>
        </tr>
    }
}
