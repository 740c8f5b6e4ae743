//! Kept cards: consent, announcements, charges while nobody is there, and what becomes of them when anything goes wrong,
//! by the stand-in's own books.

use chrono::NaiveDate;
use kept_tests::cards::{GOOD, consented, keep_for_all, shop};
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{between, day, pairs, plan};
use kept_tests::{Db, Kept, Visitor, both, has_postgres};
use serde_json::json;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

/// Those that may not always be charged.
const SHORT_LATER: &str = "4000000000003006";
const ALWAYS_ASKS: &str = "4000002760003184";

/// The day of the second payment.
pub async fn second(kept: &Kept) -> NaiveDate {
    kept.ask("SELECT due_on FROM instalments WHERE seq = 1 ORDER BY commitment_id").await[0].parse().unwrap()
}

pub fn later(on: NaiveDate, days: i64) -> NaiveDate {
    on + chrono::TimeDelta::days(days)
}

/// One run of all jobs at ten in the morning of a day, or some minutes later.
pub fn work(kept: &Kept, on: NaiveDate, minutes: u32) {
    let now = format!("{on}T{:02}:{:02}:00Z", 10 + minutes / 60, minutes % 60);
    let output = kept.command(&["work", "--once"]).env("KEPT_NOW", &now).output().unwrap();
    assert!(output.status.success(), "{now}: {}", String::from_utf8_lossy(&output.stderr));
}

pub async fn count(kept: &Kept, sql: &str) -> usize {
    kept.ask(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {sql}")).await[0].parse().unwrap()
}

async fn told(kept: &Kept, what: &str) -> usize {
    count(kept, &format!("outbox WHERE payload LIKE '%\"{what}\"%' AND state = 'done'")).await
}

both!(a_card_is_kept_by_consent_announced_charged_on_the_day_and_taken_back, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = consented(kept, &standin, &links[0], GOOD).await;
    assert_eq!(kept.ask("SELECT state || ' ' || brand || ' ' || last4 FROM mandates").await, ["active visa 4242"]);
    let on = second(kept).await;
    work(kept, later(on, -4), 0);
    assert_eq!(told(kept, "card_soon").await, 0);
    work(kept, later(on, -3), 0);
    work(kept, later(on, -3), 20);
    work(kept, later(on, -1), 0);
    assert_eq!(told(kept, "card_soon").await, 1, "announced once");
    assert_eq!(standin.charges().await.len(), 1, "only what was paid on the page");
    for minutes in [0, 15, 30] {
        work(kept, on, minutes);
    }
    let charges = standin.charges().await;
    assert_eq!(charges.len(), 2, "{charges:?}");
    assert_eq!(charges[1]["amount"], 15_000);
    let booked = "SELECT CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'payment'";
    assert_eq!(kept.ask(booked).await, ["15000", "15000"]);
    assert_eq!(told(kept, "receipt").await, 2);
    // On the account page it is told, with the words, and taken back.
    visitor.open(&links[0]).await;
    let page = visitor.get("/account").await.expect(200).sees("visa ending 4242").sees("Stop using this card");
    let action = between(&page.body, "action=\"/account/cards/", "\"").to_owned();
    visitor.post_form(&format!("/account/cards/{action}"), &[]).await.leads_to("/account");
    visitor.get("/account").await.expect(200).does_not_see("visa ending 4242");
    visitor.post_form(&format!("/account/cards/{action}"), &[]).await.leads_to("/account");
    assert_eq!(kept.ask("SELECT state || ' ' || ended_by FROM mandates").await, ["revoked debtor"]);
    for days in [25, 28, 30, 31, 32] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(standin.charges().await.len(), 2);
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["active"], "the agreement goes on");
    kept.run_ok(&["doctor"]);
});

both!(a_refund_that_failed_is_not_asked_for_again, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    let kinds = "SELECT kind FROM transfers WHERE kind <> 'invoice' ORDER BY id";
    wait_for(kept, kinds, &["payment"]).await;
    let refund = standin.post("/sandbox/refund", json!({ "session": page.rsplit('/').next().unwrap() })).await;
    wait_for(kept, kinds, &["payment", "refund"]).await;
    standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
    wait_for(kept, kinds, &["payment", "refund", "refund_failed"]).await;
    let on = second(kept).await;
    for days in -8..=0 {
        work(kept, later(on, days), 0);
    }
    let steps = "SELECT step FROM contacts WHERE step <> '' AND state = 'sent' ORDER BY decided_at_ms, id";
    assert_eq!(kept.ask(steps).await, ["before_instalment"], "the first payment is not taken for missed");
    let said = kept.ask("SELECT body FROM contacts WHERE step = 'before_instalment'").await.remove(0);
    assert!(said.contains("£150.00") && !said.contains("£300.00"), "{said}");
});

/// The cards that the stand-in keeps for anybody.
async fn cards_kept(standin: &Standin) -> usize {
    standin.get("/v1/payment_methods?type=card&limit=100").await["data"].as_array().unwrap().len()
}

both!(a_card_that_is_taken_back_is_taken_away_at_the_gateway_however_long_that_takes, async |kept| {
    let (standin, links) = shop(kept, 2).await;
    let visitor = consented(kept, &standin, &links[0], GOOD).await;
    consented(kept, &standin, &links[1], GOOD).await;
    assert_eq!(cards_kept(&standin).await, 2);
    let page = visitor.get("/account").await.expect(200);
    let action = between(&page.body, "action=\"/account/cards/", "\"").to_owned();
    for fault in ["timeout", "500", "429", "reset"] {
        standin.post("/sandbox/faults", json!({ "next_detach": fault })).await;
    }
    visitor.post_form(&format!("/account/cards/{action}"), &[]).await.leads_to("/account");
    let asked = "SELECT state FROM outbox WHERE kind = 'detach_card'";
    assert_eq!(kept.ask(asked).await, ["waiting"], "the worker asks, not the visitor's request");
    // The first is carried out though no answer comes; whatever the others say, it stays so and is asked for again.
    kept.set("KEPT_STRIPE_TIMEOUT_S", "1");
    for _ in 0..4 {
        kept.run_ok(&["work", "--once"]);
        assert_eq!(kept.ask(asked).await, ["waiting"]);
        assert_eq!(cards_kept(&standin).await, 1);
        kept.change("UPDATE outbox SET due_at_ms = 1 WHERE kind = 'detach_card'").await;
    }
    kept.run_ok(&["work", "--once"]);
    assert_eq!(kept.ask(asked).await, ["done"]);
    assert_eq!(cards_kept(&standin).await, 1, "only the one that was taken back");
    let mut states = kept.ask("SELECT state FROM mandates").await;
    states.sort();
    assert_eq!(states, ["active", "revoked"]);
    kept.run_ok(&["doctor"]);
});

both!(a_card_without_money_is_tried_once_more_and_then_the_payment_is_late, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = consented(kept, &standin, &links[0], SHORT_LATER).await;
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    let tries = "SELECT state || ' ' || decline_code FROM attempts WHERE seq = 1 ORDER BY id";
    for (days, expected) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 2)] {
        work(kept, later(on, days), 0);
        assert_eq!(kept.ask(tries).await, vec!["failed insufficient_funds"; expected], "{days} days after");
    }
    assert_eq!(told(kept, "card_declined").await, 2);
    let failed = kept.ask("SELECT id FROM attempts WHERE seq = 1").await.remove(0);
    visitor.open(&links[0]).await;
    let page = visitor.get(&format!("/account/payment/{failed}")).await.expect(200);
    page.sees("There was not enough on the card at that moment.").does_not_see("insufficient");
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["missed"]);
    assert_eq!(kept.ask("SELECT state FROM mandates").await, ["active"], "the next payment may go through");
    assert_eq!(standin.charges().await.len(), 1);
    kept.run_ok(&["doctor"]);
});

both!(a_bank_that_wants_to_be_asked_gets_its_answer_on_a_page, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = consented(kept, &standin, &links[0], ALWAYS_ASKS).await;
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    for days in [0, 1, 2, 3] {
        work(kept, later(on, days), 0);
    }
    let tries = "SELECT state || ' ' || decline_code FROM attempts WHERE seq = 1";
    assert_eq!(kept.ask(tries).await, ["failed authentication_required"]);
    assert_eq!((told(kept, "card_confirm").await, told(kept, "card_declined").await), (1, 0));
    visitor.open(&links[0]).await;
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    let path = format!("/sandbox/pay/{}", page.rsplit('/').next().unwrap());
    assert_eq!(standin.post(&path, json!({ "card": ALWAYS_ASKS })).await["step"], "challenge");
    standin.post(&path, json!({ "challenge": "complete" })).await;
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'", &["2"]).await;
    work(kept, later(on, 4), 0);
    assert_eq!(standin.charges().await.len(), 2);
    kept.run_ok(&["doctor"]);
});

both!(nothing_is_charged_in_a_hold_a_dispute_or_what_came_another_way, async |kept| {
    let (standin, links) = shop(kept, 3).await;
    let mut visitors = Vec::new();
    for link in &links {
        visitors.push(consented(kept, &standin, link, GOOD).await);
    }
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    assert_eq!(told(kept, "card_soon").await, 3);
    for (visitor, link) in visitors.iter().zip(&links) {
        // Weeks have passed since they opened it first.
        visitor.open(link).await;
    }
    let all = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    let form = all.iter().fold(reqwest::multipart::Form::new(), |form, (n, text)| form.text(*n, *text));
    visitors[0].post_multipart("/account/dispute", form).await.expect(303);
    visitors[1].post_form("/account/hardship", &[("currency", "GBP"), ("words", "Not now")]).await.expect(303);
    // The pause that came with it has ended, and nobody has answered yet.
    kept.change("UPDATE holds SET until_on = '2020-01-31'").await;
    // The third pays ahead on the page what would be charged.
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitors[2].post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'", &["4"]).await;
    for days in [0, 1, 2] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(standin.charges().await.len(), 4, "three first payments and the one on the page");
    assert_eq!(count(kept, "attempts WHERE seq IS NOT NULL").await, 0);
    kept.run_ok(&["doctor"]);
});

both!(a_gateway_in_a_bad_hour_charges_every_card_once, async |kept| {
    let faults = ["timeout", "lost", "500", "500_after", "reset", "429"];
    let (standin, links) = shop(kept, faults.len()).await;
    let mut visitors = Vec::new();
    for link in &links {
        visitors.push(consented(kept, &standin, link, GOOD).await);
    }
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    for fault in faults {
        standin.post("/sandbox/faults", json!({ "next_charge": fault })).await;
    }
    work(kept, on, 0);
    let unsure = count(kept, "attempts WHERE seq = 1 AND state = 'created'").await;
    assert_eq!(unsure, faults.len(), "no answer is taken for a no");
    // Meanwhile the page says that it is not known, and nobody can pay the same a second time.
    for (visitor, link) in visitors.iter().zip(&links) {
        visitor.open(link).await;
        visitor.get("/account").await.expect(200).sees("Please do not pay it again");
        let typed = [("currency", "GBP"), ("what", "instalment")];
        let at = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
        assert!(at.starts_with("/account/payment/"), "{at}");
    }
    // Asked again, all are known but the one whose key answers a failure for a day.
    work(kept, on, 2);
    work(kept, on, 5);
    assert_eq!(count(kept, "attempts WHERE seq = 1 AND state = 'succeeded'").await, 5);
    assert_eq!(standin.charges().await.len(), faults.len() + 5);
    // A day later its key is forgotten: the gateway is asked, and another attempt is made.
    standin.post("/sandbox/clock", json!({ "advance_s": 25 * 3600 })).await;
    for minutes in [10, 25, 40, 80, 95] {
        work(kept, later(on, 1), minutes);
    }
    let charges = standin.charges().await;
    assert_eq!(charges.len(), 2 * faults.len(), "{charges:?}");
    let attempts: BTreeSet<&str> = charges.iter().map(|c| c["attempt_id"].as_str().unwrap()).collect();
    assert_eq!(attempts.len(), charges.len());
    assert_eq!(count(kept, "transfers WHERE kind = 'payment'").await, charges.len());
    kept.run_ok(&["doctor"]);
});

both!(a_charge_that_never_was_is_announced_anew, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    consented(kept, &standin, &links[0], GOOD).await;
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    standin.post("/sandbox/faults", json!({ "next_charge": "500" })).await;
    work(kept, on, 0);
    // Nothing runs for days: the gateway forgets the key, and the announced day is over.
    standin.post("/sandbox/clock", json!({ "advance_s": 5 * 86_400 })).await;
    for (days, minutes) in [(5, 0), (5, 15), (7, 0), (8, 0), (8, 15)] {
        work(kept, later(on, days), minutes);
    }
    let tries = kept.ask("SELECT state FROM attempts WHERE seq = 1 ORDER BY created_at_ms").await;
    assert_eq!((tries, told(kept, "card_soon").await), (vec!["abandoned".to_owned(), "succeeded".to_owned()], 2));
    assert_eq!(standin.charges().await.len(), 2);
    kept.run_ok(&["doctor"]);
});

both!(a_key_older_than_a_day_is_asked_about_and_never_sent_again, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    consented(kept, &standin, &links[0], GOOD).await;
    let on = second(kept).await;
    work(kept, later(on, -3), 0);
    // It is carried out, no answer comes, and nobody can ask for two days.
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    standin.post("/sandbox/faults", json!({ "next_charge": "timeout" })).await;
    work(kept, on, 0);
    assert_eq!(standin.charges().await.len(), 2);
    standin.post("/sandbox/clock", json!({ "advance_s": 48 * 3600 })).await;
    standin.post("/sandbox/faults", json!({ "next_retrieve": "500", "count": 50 })).await;
    work(kept, later(on, 2), 0);
    assert_eq!(kept.ask("SELECT state FROM attempts WHERE seq = 1").await, ["created"]);
    standin.post("/sandbox/faults", json!({ "clear": true })).await;
    work(kept, later(on, 2), 5);
    assert_eq!(kept.ask("SELECT state FROM attempts WHERE seq = 1").await, ["succeeded"]);
    assert_eq!(standin.charges().await.len(), 2);
    kept.run_ok(&["doctor"]);
});

both!(a_payment_is_due_when_the_business_has_its_day_wherever_the_payer_is, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    kept.change("UPDATE businesses SET zone = 'Pacific/Auckland'").await;
    kept.change("UPDATE debtors SET zone = 'America/Los_Angeles'").await;
    consented(kept, &standin, &links[0], GOOD).await;
    let on = second(kept).await;
    let eve = later(on, -1);
    work(kept, later(on, -3), 0);
    assert_eq!(told(kept, "card_soon").await, 1);
    // Ten in the evening in Auckland, summer or winter, is not the day; half past midnight is, the day before elsewhere.
    for (time, charges) in [("09:00", 1), ("12:30", 2), ("12:45", 2)] {
        let now = format!("{eve}T{time}:00Z");
        let output = kept.command(&["work", "--once"]).env("KEPT_NOW", &now).output().unwrap();
        assert!(output.status.success(), "{now}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(standin.charges().await.len(), charges, "{now}");
    }
    kept.run_ok(&["doctor"]);
});

both!(a_plan_heals_after_a_miss_and_takes_its_card_along, async |kept| {
    let (standin, links) = shop(kept, 2).await;
    let visitor = consented(kept, &standin, &links[0], GOOD).await;
    let page = async |visitor: &Visitor| {
        let account = visitor.get("/account").await.expect(200);
        let id = between(&account.body, "/account/agreements/", "\"").to_owned();
        visitor.get(&format!("/account/agreements/{id}")).await.expect(200)
    };
    page(&visitor).await.does_not_see("Move all payments").does_not_see("Spread what was missed");
    // Five weeks later, without a card: the second payment did not come.
    kept.change("UPDATE instalments SET due_on = '2020-01-31' WHERE seq = 1").await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["missed"]);
    page(&visitor).await.sees("Move all payments").sees("Spread what was missed");
    let change = "/account/plan/change?how=spread&currency=GBP";
    let check = visitor.get(change).await.expect(200).sees("£225.00 by").sees("£450.00 in 2 payments");
    let shown = between(&check.body, "name=\"shown\" value=\"", "\"").to_owned();
    // What was not read is not agreed to.
    let wrong = [("how", "shift"), ("currency", "GBP"), ("shown", shown.as_str())];
    visitor.post_form("/account/plan/change", &wrong).await.expect(422).sees("Something changed");
    let typed = [("how", "spread"), ("currency", "GBP"), ("shown", shown.as_str())];
    let at = visitor.post_form("/account/plan/change", &typed).await.expect(303).find_location().unwrap();
    visitor.post_form("/account/plan/change", &typed).await.leads_to(&at);
    visitor.get(&at).await.expect(200).sees("visa ending 4242").does_not_see("Spread what was missed");
    let mut states =
        kept.ask("SELECT state || ' ' || CAST(total_minor AS TEXT) || ' ' || healed FROM commitments").await;
    states.sort();
    assert_eq!(states, ["active 45000 spread", "cancelled 60000 "]);
    // The card is charged by the new dates and amounts.
    let first: NaiveDate =
        kept.ask("SELECT MIN(due_on) FROM instalments WHERE amount_minor = 22500").await[0].parse().unwrap();
    work(kept, later(first, -3), 0);
    work(kept, first, 0);
    let charges = standin.charges().await;
    assert_eq!(charges.last().unwrap()["amount"], 22_500, "{charges:?}");
    // A larger payment: sooner, or smaller.
    let other = kept.visitor();
    other.open(&links[1]).await;
    let confirmed = other.check("/account/plan", &plan()).await;
    other.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let typed = [("currency", "GBP"), ("what", "part"), ("amount", "450")];
    let paid_on = other.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&paid_on).await;
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE amount_minor = 45000", &["1"]).await;
    page(&other).await.sees("Finish sooner").sees("Make each payment smaller");
    other.get("/account/plan/change?how=smaller&currency=GBP").await.expect(200).sees("£150.00 in 3 payments");
    other.get("/account/plan/change?how=sooner&currency=GBP").await.expect(200).sees("£150.00 in one payment");
    kept.run_ok(&["doctor"]);
});

/// SplitMix64: chance that a seed repeats.
fn chance(seed: &mut u64, limit: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % limit
}

/// Charges so many cards while the worker is killed so many times.
async fn killed(db: Db, cards: usize, kills: usize) {
    let mut seed = std::env::var("KEPT_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| u64::try_from(chrono::Utc::now().timestamp_micros()).unwrap());
    eprintln!("KEPT_TEST_SEED={seed} repeats these moments");
    let mut kept = Kept::prepare(db).await;
    let standin = keep_for_all(&mut kept, cards).await;
    kept.stop();
    let today = day(0);
    let noon: chrono::NaiveDateTime = format!("{today}T12:00:00").parse().unwrap();
    let at = |run: usize| {
        format!(
            "{}Z",
            (noon + chrono::TimeDelta::seconds(61 * i64::try_from(run).unwrap())).format("%Y-%m-%dT%H:%M:%S")
        )
    };
    // A gateway takes its time: whoever is killed while it thinks does not know what it will say.
    standin.post("/sandbox/faults", json!({ "next_charge": { "slow_ms": 60 }, "count": 10_000 })).await;
    let charged = async || standin.charges().await.len() - 1;
    let (mut in_flight, mut window_us) = (0, 400_000_u64);
    for kill in 0..kills {
        let before = charged().await;
        let mut worker = kept
            .command(&["work", "--once"])
            .env("KEPT_NOW", at(kill))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_micros(chance(&mut seed, window_us))).await;
        worker.kill().unwrap();
        worker.wait().unwrap();
        let after = charged().await;
        in_flight += usize::from(after > before);
        // The moments are spread over the charging: about as many are left as kills to come.
        let share = (cards - after) / (kills - kill) + 1;
        window_us = if after - before > 2 * share { window_us * 9 / 10 } else { window_us * 21 / 20 + 1 };
        window_us = window_us.min(2_000_000);
    }
    standin.post("/sandbox/faults", json!({ "clear": true })).await;
    let unknown = count(&kept, "attempts WHERE seq = 0 AND state = 'created'").await;
    eprintln!("{kills} kills, {in_flight} of them while cards were charged; {unknown} charges were left unknown");
    assert!(in_flight > kills / 4, "only {in_flight} of {kills} kills met a charge");
    for run in 0..6 {
        let output = kept.command(&["work", "--once"]).env("KEPT_NOW", at(kills + 15 * run)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let charges = standin.charges().await;
    assert_eq!(charges.len(), cards + 1, "by the stand-in's books");
    let mut by_gateway: Vec<String> =
        charges.iter().map(|c| format!("{} {}", c["attempt_id"].as_str().unwrap(), c["amount"])).collect();
    by_gateway.sort();
    let mut booked =
        kept.ask("SELECT attempt_id || ' ' || CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'payment'").await;
    booked.sort();
    assert_eq!(by_gateway, booked);
    let once = "attempts WHERE seq = 0 AND state = 'succeeded'";
    assert_eq!(count(&kept, once).await, cards);
    let debtors =
        kept.ask("SELECT CAST(COUNT(DISTINCT debtor_id) AS TEXT) FROM transfers WHERE kind = 'payment'").await;
    assert_eq!(debtors, [(cards + 1).to_string()]);
    kept.run_ok(&["doctor"]);
}

mod a_worker_that_is_killed_at_any_moment_charges_each_card_once {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        killed(Db::Sqlite, 500, 200).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        if has_postgres() {
            killed(Db::Postgres, 500, 200).await;
        }
    }
}
