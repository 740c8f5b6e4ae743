//! People of the business: roles, invitations, second factors.

use kept_tests::passkey::Device;
use kept_tests::{Answer, Kept, Visitor, both};
use totp_rs::{Builder, Secret};

const PASSWORD: &str = "punched cards weave flowers";
const EMAIL: &str = "ada@jessop.example.com";
const ROUTER: &str = include_str!("../../server/src/router.rs");

async fn set_up(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let typed = [("business", "Jessop Stationers"), ("name", "Ada Jessop"), ("email", EMAIL), ("password", PASSWORD)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

/// What stands between two texts on a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let from = page.find(before).unwrap_or_else(|| panic!("no {before:?} in\n{page}")) + before.len();
    page[from..].split(after).next().unwrap()
}

/// The path of the invitation on a page.
fn invitation(page: &str) -> String {
    let url = between(page, "<code class=\"link\">", "</code>");
    url[url.find("/console/invite/").unwrap()..].to_owned()
}

async fn invite(owner: &Visitor, email: &str, role: &str) -> String {
    let made = owner.post_form("/console/users", &[("email", email), ("role", role)]).await.expect(200);
    invitation(&made.body)
}

/// Somebody who has followed an invitation.
async fn joined(kept: &Kept, owner: &Visitor, email: &str, role: &str) -> Visitor {
    let path = invite(owner, email, role).await;
    let visitor = kept.visitor();
    visitor.post_form(&path, &[("name", "Bo Berg"), ("password", PASSWORD)]).await.leads_to("/console");
    visitor
}

/// Asks for what a device must sign: what it is asked, and what was begun.
async fn asked(visitor: &Visitor, path: &str) -> (serde_json::Value, serde_json::Value) {
    let begun = visitor.post_json(path, &serde_json::json!({ "password": PASSWORD })).await.expect(200).json();
    (begun["options"].clone(), begun["begun"].clone())
}

async fn sign_in_with(visitor: &Visitor, device: &Device) -> Answer {
    let (options, begun) = asked(visitor, "/console/login/passkey").await;
    let sent = serde_json::json!({ "begun": begun, "name": "/console/debtors", "credential": device.get(&options) });
    visitor.post_json("/console/login/passkey/finish", &sent).await
}

async fn sign_in(visitor: &Visitor, email: &str, password: &str) -> Answer {
    visitor.post_form("/console/login", &[("email", email), ("password", password), ("next", "")]).await
}

both!(an_invitation_works_once_and_only_while_it_waits, async |kept| {
    let owner = set_up(kept).await;
    let path = invite(&owner, "Bo@Jessop.example.com", "clerk").await;
    let token = path.rsplit('/').next().unwrap();
    assert!(kept.ask(&format!("SELECT id FROM invites WHERE token_hash = '{token}'")).await.is_empty());
    // Looking changes nothing; a wrong password is said, and the link still works.
    let bo = kept.visitor();
    bo.get(&path).await.expect(200).sees("Jessop Stationers").sees("bo@jessop.example.com");
    bo.post_form(&path, &[("name", "Bo Berg"), ("password", "short")]).await.expect(422).sees("at least 12 characters");
    bo.post_form(&path, &[("name", "Bo Berg"), ("password", PASSWORD)]).await.leads_to("/console");
    bo.get("/console").await.expect(200).sees("Bo Berg").does_not_see("href=\"/console/users\"");
    // It is used up, and so is one that was taken back, or replaced by another.
    kept.visitor().get(&path).await.expect(404);
    kept.visitor().post_form(&path, &[("name", "Eve"), ("password", PASSWORD)]).await.expect(404);
    assert!(kept.log().contains("/console/invite/[token]") && !kept.log().contains(token), "the token is in the log");
    let first = invite(&owner, "cy@jessop.example.com", "viewer").await;
    let second = invite(&owner, "cy@jessop.example.com", "viewer").await;
    kept.visitor().get(&first).await.expect(404);
    let page = owner.get("/console/users").await.expect(200).sees("cy@jessop.example.com");
    let id = between(&page.body, "/console/users/invites/", "\"").to_owned();
    owner.post_form(&format!("/console/users/invites/{id}"), &[]).await.expect(303);
    kept.visitor().get(&second).await.expect(404);
    owner.post_form(&format!("/console/users/invites/{id}"), &[]).await.expect(404);
    // Whoever signs in already is not invited again.
    let again = [("email", "bo@jessop.example.com"), ("role", "owner")];
    owner.post_form("/console/users", &again).await.expect(422).sees("signs in with this address already");
    let wrong = [("email", "not an address"), ("role", "owner")];
    owner.post_form("/console/users", &wrong).await.expect(422).sees("Enter an e-mail address");
});

both!(each_role_may_do_what_it_may_on_every_route, async |kept| {
    let owner = set_up(kept).await;
    let clerk = joined(kept, &owner, "clerk@jessop.example.com", "clerk").await;
    let viewer = joined(kept, &owner, "viewer@jessop.example.com", "viewer").await;
    let mut walked = 0;
    for text in ROUTER.split(".route(").skip(1) {
        let path = text.split('"').nth(1).unwrap();
        let open = ["/console/login", "/console/setup", "/console/invite", "/console/logout"];
        if !path.starts_with("/console") || open.iter().any(|open| path.starts_with(open)) {
            continue;
        }
        let handlers = text.split(".layer(").next().unwrap();
        let filled: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "/none" } else { part })
            .collect::<Vec<_>>()
            .join("/")
            .replace("//", "/");
        if handlers.contains("post(") {
            walked += 1;
            let own = path.starts_with("/console/account");
            let owners =
                ["/console/users", "/console/policy", "/console/templates"].iter().any(|p| path.starts_with(p))
                    || path.contains("/write-offs")
                    || path.contains("/late-charges");
            let (by_viewer, by_clerk) = (viewer.post_form(&filled, &[]).await, clerk.post_form(&filled, &[]).await);
            assert_eq!(by_viewer.status == 403, !own, "{path} by a viewer: {}", by_viewer.status);
            assert_eq!(by_clerk.status == 403, owners, "{path} by a clerk: {}", by_clerk.status);
        }
        if handlers.contains("get(") {
            let by_viewer = viewer.get(&filled).await;
            assert_eq!(
                by_viewer.status == 403,
                ["/console/users", "/console/policy/settlements"].contains(&path),
                "{path} read by a viewer: {}",
                by_viewer.status
            );
        }
    }
    assert!(walked > 20, "{walked} routes");
    viewer.get("/console/debtors").await.expect(200).sees("You can see everything and change nothing");
    clerk.get("/console/debtors").await.expect(200).does_not_see("You can see everything");
    clerk.get("/console/policy").await.expect(200).sees("Only an owner can change this");
    viewer.post_form("/console/policy", &[("act", "save")]).await.expect(403).sees("Nothing was changed");
});

both!(there_is_always_an_owner_and_who_is_out_is_out_at_once, async |kept| {
    let owner = set_up(kept).await;
    let bo = joined(kept, &owner, "bo@jessop.example.com", "clerk").await;
    let ids = kept.ask("SELECT id FROM users ORDER BY id").await;
    let (ada_id, bo_id) = (format!("/console/users/{}", ids[0]), format!("/console/users/{}", ids[1]));
    for form in [vec![("act", "role"), ("role", "clerk")], vec![("act", "deactivate")]] {
        owner.post_form(&ada_id, &form).await.expect(422).sees("There must be an owner");
    }
    owner.post_form(&bo_id, &[("act", "role"), ("role", "owner")]).await.expect(303);
    bo.get("/console/users").await.expect(200);
    // Two owners cannot end each other at once.
    let gone = [("act", "deactivate")];
    let (one, other) = tokio::join!(owner.post_form(&bo_id, &gone), bo.post_form(&ada_id, &gone));
    assert!(one.status == 303 || other.status == 303, "{} {}", one.status, other.status);
    let owners = "SELECT id FROM users WHERE role = 'owner' AND deactivated_at_ms IS NULL";
    assert_eq!(kept.ask(owners).await.len(), 1);
    let (left, out, out_email) =
        if kept.ask(owners).await[0] == ids[0] { (&owner, &bo, "bo@jessop.example.com") } else { (&bo, &owner, EMAIL) };
    out.get("/console").await.leads_to("/console/login?next=%2Fconsole");
    sign_in(&kept.visitor(), out_email, PASSWORD).await.expect(422).sees("is not right");
    let back = if out_email == EMAIL { &ada_id } else { &bo_id };
    left.post_form(back, &[("act", "activate")]).await.expect(303);
    sign_in(&kept.visitor(), out_email, PASSWORD).await.leads_to("/console");
    left.post_form("/console/users/none", &gone).await.expect(404);
});

both!(a_new_password_ends_other_sessions, async |kept| {
    let owner = set_up(kept).await;
    let elsewhere = kept.visitor();
    sign_in(&elsewhere, EMAIL, PASSWORD).await.leads_to("/console");
    let new = "looms are threaded slowly";
    let change = |old: &'static str, new: &'static str| [("old", old), ("new", new)];
    let path = "/console/account/password";
    owner.post_form(path, &change("not it", new)).await.expect(422).sees("The password is not right");
    owner.post_form(path, &change(PASSWORD, "short")).await.expect(422).sees("at least 12 characters");
    elsewhere.get("/console").await.expect(200);
    owner.post_form(path, &change(PASSWORD, new)).await.expect(303);
    owner.get("/console/account").await.expect(200);
    elsewhere.get("/console").await.expect(303);
    sign_in(&kept.visitor(), EMAIL, PASSWORD).await.expect(422);
    sign_in(&kept.visitor(), EMAIL, new).await.leads_to("/console");
});

/// The code that an app with this secret shows so many half minutes from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let app = Builder::new().with_secret(secret).with_account_name("-").with_issuer(Some("-")).build().unwrap();
    let now_s = chrono::Utc::now().timestamp() + steps * 30;
    app.generate(u64::try_from(now_s).unwrap()).to_string()
}

both!(a_code_is_asked_for_after_the_password_and_is_used_once, async |kept| {
    let owner = set_up(kept).await;
    let (account, totp) = ("/console/account", "/console/account/totp");
    owner.post_form(totp, &[("act", "confirm"), ("code", "123456")]).await.expect(422).sees("Begin again");
    for wrong in [&[("act", "begin")][..], &[("act", "begin"), ("password", "not it")]] {
        owner.post_form(totp, wrong).await.expect(422).sees("The password is not right");
    }
    owner.post_form(totp, &[("act", "begin"), ("password", PASSWORD)]).await.leads_to(account);
    let page = owner.get(account).await.expect(200).sees("class=\"qr\"");
    let secret = between(&page.body, "<code class=\"link\">", "</code>").to_owned();
    // Not in use before its first right code.
    sign_in(&kept.visitor(), EMAIL, PASSWORD).await.leads_to("/console");
    owner.post_form(totp, &[("act", "confirm"), ("code", "000000")]).await.expect(422).sees("six digits");
    let first = code(&secret, -1);
    let page = owner.post_form(totp, &[("act", "confirm"), ("code", &first)]).await.expect(200).sees("recovery codes");
    let recovery = between(&page.body, "<ul class=\"codes\"><li><code>", "</code>").to_owned();
    owner.get(account).await.expect(200).does_not_see(&recovery).does_not_see(&secret).sees("10");
    let begun = async |visitor: &Visitor| {
        let page = sign_in(visitor, EMAIL, PASSWORD).await.expect(200).sees("Enter your code");
        between(&page.body, "name=\"begun\" value=\"", "\"").to_owned()
    };
    let finish = async |visitor: &Visitor, begun: &str, code: &str| {
        visitor
            .post_form("/console/login/code", &[("begun", begun), ("code", code), ("next", "/console/debtors")])
            .await
    };
    let visitor = kept.visitor();
    let one = begun(&visitor).await;
    // The password alone opens nothing.
    visitor.get("/console").await.expect(303);
    finish(&visitor, &one, &first).await.expect(422).sees("was used already");
    let second = code(&secret, 0);
    finish(&visitor, &one, &second).await.leads_to("/console/debtors");
    visitor.get("/console").await.expect(200);
    // What was begun is over, and the code is used.
    finish(&kept.visitor(), &one, &code(&secret, 1)).await.expect(422);
    let other = kept.visitor();
    let two = begun(&other).await;
    finish(&other, &two, &second).await.expect(422);
    // A recovery code, however it is typed, and once.
    finish(&other, &two, &format!(" {} ", recovery.to_uppercase().replace('-', " ")))
        .await
        .leads_to("/console/debtors");
    let third = kept.visitor();
    let three = begun(&third).await;
    finish(&third, &three, &recovery).await.expect(422);
    // Guessing makes the account wait: then even the right code is refused, as the right password is.
    for _ in 0..6 {
        finish(&third, &three, "999999").await.expect(422);
    }
    finish(&third, &three, &code(&secret, 1)).await.expect(422);
    sign_in(&kept.visitor(), EMAIL, PASSWORD).await.expect(422);
    // Whoever sits at an open screen needs the password to end it, or to put their own app in its place.
    owner.post_form(totp, &[("act", "begin"), ("password", PASSWORD)]).await.expect(422).sees("Begin again");
    owner
        .post_form(totp, &[("act", "end"), ("password", "not it")])
        .await
        .expect(422)
        .sees("The password is not right");
    owner.post_form(totp, &[("act", "renew"), ("password", PASSWORD)]).await.expect(200).sees("recovery codes");
    owner.post_form(totp, &[("act", "end"), ("password", PASSWORD)]).await.leads_to("/console/account?done=totp_ended");
});

both!(a_passkey_that_nobody_knows_opens_nothing, async |kept| {
    set_up(kept).await;
    // At an address that is a number there are none.
    kept.visitor().post_json("/console/login/passkey", &serde_json::json!({})).await.expect(404);
    kept.stop();
    kept.set("KEPT_PUBLIC_URL", "http://localhost:7300");
    kept.serve(&[]);
    let visitor = kept.visitor();
    let asked = visitor.post_json("/console/login/passkey", &serde_json::json!({})).await.expect(200).json();
    assert_eq!(asked["options"]["rpId"], "localhost");
    assert_eq!(asked["options"]["userVerification"], "required");
    let credential = serde_json::json!({ "id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
        "authenticatorData": "AAAA", "clientDataJSON": "AAAA", "signature": "AAAA", "userHandle": "AAAA" } });
    for credential in [credential, serde_json::json!({}), serde_json::json!(null)] {
        let sent = serde_json::json!({ "begun": asked["begun"], "name": "", "credential": credential });
        visitor.post_json("/console/login/passkey/finish", &sent).await.expect(422);
    }
    visitor.get("/console").await.expect(303);
});

both!(a_passkey_signs_in_as_long_as_its_owner_may, async |kept| {
    let at = "http://localhost:7300";
    kept.stop();
    kept.set("KEPT_PUBLIC_URL", at);
    kept.serve(&[]);
    let owner = set_up(kept).await;
    let email = "bo@jessop.example.com";
    let bo = joined(kept, &owner, email, "clerk").await;
    let mut device = Device::new(at, 7);
    let wrong = serde_json::json!({ "password": "not it" });
    bo.post_json("/console/account/passkeys", &wrong).await.expect(422).sees("The password is not right");
    let (options, begun) = asked(&bo, "/console/account/passkeys").await;
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    let sent = serde_json::json!({ "begun": begun, "name": "Telephone", "credential": device.create(&options) });
    // Begun by Bo, finished by nobody else, and once.
    owner.post_json("/console/account/passkeys/finish", &sent).await.expect(422);
    bo.post_json("/console/account/passkeys/finish", &sent).await.expect(200).sees("/console/account?done=passkey");
    bo.post_json("/console/account/passkeys/finish", &sent).await.expect(422);
    bo.get("/console/account").await.expect(200).sees("Telephone").sees("not used yet");
    owner.get("/console/account").await.expect(200).does_not_see("Telephone");
    owner.get("/console/users").await.expect(200).sees("a password, or a passkey");

    let phone = kept.visitor();
    sign_in_with(&phone, &device).await.expect(200).sees("/console/debtors");
    phone.get("/console").await.expect(200).sees("Bo Berg");
    // What was signed for one occasion opens nothing on another.
    let (options, begun) = asked(&phone, "/console/login/passkey").await;
    let (_, other) = asked(&phone, "/console/login/passkey").await;
    let credential = device.get(&options);
    for (begun, status) in [(&other, 422), (&begun, 200), (&begun, 422)] {
        let sent = serde_json::json!({ "begun": begun, "name": "", "credential": credential });
        kept.visitor().post_json("/console/login/passkey/finish", &sent).await.expect(status);
    }
    // A forger makes the account wait, as somebody who guesses passwords does: then the right key is refused, too.
    for _ in 0..6 {
        sign_in_with(&kept.visitor(), &device.forged(8)).await.expect(422);
    }
    sign_in_with(&kept.visitor(), &device).await.expect(422);
    sign_in(&kept.visitor(), email, PASSWORD).await.expect(422);
    kept.ask("UPDATE users SET locked_until_ms = 0 RETURNING id").await;
    sign_in_with(&kept.visitor(), &device).await.expect(200);

    // Whoever is out is out at once, wherever they were in, and does not come back with the key.
    let bo_id = kept.ask(&format!("SELECT id FROM users WHERE email = '{email}'")).await.remove(0);
    let path = format!("/console/users/{bo_id}");
    owner.post_form(&path, &[("act", "deactivate")]).await.expect(303);
    assert!(kept.ask(&format!("SELECT token_hash FROM console_sessions WHERE user_id = '{bo_id}'")).await.is_empty());
    for gone in [&bo, &phone] {
        gone.get("/console").await.expect(303);
        gone.post_form("/console/imports", &[]).await.expect(303);
    }
    sign_in_with(&kept.visitor(), &device).await.expect(422);
    owner.post_form(&path, &[("act", "activate")]).await.expect(303);
    phone.get("/console").await.expect(303);
    let back = kept.visitor();
    sign_in_with(&back, &device).await.expect(200);
    let page = back.get("/console/account").await.expect(200).sees("last used");
    let key = between(&page.body, "/console/account/passkeys/", "\"").to_owned();
    // Another's key is as unknown as one that never was.
    owner.post_form(&format!("/console/account/passkeys/{key}"), &[]).await.expect(404);
    back.post_form(&format!("/console/account/passkeys/{key}"), &[]).await.expect(303);
    sign_in_with(&kept.visitor(), &device).await.expect(422);
});
