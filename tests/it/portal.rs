//! The debtor's pages through HTTP, as a browser without JavaScript asks for them.

use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::{Method, multipart};

const DEBTORS: &str = "reference,name,email,postcode,country
C1,Ana Ruiz,ana@example.com,LS1 4AB,GB
C2,<b>Bob</b> & Co,bob@example.com,LS2 2BB,GB
";
const INVOICES: &str = "number,customer,issued,due,amount,currency,description
A-1,C1,2026-01-14,2026-02-14,290.00,GBP,\"<script>alert(1)</script>\"
A-2,C1,2026-02-14,2026-03-14,110.00,GBP,
B-1,C2,2026-01-14,2026-02-14,75.00,GBP,
";

/// Brings in two debtors; answers the path of each one's link.
fn debtors(kept: &Kept) -> [String; 2] {
    for (name, content, extra) in [("debtors", DEBTORS, &[][..]), ("invoices", INVOICES, &["--currency", "GBP"][..])] {
        let file = kept.data().join(format!("{name}.csv"));
        std::fs::write(&file, content).unwrap();
        kept.run_ok(&[&["import", name, file.to_str().unwrap()], extra].concat());
    }
    let links = kept.run_ok(&["links", "--csv"]);
    let path = |reference: &str| {
        let line = links.lines().find(|line| line.starts_with(reference)).unwrap();
        format!("/l/{}", line.rsplit("/l/").next().unwrap())
    };
    [path("C1"), path("C2")]
}

/// Somebody who has answered the identity question.
async fn signed_in(kept: &Kept, link: &str, answer: &str) -> Visitor {
    let visitor = kept.visitor();
    visitor.post_form(link, &[("answer", answer)]).await.leads_to("/account");
    visitor
}

/// The value of a hidden field.
fn hidden(page: &Answer, name: &str) -> String {
    let after = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

both!(before_the_question_nothing_personal_shows, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = kept.visitor();
    for _ in 0..3 {
        let page = visitor.get(&ana).await.expect(200).does_not_see("Ana").does_not_see("£290").does_not_see("A-1");
        assert!(page.header("set-cookie").is_none(), "a look is not a visit");
    }
    visitor.get("/account").await.expect(401);
    visitor.post_form(&ana, &[("answer", "")]).await.expect(422).sees("Error: One question first");
    visitor.post_form(&ana, &[("answer", "LS9 9ZZ")]).await.expect(422).sees("You can try 4 more times");
    visitor.post_form(&ana, &[("answer", "ls14ab")]).await.leads_to("/account");
    visitor.get("/account").await.expect(200).sees("Ana Ruiz").sees("£400.00");
});

both!(five_wrong_answers_lock_the_link_and_every_dead_link_looks_the_same, async |kept| {
    let [ana, bob] = debtors(kept);
    let visitor = kept.visitor();
    for _ in 0..4 {
        visitor.post_form(&ana, &[("answer", "wrong")]).await.expect(422);
    }
    let plain = |answer: Answer, token: &str| {
        let nonce = answer.body.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (answer.status, answer.body.replace(&nonce, "").replace(token, ""))
    };
    let token = ana.trim_start_matches("/l/");
    let locked = plain(visitor.post_form(&ana, &[("answer", "wrong")]).await.expect(410), token);
    assert_eq!(
        plain(visitor.post_form(&ana, &[("answer", "LS1 4AB")]).await, token),
        locked,
        "the right one, too late"
    );
    assert_eq!(plain(visitor.get(&ana).await, token), locked);
    let unknown = "AAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(plain(visitor.get(&format!("/l/{unknown}")).await, unknown), locked);
    let fresh = visitor.post_form(&format!("{ana}/fresh"), &[]).await.expect(200);
    let nothing = visitor.post_form(&format!("/l/{unknown}/fresh"), &[]).await.expect(200);
    assert_eq!(plain(fresh, token).1, plain(nothing, unknown).1);
    visitor.post_form(&bob, &[("answer", "LS2 2BB")]).await.leads_to("/account");
});

both!(a_plan_is_typed_checked_and_agreed_once, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    visitor.post_form("/account/plan", &[("by", "amount"), ("amount", "x")]).await.expect(422).sees("Error: ");
    let soon = chrono::Utc::now().date_naive() + chrono::Days::new(10);
    let first_on = soon.to_string();
    let plan = [("by", "count"), ("count", "4"), ("frequency", "monthly"), ("first_on", &first_on)];
    let check = visitor.post_form("/account/plan", &plan).await.expect(303);
    let page = visitor.follow(check).await.expect(200).sees("Agree to these payments").sees("£100.00 by");
    let shown = hidden(&page, "shown");
    let confirm = [&plan[..], &[("currency", "GBP"), ("shown", &shown)]].concat();
    let made = visitor.post_form("/account/plan/check", &confirm).await.expect(303);
    let again = visitor.post_form("/account/plan/check", &confirm).await.expect(303);
    assert_eq!(made.find_location(), again.find_location(), "pressed twice, agreed once");
    let agreement = made.find_location().unwrap();
    visitor.follow(made).await.expect(200).sees("Your agreement");
    // Gone back to, the page names the agreement that it made; confirmed again, it stays that one.
    let query = "by=count&count=4&frequency=monthly&currency=GBP&first_on=";
    let page = visitor.get(&format!("/account/plan/check?{query}{first_on}")).await.expect(200);
    let shown = hidden(&page, "shown");
    let confirm = [&plan[..], &[("currency", "GBP"), ("shown", &shown)]].concat();
    let once_more = visitor.post_form("/account/plan/check", &confirm).await.expect(303);
    assert_eq!(once_more.find_location().as_deref(), Some(agreement.as_str()));
    visitor.get("/account").await.expect(200).sees("Your instalments");
    visitor.post_form(&agreement, &[("act", "cancel")]).await.leads_to(&agreement);
    visitor.get(&agreement).await.expect(200).sees("It has ended");
});

both!(words_that_were_not_shown_are_not_agreed, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    let soon = (chrono::Utc::now().date_naive() + chrono::Days::new(5)).to_string();
    let confirm = [("how_much", "all"), ("by_on", soon.as_str()), ("currency", "GBP"), ("shown", "0")];
    visitor.post_form("/account/promise/check", &confirm).await.expect(422).sees("Please read the words once more");
    visitor.get("/account").await.expect(200).does_not_see("Your agreed date");
});

both!(a_plan_outside_the_terms_gets_the_nearest_or_is_sent, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    let soon = (chrono::Utc::now().date_naive() + chrono::Days::new(10)).to_string();
    let plan = format!("currency=GBP&by=amount&amount=5&frequency=monthly&first_on={soon}");
    let page = visitor.get(&format!("/account/plan/check?{plan}")).await.expect(200);
    page.sees("Each payment is at least £10.00").sees("The nearest that fits");
    let page = visitor.get(&format!("/account/plan/check?{plan}&decide=yes")).await.expect(200);
    let shown = hidden(&page, "shown");
    let fields = [("currency", "GBP"), ("by", "amount"), ("amount", "5"), ("frequency", "monthly")];
    let fields = [&fields[..], &[("first_on", &soon), ("decide", "yes"), ("shown", &shown)]].concat();
    let made = visitor.post_form("/account/plan/check", &fields).await.expect(303);
    visitor.follow(made).await.expect(200).sees("It is not an agreement yet");
    visitor.get("/account").await.expect(200).sees("Your proposal is waiting for an answer");
});

both!(a_script_asks_the_same_door_with_json, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    let soon = (chrono::Utc::now().date_naive() + chrono::Days::new(10)).to_string();
    let good = serde_json::json!({"by": "count", "count": "3", "frequency": "weekly", "first_on": soon});
    let answer = visitor.post_json("/account/plan", &good).await.expect(200).json();
    assert!(answer["next"].as_str().unwrap().starts_with("/account/plan/check?"), "{answer}");
    let bad = serde_json::json!({"by": "amount", "amount": "-1", "frequency": "weekly", "first_on": soon});
    let answer = visitor.post_json("/account/plan", &bad).await.expect(422).json();
    assert_eq!(answer["mistakes"][0][0], "amount");
});

both!(only_the_disputed_part_is_held, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    visitor.get("/account").await.expect(200).sees("&lt;script&gt;").does_not_see("<script>alert");
    let form = |amount: &'static str, file: multipart::Part| {
        let fields = [("reason", "wrong_amount"), ("scope", "amount"), ("amount", amount), ("words", "too much")];
        let form = fields.into_iter().fold(multipart::Form::new(), |form, (name, value)| form.text(name, value));
        form.part("file", file)
    };
    let named = |bytes: &'static [u8]| multipart::Part::bytes(bytes).file_name("proof.pdf");
    let wrong = visitor.post_multipart("/account/dispute", form("30", named(b"<html>not a pdf</html>"))).await;
    wrong.expect(422).sees("Choose a PDF or a picture");
    let large = multipart::Part::bytes(vec![0u8; 11 * 1024 * 1024]).file_name("large.pdf");
    visitor.post_multipart("/account/dispute", form("30", large)).await.expect(422).sees("at most 10 MB");
    visitor.get("/account").await.expect(200).sees("£400.00");
    let raised = visitor.post_multipart("/account/dispute", form("30", named(b"%PDF-1.7\n"))).await.expect(303);
    let dispute = raised.find_location().unwrap();
    visitor.follow(raised).await.expect(200).sees("proof.pdf").sees("too much");
    visitor.get("/account").await.expect(200).sees("£370.00").sees("On hold while we look into it");
    visitor.post_form(&dispute, &[("act", "withdraw")]).await.leads_to(&dispute);
    visitor.get("/account").await.expect(200).sees("£400.00");
});

both!(hardship_and_claims_are_taken, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    visitor.get("/account/hardship").await.expect(200).sees("MoneyHelper").sees("/account/plan?");
    let told = visitor.post_form("/account/hardship", &[("words", "")]).await.expect(303);
    visitor.follow(told).await.expect(200).sees("Reminders are paused until");
    let form = multipart::Form::new().text("scope", "everything").text("paid_on", "2026-03-01").text("paid_by", "cash");
    let claimed = visitor.post_multipart("/account/already-paid", form).await.expect(303);
    visitor.follow(claimed).await.expect(200).sees("is looking for your payment");
    visitor.get("/account").await.expect(200).sees("There is nothing to pay while");
});

both!(one_debtor_sees_nothing_of_another, async |kept| {
    let [ana, bob] = debtors(kept);
    let a = signed_in(kept, &ana, "LS1 4AB").await;
    let b = signed_in(kept, &bob, "LS2 2BB").await;
    b.get("/account").await.expect(200).sees("&lt;b&gt;Bob").does_not_see("Ana Ruiz").does_not_see("A-1");
    let soon = (chrono::Utc::now().date_naive() + chrono::Days::new(5)).to_string();
    let page = a.get(&format!("/account/promise/check?currency=GBP&how_much=all&by_on={soon}")).await.expect(200);
    let shown = hidden(&page, "shown");
    let fields = [("currency", "GBP"), ("how_much", "all"), ("by_on", soon.as_str()), ("shown", &shown)];
    let agreement = a.post_form("/account/promise/check", &fields).await.expect(303).find_location().unwrap();
    let told = a.post_form("/account/hardship", &[("words", "x")]).await.expect(303).find_location().unwrap();
    for path in [&agreement, &told] {
        a.get(path).await.expect(200);
        b.get(path).await.expect(404);
        b.post_form(path, &[("act", "withdraw")]).await.expect(404);
        kept.visitor().get(path).await.expect(401);
    }
    b.get("/receipt/0").await.expect(404);
    b.get("/account/payment/0").await.expect(404);
});

both!(leaving_ends_the_session, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    visitor.get("/account/contacts").await.expect(200).sees("Messages");
    visitor.post_form("/account/leave", &[]).await.expect(200);
    visitor.get("/account").await.expect(401);
});

both!(another_site_cannot_act_and_the_token_is_in_no_log, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    let cross = visitor.request(Method::POST, "/account/hardship").header("sec-fetch-site", "cross-site");
    let both = Answer::to(cross.form(&[("words", "")])).await;
    assert_eq!(both.status, 403, "two values that disagree are cross-site");
    visitor.get("/account").await.expect(200).does_not_see("Reminders are paused");
    visitor.get(&ana).await.expect(200);
    let log = kept.log();
    assert!(log.contains("/l/[token]"), "{log}");
    assert!(!log.contains(ana.trim_start_matches("/l/")), "{log}");
});

both!(every_page_says_how_it_may_be_used, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    for path in [ana.as_str(), "/account", "/account/plan", "/no-such-page"] {
        let page = visitor.get(path).await;
        let header = |name: &str| page.header(name).unwrap_or_default();
        assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self' 'nonce-"));
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(!page.body.contains("style=\"") && !page.body.contains("onclick"), "{path}");
    }
});

/// The account page and its styles fit the first flight of packets.
#[tokio::test]
async fn the_account_page_is_one_small_answer() {
    let kept = Kept::start(kept_tests::Db::Sqlite).await;
    let [ana, _] = debtors(&kept);
    let visitor = signed_in(&kept, &ana, "LS1 4AB").await;
    for coding in ["br", "gzip"] {
        let page = Answer::to(visitor.request(Method::GET, "/account").header("accept-encoding", coding)).await;
        assert_eq!(page.header("content-encoding").as_deref(), Some(coding));
        let bytes: usize = page.bytes;
        assert!(bytes <= 14 * 1024, "{bytes} bytes of {coding}");
        assert!(bytes > 1000, "{bytes} bytes are not the page");
    }
}

both!(a_character_that_a_database_cannot_hold_does_no_harm, async |kept| {
    let [ana, _] = debtors(kept);
    let visitor = signed_in(kept, &ana, "LS1 4AB").await;
    visitor.get("/account/agreements/%00").await.expect(404);
    visitor.get("/receipt/a%00b").await.expect(404);
    let told = visitor.post_form("/account/hardship", &[("words", "before\0after")]).await.expect(303);
    visitor.follow(told).await.expect(200).sees("before\u{fffd}after");
});
