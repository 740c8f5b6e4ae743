//! The hosted page: a payment once, a decline told, a bank in its own time.

use serde_json::json;

use super::{Town, request};
use crate::gateway::{GatewayError, IntentStatus, PaymentStatus, SessionStatus};

#[tokio::test]
async fn fifty_clicks_at_once_make_one_charge() {
    let town = Town::new().await;
    let made = town.gateway.create_checkout_session(&request("a1")).await.unwrap();
    let url = made.url.unwrap();
    let clicks =
        (0..50).map(|_| town.http.post(&url).form(&[("test_card", "4242424242424242"), ("card_number", "")]).send());
    for answer in futures_util::future::join_all(clicks).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 303);
        let back = format!("https://shop.example/back?s={}", made.id);
        assert_eq!(answer.headers()["location"], back.as_str());
    }
    assert_eq!(town.charges().await, 1);
}

#[tokio::test]
async fn the_page_tells_a_decline_and_takes_another_card() {
    let town = Town::new().await;
    let made = town.gateway.create_checkout_session(&request("a1")).await.unwrap();
    let url = made.url.unwrap();
    let page = town.http.get(&url).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("123.45 USD") && html.contains("stands in for Stripe"));
    assert!(html.contains("Invoices 17 and 18 &lt;b&gt;") && !html.contains("<script"));

    let typed = [("card_number", "4000 0000 0000 9995"), ("test_card", "4242424242424242")];
    let answer = town.http.post(&url).form(&typed).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let html = answer.text().await.unwrap();
    assert!(html.contains("Your card has insufficient funds.") && html.contains("<title>Error: "));
    let truth = town.gateway.retrieve_session(&made.id).await.unwrap();
    assert_eq!(truth.session.status, SessionStatus::Open);
    let decline = truth.payment.unwrap().decline.unwrap();
    assert_eq!(decline.decline_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(town.charges().await, 0);

    let challenged = [("card_number", "4000002500003155")];
    let answer = town.http.post(&url).form(&challenged).send().await.unwrap();
    let challenge = format!("{}{}", town.url, answer.headers()["location"].to_str().unwrap());
    assert!(challenge.ends_with("/challenge"));
    assert_eq!(town.http.get(&challenge).send().await.unwrap().status(), 200);
    let failed = town.http.post(&challenge).form(&[("answer", "fail")]);
    assert_eq!(failed.send().await.unwrap().status(), 422);
    town.http.post(&url).form(&challenged).send().await.unwrap();
    let passed = town.http.post(&challenge).form(&[("answer", "complete")]);
    assert_eq!(passed.send().await.unwrap().status(), 303);
    assert_eq!(town.charges().await, 1);
    let over = town.http.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(over.contains("This payment is finished"));
}

#[tokio::test]
async fn slow_and_silent_banks_answer_in_their_own_time() {
    let town = Town::new().await;
    for (attempt, card, outcome) in [
        ("a1", "4000000000001000", None),
        ("a2", "4000000000002008", Some("succeeded")),
        ("a3", "4000000000002008", Some("failed")),
    ] {
        let made = town.gateway.create_checkout_session(&request(attempt)).await.unwrap();
        assert_eq!(town.pay(&made.id, card).await, "return");
        let truth = town.gateway.retrieve_session(&made.id).await.unwrap();
        assert_eq!(truth.session.status, SessionStatus::Complete);
        assert_eq!(truth.session.payment_status, PaymentStatus::Unpaid);
        assert_eq!(truth.payment.unwrap().status, IntentStatus::Processing);
        match outcome {
            None => town.tell("clock", json!({ "advance_s": 13 })).await,
            Some(outcome) => {
                town.tell("clock", json!({ "advance_s": 600 })).await;
                let told = json!({ "session": made.id, "outcome": outcome });
                town.tell("settle", told).await
            }
        };
        let truth = town.gateway.retrieve_session(&made.id).await.unwrap();
        let paid = truth.session.payment_status == PaymentStatus::Paid;
        assert_eq!(paid, outcome != Some("failed"), "{attempt}");
        assert_eq!(truth.payment.unwrap().decline.is_some(), !paid);
    }
    assert_eq!(town.charges().await, 2);
}

#[tokio::test]
async fn a_page_that_expired_or_was_closed_takes_no_money() {
    let town = Town::new().await;
    let closed = town.gateway.create_checkout_session(&request("a1")).await.unwrap();
    let after = town.gateway.expire_session(&closed.id).await.unwrap();
    assert_eq!((after.status, after.url), (SessionStatus::Expired, None));
    let twice = town.gateway.expire_session(&closed.id).await;
    assert!(matches!(twice, Err(GatewayError::Refused(_))), "{twice:?}");
    assert_eq!(town.pay(&closed.id, "4242424242424242").await, "expired");

    let late = town.gateway.create_checkout_session(&request("a2")).await.unwrap();
    assert_eq!(town.pay(&late.id, "4000002500003155").await, "challenge");
    town.tell("clock", json!({ "advance_s": 3601 })).await;
    let answered = json!({ "challenge": "complete" });
    let step = town.tell(&format!("pay/{}", late.id), answered).await;
    assert_eq!(step["step"], "expired");
    let truth = town.gateway.retrieve_session(&late.id).await.unwrap();
    assert_eq!(truth.payment.unwrap().status, IntentStatus::Canceled);
    assert_eq!(town.charges().await, 0);
}
