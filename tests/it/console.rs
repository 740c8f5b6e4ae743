//! The business's console, from the first run to a decision that both sides see.

use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::multipart::{Form, Part};

const PASSWORD: &str = "punched cards weave flowers";
const EMAIL: &str = "ada@jessop.example.com";
const DEBTORS: &str = "reference,name,email,postcode\n\
    K1,=HYPERLINK(\"http://evil\"),one@example.com,N1 1AA\n\
    K2,<script>alert(1)</script>,two@example.com,N2 2BB\n";

fn day(from_today: i64) -> String {
    (chrono::Utc::now().date_naive() + chrono::Duration::days(from_today)).format("%Y-%m-%d").to_string()
}

fn invoices() -> String {
    format!(
        "number,debtor,issued,due,amount\nA-1,K1,{},{},600.00\nA-2,K1,{},{},40.50\nA-3,K2,{},{},90.00\n",
        day(-80),
        day(-50),
        day(-20),
        day(10),
        day(-40),
        day(-10)
    )
}

async fn set_up(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let typed = [("business", "Jessop Stationers"), ("name", "Ada Jessop"), ("email", EMAIL), ("password", PASSWORD)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

/// A business with two debtors and three invoices.
async fn with_debts(kept: &Kept) -> Visitor {
    let owner = set_up(kept).await;
    let file = |name: &str, text: &str| {
        let path = kept.data().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    kept.run_ok(&["import", "debtors", &file("debtors.csv", DEBTORS)]);
    kept.run_ok(&["import", "invoices", &file("invoices.csv", &invoices()), "--currency", "GBP"]);
    owner
}

/// What stands between two texts on a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let from = page.find(before).unwrap_or_else(|| panic!("no {before:?} in\n{page}")) + before.len();
    page[from..].split(after).next().unwrap()
}

async fn debtor(owner: &Visitor, search: &str) -> String {
    let page = owner.get(&format!("/console/debtors?search={search}")).await.expect(200);
    format!("/console/debtors/{}", between(&page.body, "href=\"/console/debtors/", "\""))
}

/// A debtor who came by a new link.
async fn debtor_signed_in(kept: &Kept, owner: &Visitor, debtor: &str, postcode: &str) -> Visitor {
    let made = owner.post_form(&format!("{debtor}/links"), &[]).await.leads_to("?done=link");
    let page = owner.follow(made).await.expect(200);
    let url = between(&page.body, "id=\"new-link\" type=\"text\" readonly value=\"", "\"").to_owned();
    owner.get(debtor).await.expect(200).does_not_see(&url).sees("works, not used yet");
    let visitor = kept.visitor();
    visitor.post_form(&url, &[("answer", postcode)]).await.leads_to("/account");
    visitor
}

/// Proposes a plan that the terms do not accept.
async fn propose(debtor: &Visitor) {
    let first = day(1);
    let mut typed = vec![
        ("currency", "GBP"),
        ("by", "amount"),
        ("amount", "15"),
        ("frequency", "monthly"),
        ("first_on", first.as_str()),
        ("decide", "yes"),
    ];
    let next = debtor.post_form("/account/plan", &typed).await.expect(303).find_location().unwrap();
    let page = debtor.get(&next).await.expect(200).sees("It is not an agreement until");
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    typed.push(("shown", &shown));
    debtor.post_form("/account/plan/check", &typed).await.expect(303);
}

both!(the_first_run_makes_the_owner_and_only_the_first, async |kept| {
    let owner = kept.visitor();
    owner.get("/console").await.leads_to("/console/setup");
    owner.get("/console/setup").await.expect(200).sees("Set up Kept");
    for (name, password) in [("Ada", "short"), ("Ada", EMAIL), ("", PASSWORD)] {
        let typed = [("business", "Jessop"), ("name", name), ("email", EMAIL), ("password", password)];
        let page =
            owner.post_form("/console/setup", &typed).await.expect(422).sees("There is a problem").sees("Error: ");
        assert!(between(&page.body, "<input id=\"password\"", ">").contains("value=\"\""), "a password is never shown");
    }
    let owner = set_up(kept).await;
    owner.get("/console").await.expect(200).sees("Jessop Stationers").sees("Start with your unpaid invoices");
    owner.get("/console/setup").await.expect(404);
    let again = [("business", "Mallory"), ("name", "Mallory"), ("email", "m@evil.example"), ("password", PASSWORD)];
    kept.visitor().post_form("/console/setup", &again).await.expect(404);
});

both!(an_import_before_the_first_run_is_adopted, async |kept| {
    let path = kept.data().join("debtors.csv");
    std::fs::write(&path, DEBTORS).unwrap();
    kept.run_ok(&["import", "debtors", path.to_str().unwrap()]);
    let owner = set_up(kept).await;
    owner.get("/console/debtors").await.expect(200).sees("K1").sees("K2");
});

both!(signing_in_is_throttled_and_tells_nothing, async |kept| {
    set_up(kept).await;
    let visitor = kept.visitor();
    visitor.get("/console/debtors?page=2").await.leads_to("/console/login?next=%2Fconsole%2Fdebtors%3Fpage%3D2");
    let try_in = async |email: &str, password: &str| {
        visitor.post_form("/console/login", &[("email", email), ("password", password)]).await
    };
    let unknown = try_in("nobody@example.com", PASSWORD).await.expect(422);
    let wrong = try_in(EMAIL, "not the password").await.expect(422);
    let text = |a: &Answer, email: &str| between(&a.body, "<main", "</main>").replace(email, "");
    assert_eq!(text(&unknown, "nobody@example.com"), text(&wrong, EMAIL));
    let signed_in = visitor
        .post_form(
            "/console/login",
            &[("email", " ADA@jessop.example.com "), ("password", PASSWORD), ("next", "/console/debtors")],
        )
        .await
        .leads_to("/console/debtors");
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    visitor.get("/console").await.expect(200);
    visitor.post_form("/console/logout", &[]).await.leads_to("/console/login?done=out");
    visitor.get("/console").await.expect(303);
    for _ in 0..5 {
        try_in(EMAIL, "not the password").await.expect(422);
    }
    try_in(EMAIL, PASSWORD).await.expect(422).sees("wait a few minutes");
    let elsewhere = [("email", EMAIL), ("password", PASSWORD), ("next", "https://evil.example/")];
    visitor.post_form("/console/login", &elsewhere).await.expect(422);
});

both!(a_file_is_looked_at_then_imported_and_twice_changes_nothing, async |kept| {
    let owner = set_up(kept).await;
    let upload = async |kind: &str, text: &str| {
        let part = Part::bytes(text.as_bytes().to_vec()).file_name("<b>.csv");
        owner.post_multipart("/console/imports", Form::new().text("kind", kind.to_owned()).part("file", part)).await
    };
    upload("debtors", "").await.expect(422).sees("Choose a file");
    let at = upload("debtors", DEBTORS).await.expect(303).find_location().unwrap();
    owner.get(&at).await.expect(200).sees("2 customers would be added or changed").does_not_see("<b>.csv");
    owner.get("/console/debtors").await.sees("There is nobody here yet");
    owner.post_form(&at, &[("act", "run")]).await.leads_to("?done=imported");
    owner.get(&at).await.expect(404);
    let debtors = owner.get("/console/debtors").await.expect(200).does_not_see("<script>alert");
    debtors.sees("&lt;script&gt;");

    let text = invoices().replace("number,", "Beleg,");
    let at = upload("invoices", &text).await.expect(303).find_location().unwrap();
    owner.get(&at).await.expect(200).sees("no column for").does_not_see("value=\"run\"");
    let options = [
        ("map_number", "Beleg"),
        ("map_debtor", "debtor"),
        ("map_issued", "issued"),
        ("map_due", "due"),
        ("map_amount", "amount"),
    ];
    let today = day(0);
    let mut options = options.to_vec();
    options.extend([("currency", "XYZ"), ("as_of", today.as_str()), ("act", "check")]);
    owner.post_form(&at, &options).await.expect(422).sees("three letters of a currency");
    options[5] = ("currency", "GBP");
    owner
        .post_form(&at, &options)
        .await
        .expect(200)
        .sees("3 invoices would be added")
        .sees("£730.50")
        .sees("value=\"run\"");
    options[7] = ("act", "run");
    owner.post_form(&at, &options).await.leads_to("?done=imported");
    let at = upload("invoices", &invoices()).await.expect(303).find_location().unwrap();
    owner.get(&at).await.expect(200).sees("3 are here already and would not change");
    owner.get("/console").await.expect(200).sees("£730.50").sees("£690.00");
});

both!(a_payment_is_counted_once_and_goes_to_the_oldest, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let path = format!("{k1}/payments");
    let (today, tomorrow) = (day(0), day(2));
    for (amount, on) in [("", today.as_str()), ("-5", &today), ("0", &today), ("10", "soon"), ("10", &tomorrow)] {
        let typed = [("amount", amount), ("currency", "GBP"), ("paid_on", on), ("once", "a")];
        owner.post_form(&path, &typed).await.expect(422).sees("There is a problem").sees("<details open");
    }
    let typed = [
        ("amount", "£200"),
        ("currency", "GBP"),
        ("paid_on", today.as_str()),
        ("reference", "JESSOP 1"),
        ("once", "b"),
    ];
    owner.post_form(&path, &typed).await.leads_to("?done=payment");
    owner.post_form(&path, &typed).await.expect(422).sees("has been recorded already");
    let page = owner.get(&k1).await.expect(200).sees("£440.50").sees("£400.00").sees("JESSOP 1");
    page.sees("Recorded a payment of £200.00 by bank").sees("Ada Jessop");
    let without = [("amount", "10"), ("currency", "GBP"), ("paid_on", today.as_str()), ("once", "c")];
    owner.post_form(&path, &without).await.leads_to("?done=payment");
    owner.post_form(&path, &without).await.expect(422);
    owner.get("/console/debtors?search=A-1").await.expect(200).sees("£430.50").does_not_see("K2");
    kept.run_ok(&["doctor"]);
});

both!(calls_pauses_and_links_are_on_the_timeline, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let said = [("channel", "call"), ("direction", "in"), ("said", "Will pay on Friday <b>")];
    owner.post_form(&format!("{k1}/contacts"), &[("channel", "call"), ("said", " ")]).await.expect(422);
    owner.post_form(&format!("{k1}/contacts"), &said).await.leads_to("?done=contact");
    owner.post_form(&format!("{k1}/holds"), &[("until_on", &day(-1)), ("note", "x")]).await.expect(422);
    owner.post_form(&format!("{k1}/holds"), &[("until_on", ""), ("note", "In hospital")]).await.leads_to("?done=held");
    let page = owner.get(&k1).await.expect(200).sees("They called").sees("Will pay on Friday &lt;b&gt;");
    let page = page.sees("Reminders are paused").sees("In hospital");
    let end = between(&page.body, &format!("action=\"{k1}/holds/"), "\"").to_owned();
    owner.post_form(&format!("{k1}/holds/{end}"), &[]).await.leads_to("?done=resumed");
    owner.get(&k1).await.expect(200).does_not_see("Reminders are paused").sees("Ended a pause of reminders");

    let visitor = debtor_signed_in(kept, &owner, &k1, "n11aa").await;
    visitor.get("/account").await.expect(200);
    let page = owner.get(&k1).await.expect(200).sees("works, has been used");
    let revoke = between(&page.body, &format!("action=\"{k1}/links/"), "\"").to_owned();
    owner.post_form(&format!("{k1}/links/{revoke}"), &[]).await.leads_to("?done=revoked");
    visitor.get("/account").await.expect(401);
    assert!(!kept.log().contains("/l/") || kept.log().contains("/l/[token]"));
});

both!(a_proposal_is_seen_without_reloading_and_decided, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let visitor = debtor_signed_in(kept, &owner, &k1, "N1 1AA").await;
    let news = owner.get("/console/news?after=").await.expect(200).json();
    assert_eq!(news["commitments"].as_array().unwrap().len(), 0);
    propose(&visitor).await;
    let after = news["last_event"].as_str().unwrap();
    let news = owner.get(&format!("/console/news?after={after}")).await.expect(200).json();
    let item = &news["commitments"][0];
    assert_eq!(item["what"], "Instalments, £640.50, waits for you");
    let at = item["href"].as_str().unwrap().to_owned();
    owner.get("/console").await.expect(200).sees("Proposal to decide").sees(&at);
    owner.get("/console/commitments?state=proposed&kind=plan&search=k1").await.expect(200).sees(&at);
    owner.get("/console/commitments?kind=promise").await.expect(200).does_not_see(&at);
    let page = owner.get(&at).await.expect(200).sees("It is not an agreement until").sees("postcode");
    page.sees("outside the terms").sees("SHA-256");

    owner.post_form(&format!("{at}/decline"), &[("reason", " ")]).await.expect(422).sees("Write a reason");
    let wrong = [("amount", "x"), ("frequency", "monthly"), ("first_on", "2020-01-01")];
    owner.post_form(&format!("{at}/counter"), &wrong).await.expect(422).sees("Enter an amount in figures");
    let past = [("amount", "100"), ("frequency", "monthly"), ("first_on", "2020-01-01")];
    owner.post_form(&format!("{at}/counter"), &past).await.expect(422).sees("must be today or later");
    let first = day(3);
    let offer = [
        ("amount", "100"),
        ("frequency", "monthly"),
        ("first_on", first.as_str()),
        ("counter_note", "Can you manage this?"),
    ];
    let offered = owner.post_form(&format!("{at}/counter"), &offer).await.leads_to("?done=countered");
    owner.follow(offered).await.expect(200).sees("Waits for them").sees("£40.50");
    // What has been decided stays decided.
    owner.post_form(&format!("{at}/accept"), &[]).await.expect(303);
    owner.get(&at).await.expect(200).sees("Declined").does_not_see("Accept this proposal");

    let k2 = debtor(&owner, "K2").await;
    let other = debtor_signed_in(kept, &owner, &k2, "N2 2BB").await;
    propose_small(&other).await;
    let page = owner.get("/console/commitments?state=proposed").await.expect(200).does_not_see("<script>alert");
    let at =
        format!("/console/commitments/{}", between(&page.body, "scope=\"row\"><a href=\"/console/commitments/", "\""));
    owner.post_form(&format!("{at}/accept"), &[]).await.leads_to("?done=accepted");
    owner.get(&at).await.expect(200).sees("Running").sees("Ada Jessop");
    let today = day(0);
    let paid =
        [("amount", "90"), ("currency", "GBP"), ("paid_on", today.as_str()), ("reference", "all"), ("once", "z")];
    owner.post_form(&format!("{k2}/payments"), &paid).await.leads_to("?done=payment");
    owner.get(&at).await.expect(200).sees(">Kept<");

    let csv = owner.get("/console/commitments.csv").await.expect(200);
    assert!(csv.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(csv.body.contains("\"'=HYPERLINK") && csv.body.contains(",90.00,90.00,"), "{}", csv.body);
    kept.run_ok(&["doctor"]);
});

/// Proposes to pay 90 at two pounds a month.
async fn propose_small(debtor: &Visitor) {
    let first = day(1);
    let mut typed = vec![
        ("currency", "GBP"),
        ("by", "amount"),
        ("amount", "2"),
        ("frequency", "monthly"),
        ("first_on", first.as_str()),
        ("decide", "yes"),
    ];
    let next = debtor.post_form("/account/plan", &typed).await.expect(303).find_location().unwrap();
    let page = debtor.get(&next).await.expect(200);
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    typed.push(("shown", &shown));
    debtor.post_form("/account/plan/check", &typed).await.expect(303);
}

both!(a_dispute_is_answered_and_resolved_and_its_file_is_harmless, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let visitor = debtor_signed_in(kept, &owner, &k1, "N1 1AA").await;
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec();
    let proof = Part::bytes(pdf.clone()).file_name("\"><script>.pdf").mime_str("text/html").unwrap();
    let raised = Form::new()
        .text("currency", "GBP")
        .text("reason", "quality")
        .text("scope", "amount")
        .text("amount", "100")
        .text("words", "It came <i>broken</i>")
        .part("file", proof);
    visitor.post_multipart("/account/dispute", raised).await.expect(303);
    let page = owner.get("/console/disputes").await.expect(200).sees("Waits for you");
    let at = format!("/console/disputes/{}", between(&page.body, "scope=\"row\"><a href=\"/console/disputes/", "\""));
    let page = owner.get(&at).await.expect(200).sees("It came &lt;i&gt;broken").does_not_see("<i>broken");
    let file = format!("{at}/files/{}", between(&page.body, &format!("href=\"{at}/files/"), "\""));
    let answer = Answer::to(owner.request(Method::GET, &file)).await.expect(200);
    assert_eq!(answer.header("content-type").as_deref(), Some("application/pdf"));
    assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(answer.header("content-security-policy").as_deref(), Some("default-src 'none'; sandbox"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
    assert_eq!(answer.body.as_bytes(), pdf);
    kept.visitor().get(&file).await.expect(303);

    owner.post_form(&format!("{at}/answer"), &[("answer", "")]).await.expect(422);
    owner.post_form(&format!("{at}/answer"), &[("answer", "Which part?")]).await.leads_to("?done=answered");
    owner.post_form(&format!("{at}/resolve"), &[("reason", "x")]).await.expect(422).sees("Choose a decision");
    for credited in ["", "100", "0", "500"] {
        let typed = [("outcome", "partly"), ("credited", credited), ("reason", "Half of it")];
        owner.post_form(&format!("{at}/resolve"), &typed).await.expect(422).sees("href=\"#credited\"");
    }
    let typed = [("outcome", "partly"), ("credited", "40"), ("reason", "Half of it")];
    owner.post_form(&format!("{at}/resolve"), &typed).await.leads_to("?done=resolved");
    owner.get(&at).await.expect(200).sees("£40.00").sees("Agreed in part").does_not_see("/resolve");
    owner.get("/console/disputes?resolved=yes").await.expect(200).sees(&at);
    owner.get(&k1).await.expect(200).sees("£600.50");
    kept.run_ok(&["doctor"]);
});

both!(settings_are_previewed_checked_and_saved, async |kept| {
    let owner = set_up(kept).await;
    let page = owner.get("/console/policy").await.expect(200).sees("Promise to pay £300.00").sees("id=\"settings\"");
    let mut typed: Vec<(&str, &str)> = vec![
        ("name", "Jessop & Söhne"),
        ("email", "accounts@jessop.example.com"),
        ("phone", "020 7946 0000"),
        ("address", "1 High Street\r\nLondon"),
        ("zone", "Europe/London"),
        ("currency", "GBP"),
        ("identity_question", "invoice_number"),
        ("bands", "1"),
        ("good_record", "61"),
        ("min_instalment_1", "20"),
        ("min_part_1", "5"),
        ("min_first_1", "10"),
        ("latest_first_1", "31"),
        ("longest_1", "183"),
        ("latest_promise_1", "14"),
        ("frequencies_1", "weekly"),
        ("frequencies_1", "monthly"),
        ("balance", "400"),
        ("act", "preview"),
    ];
    drop(page);
    let page =
        owner.post_form("/console/policy", &typed).await.expect(200).sees("The first payment is at least £40.00");
    page.sees("Promise to pay £400.00");
    owner.get("/console/policy").await.expect(200).does_not_see("Söhne");
    *typed.last_mut().unwrap() = ("act", "add_band");
    owner.post_form("/console/policy", &typed).await.expect(200).sees("name=\"min_instalment_2\"");
    *typed.last_mut().unwrap() = ("act", "save");
    for (field, text, words) in [
        ("name", " ", "Enter the name of the business"),
        ("name", "Jessop Debt Recovery", "leave out words that tell of a debt"),
        ("email", "nonsense", "Enter an e-mail address"),
        ("zone", "Mars/Olympus", "Enter a time zone"),
        ("currency", "QQQ", "three letters"),
        ("longest_1", "3", "must not end before"),
        ("min_instalment_1", "-1", "more than zero"),
    ] {
        let wrong: Vec<(&str, &str)> = typed.iter().map(|(n, t)| (*n, if *n == field { text } else { t })).collect();
        owner.post_form("/console/policy", &wrong).await.expect(422).sees(words);
    }
    owner.post_form("/console/policy", &typed).await.leads_to("?done=saved");
    let saved = owner.get("/console/policy?done=saved").await.expect(200).sees("The settings are saved");
    saved.sees("Jessop &amp; Söhne").sees("value=\"20.00\"").sees("Europe/London");
});

both!(tenants_are_walls, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let visitor = debtor_signed_in(kept, &owner, &k1, "N1 1AA").await;
    propose(&visitor).await;
    let raised = Form::new()
        .text("currency", "GBP")
        .text("reason", "other")
        .text("scope", "amount")
        .text("amount", "10")
        .text("words", "No")
        .part("file", Part::bytes(b"%PDF-1.4\n%%EOF\n".to_vec()).file_name("a.pdf"));
    visitor.post_multipart("/account/dispute", raised).await.expect(303);
    owner.post_form(&format!("{k1}/holds"), &[("note", "x")]).await.expect(303);
    let page = owner.get(&k1).await.expect(200);
    let of = |before: &str| between(&page.body, before, "\"").to_owned();
    let commitment = format!("/console/commitments/{}", of("href=\"/console/commitments/"));
    let dispute = format!("/console/disputes/{}", of("href=\"/console/disputes/"));
    let hold = format!("{k1}/holds/{}", of(&format!("action=\"{k1}/holds/")));
    let link = format!("{k1}/links/{}", of(&format!("action=\"{k1}/links/")));
    let page = owner.get(&dispute).await.expect(200);
    let file = format!("{dispute}/files/{}", between(&page.body, &format!("href=\"{dispute}/files/"), "\""));
    let part = Part::bytes(DEBTORS.as_bytes().to_vec()).file_name("a.csv");
    let upload = owner.post_multipart("/console/imports", Form::new().text("kind", "debtors").part("file", part)).await;
    let upload = upload.expect(303).find_location().unwrap();

    let added = kept.run_json(&["business", "add", "Mallory", "--owner", "Mallory", "--email", "m@mallory.example"]);
    let mallory = kept.visitor();
    let typed = [("email", "m@mallory.example"), ("password", added["password"].as_str().unwrap())];
    mallory.post_form("/console/login", &typed).await.leads_to("/console");
    for path in [&k1, &commitment, &dispute, &file, &upload] {
        mallory.get(path).await.expect(404);
        kept.visitor().get(path).await.expect(303);
    }
    let today = day(0);
    let all = [
        ("amount", "5"),
        ("currency", "GBP"),
        ("paid_on", today.as_str()),
        ("once", "m"),
        ("channel", "call"),
        ("said", "x"),
        ("note", "x"),
        ("reason", "x"),
        ("answer", "x"),
        ("outcome", "uphold"),
        ("frequency", "monthly"),
        ("first_on", today.as_str()),
        ("act", "run"),
    ];
    let changes = [
        format!("{commitment}/accept"),
        format!("{commitment}/decline"),
        format!("{commitment}/counter"),
        format!("{dispute}/answer"),
        format!("{dispute}/resolve"),
        format!("{k1}/payments"),
        format!("{k1}/contacts"),
        format!("{k1}/holds"),
        format!("{k1}/links"),
        hold,
        link,
        upload,
    ];
    for path in &changes {
        mallory.post_form(path, &all).await.expect(404);
        kept.visitor().post_form(path, &all).await.leads_to("/console/login");
        let mut elsewhere = HeaderMap::new();
        elsewhere.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        Answer::to(owner.request(Method::POST, path).headers(elsewhere).form(&all)).await.expect(403);
    }
    for path in
        ["/console", "/console/commitments", "/console/disputes", "/console/debtors", "/console/commitments.csv"]
    {
        mallory.get(path).await.expect(200).does_not_see("K1").does_not_see("HYPERLINK");
    }
    let news = mallory.get("/console/news?after=").await.expect(200).json();
    assert_eq!(news["commitments"].as_array().unwrap().len(), 0);
    owner.get(&commitment).await.expect(200).sees("Waits for you");
    owner.get(&k1).await.expect(200).sees("£640.50");
});

/// The address of the one commitment on the console's list.
async fn only_commitment(owner: &Visitor) -> String {
    let page = owner.get("/console/commitments").await.expect(200);
    format!("/console/commitments/{}", between(&page.body, "scope=\"row\"><a href=\"/console/commitments/", "\""))
}

async fn pays(owner: &Visitor, debtor: &str, amount: &str) {
    let today = day(0);
    let typed = [("amount", amount), ("currency", "GBP"), ("paid_on", today.as_str()), ("once", amount)];
    owner.post_form(&format!("{debtor}/payments"), &typed).await.leads_to("?done=payment");
}

both!(what_is_no_longer_owed_is_not_agreed, async |kept| {
    let owner = with_debts(kept).await;
    let k2 = debtor(&owner, "K2").await;
    let visitor = debtor_signed_in(kept, &owner, &k2, "N2 2BB").await;
    propose_small(&visitor).await;
    let at = only_commitment(&owner).await;
    pays(&owner, &k2, "30").await;
    owner.post_form(&format!("{at}/accept"), &[]).await.expect(422).sees("Less is left to pay by now");

    let first = day(3);
    let offer = [("amount", "20"), ("frequency", "monthly"), ("first_on", first.as_str())];
    let offered = owner.post_form(&format!("{at}/counter"), &offer).await.expect(303).find_location().unwrap();
    let id = between(&offered, "/console/commitments/", "?").to_owned();
    let page = visitor.get(&format!("/account/agreements/{id}")).await.expect(200).sees("Agree to these payments");
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    pays(&owner, &k2, "10").await;
    let accept = [("act", "accept"), ("shown", shown.as_str())];
    visitor.post_form(&format!("/account/agreements/{id}"), &accept).await.expect(303);
    owner.get(&format!("/console/commitments/{id}")).await.expect(200).sees("Less is left to pay by now");
    visitor.get("/account").await.expect(200).does_not_see("Your instalments");

    propose_small(&visitor).await;
    pays(&owner, &k2, "50").await;
    owner.get("/console/commitments?state=proposed").await.expect(200).does_not_see("href=\"/console/commitments/0");
    visitor.get("/account").await.expect(200).does_not_see("Your proposal is waiting");
    kept.run_ok(&["doctor"]);
});

both!(an_old_page_does_not_end_what_was_agreed_since, async |kept| {
    let owner = with_debts(kept).await;
    let k2 = debtor(&owner, "K2").await;
    let visitor = debtor_signed_in(kept, &owner, &k2, "N2 2BB").await;
    propose_small(&visitor).await;
    let at = only_commitment(&owner).await;
    owner.post_form(&format!("{at}/accept"), &[]).await.leads_to("?done=accepted");
    let agreement = at.replace("/console/commitments", "/account/agreements");
    for act in ["withdraw", "refuse"] {
        visitor.post_form(&agreement, &[("act", act)]).await.leads_to(&agreement);
        owner.get(&at).await.expect(200).sees("Running");
    }
    visitor.post_form(&agreement, &[("act", "cancel")]).await.leads_to(&agreement);
    owner.get(&at).await.expect(200).does_not_see("Running");
});

both!(what_is_said_to_be_paid_is_not_late_until_it_was_looked_for, async |kept| {
    let owner = with_debts(kept).await;
    let k2 = debtor(&owner, "K2").await;
    let visitor = debtor_signed_in(kept, &owner, &k2, "N2 2BB").await;
    let by = day(5);
    let mut typed = vec![("currency", "GBP"), ("how_much", "all"), ("by_on", by.as_str())];
    let next = visitor.post_form("/account/promise", &typed).await.expect(303).find_location().unwrap();
    let page = visitor.get(&next).await.expect(200);
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    typed.push(("shown", &shown));
    visitor.post_form("/account/promise/check", &typed).await.expect(303);
    let at = only_commitment(&owner).await;
    let claim = Form::new().text("scope", "everything").text("paid_on", day(0)).text("paid_by", "cash");
    let claimed = visitor.post_multipart("/account/already-paid", claim).await.expect(303).find_location().unwrap();
    let claim = claimed.replace("/account", "/console");
    let work_in = |days: i64| {
        let now = chrono::Utc::now() + chrono::Duration::days(days);
        let done = kept.command(&["work", "--once"]).env("KEPT_NOW", now.to_rfc3339()).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    work_in(12);
    owner.get(&at).await.expect(200).sees("Running");
    let rejected = [("outcome", "reject"), ("reason", "It did not come")];
    owner.post_form(&format!("{claim}/resolve"), &rejected).await.leads_to("?done=resolved");
    work_in(12);
    owner.get(&at).await.expect(200).does_not_see("Running");
});

both!(a_dispute_that_was_right_is_credited_though_it_was_paid_meanwhile, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let visitor = debtor_signed_in(kept, &owner, &k1, "N1 1AA").await;
    let dispute = || {
        let fields = [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "100")];
        fields
            .into_iter()
            .fold(Form::new().text("words", "It came broken"), |form, (name, value)| form.text(name, value))
    };
    let first = visitor.post_multipart("/account/dispute", dispute()).await.expect(303).find_location();
    let again = visitor.post_multipart("/account/dispute", dispute()).await.expect(303).find_location();
    assert_eq!(first, again, "pressed twice, held once");
    visitor.get("/account").await.expect(200).sees("£540.50");
    pays(&owner, &k1, "640.50").await;
    let at = first.unwrap().replace("/account", "/console");
    owner.post_form(&format!("{at}/resolve"), &[("outcome", "uphold")]).await.leads_to("?done=resolved");
    owner.get(&at).await.expect(200).sees("£100.00");
    owner.get(&k1).await.expect(200).sees("-£100.00");
    kept.run_ok(&["doctor"]);
});

both!(a_dispute_that_was_right_does_not_credit_what_was_written_off, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let visitor = debtor_signed_in(kept, &owner, &k1, "N1 1AA").await;
    let fields = [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "100")];
    let form = fields.into_iter().fold(Form::new().text("words", "Broken"), |form, (n, text)| form.text(n, text));
    let at = visitor.post_multipart("/account/dispute", form).await.expect(303).find_location().unwrap();
    let at = at.replace("/account", "/console");
    // Nothing of it is asked for any more, and nobody has paid anything.
    let all = [("invoice", "all:GBP"), ("off_amount", ""), ("why", "Not worth a quarrel"), ("once", "1")];
    owner.post_form(&format!("{k1}/write-offs"), &all).await.expect(303);
    owner.post_form(&format!("{at}/resolve"), &[("outcome", "uphold")]).await.leads_to("?done=resolved");
    let ahead = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS TEXT) FROM entries WHERE account = 'on_account'";
    assert_eq!(kept.ask(ahead).await, ["0"], "nothing was paid, so nothing is given back");
    kept.run_ok(&["doctor"]);
});

both!(tries_at_one_link_are_judged_one_after_another, async |kept| {
    let owner = with_debts(kept).await;
    let k1 = debtor(&owner, "K1").await;
    let made = owner.post_form(&format!("{k1}/links"), &[]).await.leads_to("?done=link");
    let page = owner.follow(made).await.expect(200);
    let url = between(&page.body, "id=\"new-link\" type=\"text\" readonly value=\"", "\"").to_owned();
    let wrong = [("answer", "wrong")];
    let tries: Vec<_> = (0..25)
        .map(|_| {
            let (visitor, url) = (kept.visitor(), url.clone());
            tokio::spawn(async move { visitor.post_form(&url, &wrong).await.status.as_u16() })
        })
        .collect();
    for one in tries {
        assert!(matches!(one.await.unwrap(), 410 | 422));
    }
    owner.get(&k1).await.expect(200).sees("Wrong answer 5 of 5").does_not_see("Wrong answer 6 of 5");
});

both!(off_its_own_machine_the_first_run_takes_the_code_that_was_printed, async |kept| {
    let config = kept.data().join("public.toml");
    std::fs::write(&config, "public_url = \"https://pay.example.com\"\n").unwrap();
    kept.serve(&["--config", config.to_str().unwrap()]);
    let visitor = kept.visitor();
    visitor.get("/console/setup").await.expect(200).sees("Set-up code");
    let first = [("business", "Mallory"), ("name", "Mallory"), ("email", "m@evil.example"), ("password", PASSWORD)];
    for code in ["", "AAAAAAAAAAAAAAAAAAAAAAAA"] {
        let typed = [&first[..], &[("code", code)]].concat();
        visitor.post_form("/console/setup", &typed).await.expect(422).sees("Enter the set-up code");
    }
    let log = kept.log();
    let code = between(&log, "https://pay.example.com/console/setup?code=", "\n").to_owned();
    visitor.get(&format!("/console/setup?code={code}")).await.expect(200).sees(&code);
    let typed = [("business", "Jessop"), ("name", "Ada"), ("email", EMAIL), ("password", PASSWORD), ("code", &code)];
    visitor.post_form("/console/setup", &typed).await.leads_to("/console");
    assert_eq!(kept.log().matches(&code).count(), 1, "printed once, and never in the log of requests");
    kept.serve(&["--config", config.to_str().unwrap()]);
    assert_eq!(kept.log().matches("setup?code=").count(), 1, "there is an owner: no other code is made");
});
