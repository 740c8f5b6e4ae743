//! What the port says of a payment, and of a call that went wrong.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;

use super::{KEY, Town, clock_s, gateway, request};
use crate::gateway::{GatewayError, IntentStatus, OffSessionCharge, PaymentStatus, RefundStatus, SessionStatus};

#[tokio::test]
async fn a_payment_from_open_page_to_refund() {
    let town = Town::new().await;
    let gateway = &town.gateway;
    let made = gateway.create_checkout_session(&request("a1")).await.unwrap();
    assert_eq!(made.status, SessionStatus::Open);
    assert_eq!(made.attempt_id.as_deref(), Some("a1"));
    assert!(made.url.as_deref().unwrap().starts_with(&town.url));
    assert_eq!(gateway.hosted_origin(), town.url);
    let before = gateway.retrieve_session(&made.id).await.unwrap();
    assert!(before.payment.is_none());

    assert_eq!(town.pay(&made.id, "4242424242424242").await, "return");
    let truth = gateway.retrieve_session(&made.id).await.unwrap();
    assert_eq!(truth.session.status, SessionStatus::Complete);
    assert_eq!(truth.session.payment_status, PaymentStatus::Paid);
    let payment = truth.payment.unwrap();
    assert_eq!(payment.status, IntentStatus::Succeeded);
    assert_eq!(payment.received_minor, 12_345);
    assert_eq!(payment.currency, "usd");
    assert_eq!(payment.attempt_id.as_deref(), Some("a1"));
    assert!(payment.charge.is_some() && payment.refunds.is_empty());

    for part in 1..=12 {
        let key = format!("r{part}");
        let refund = gateway.refund(&payment.payment_intent, 100, "usd", &key).await.unwrap();
        let again = gateway.refund(&payment.payment_intent, 100, "usd", &key).await.unwrap();
        assert_eq!((refund.status, &refund), (RefundStatus::Succeeded, &again));
    }
    let refunds = gateway.retrieve_payment(&payment.payment_intent).await.unwrap().refunds;
    assert_eq!(refunds.len(), 12, "more than one page of refunds is read");
    let too_much = gateway.refund(&payment.payment_intent, 12_345, "usd", "r13").await.unwrap_err();
    assert!(matches!(too_much, GatewayError::Refused(_)), "{too_much}");
    town.tell("refund", json!({ "session": made.id })).await;
    let whole = gateway.retrieve_session(&made.id).await.unwrap();
    let sum: i64 = whole.payment.unwrap().refunds.iter().map(|refund| refund.amount_minor).sum();
    assert_eq!(sum, 12_345);
}

#[tokio::test]
async fn an_unknown_fate_is_cleared_up_by_asking_again() {
    let town = Town::new().await;
    let hasty = gateway(&town.url, 300);
    for (fault, made_all_the_same) in [("timeout", true), ("reset", true), ("lost", false)] {
        town.tell("faults", json!({ "next_create": fault })).await;
        let request = request(fault);
        let from_s = clock_s() - 60;
        let error = hasty.create_checkout_session(&request).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }), "{fault}: {error}");
        assert!(!error.fate_known());
        let found = hasty.find_session(fault, from_s).await.unwrap();
        assert_eq!(found.is_some(), made_all_the_same, "{fault}");
        let again = hasty.create_checkout_session(&request).await.unwrap();
        if let Some(found) = found {
            assert_eq!(again.id, found.id);
        }
    }
    for (fault, made) in [("500", false), ("500_after", true)] {
        town.tell("faults", json!({ "next_create": fault })).await;
        for _ in 0..2 {
            let error = hasty.create_checkout_session(&request(fault)).await.unwrap_err();
            assert!(matches!(error, GatewayError::Unknown { .. }), "{fault}: {error}");
        }
        let found = hasty.find_session(fault, clock_s() - 60).await.unwrap();
        assert_eq!(found.is_some(), made, "{fault}");
    }
}

#[tokio::test]
async fn a_fate_that_is_known_is_called_so() {
    let town = Town::new().await;
    town.tell("faults", json!({ "next_create": "429" })).await;
    let limited = town.gateway.create_checkout_session(&request("a1")).await;
    let retry_after = Some(Duration::from_secs(1));
    assert_eq!(limited, Err(GatewayError::RateLimited { retry_after }));
    assert!(town.gateway.create_checkout_session(&request("a1")).await.is_ok());

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let error = gateway(&nowhere, 500).create_checkout_session(&request("a2")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unreachable { .. }), "{error}");

    let error = town.gateway.retrieve_session("cs_nobody").await.unwrap_err();
    let GatewayError::Refused(refusal) = error else {
        panic!("{error}");
    };
    assert_eq!((refusal.status, refusal.code.as_deref()), (404, Some("resource_missing")));
    for bad in ["", "cs_1/expire", "../charges", "cs_1?x", "cs_é"] {
        let error = town.gateway.retrieve_session(bad).await.unwrap_err();
        assert!(matches!(error, GatewayError::Invalid { .. }), "{bad}");
    }
    assert!(!format!("{:?}", town.gateway).contains(KEY));
}

#[tokio::test]
async fn one_key_does_one_thing() {
    let town = Town::new().await;
    let first = request("a1");
    town.tell("faults", json!({ "next_create": { "slow_ms": 400 } })).await;
    let (slow, meanwhile) = tokio::join!(town.gateway.create_checkout_session(&first), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        town.gateway.create_checkout_session(&first).await
    });
    assert!(matches!(meanwhile, Err(GatewayError::InProgress)), "{meanwhile:?}");
    let again = town.gateway.create_checkout_session(&first).await.unwrap();
    assert_eq!(slow.unwrap().id, again.id);

    let mut other = first.clone();
    other.amount_minor += 1;
    let error = town.gateway.create_checkout_session(&other).await.unwrap_err();
    assert!(matches!(error, GatewayError::KeyReused { .. }), "{error}");

    let ann = town.gateway.create_customer(None, "d1", "k1").await.unwrap();
    assert_eq!(town.gateway.create_customer(None, "d1", "k1").await, Ok(ann.clone()));
    town.tell("clock", json!({ "advance_s": 24 * 3600 })).await;
    let later = town.gateway.create_customer(None, "d1", "k1").await.unwrap();
    assert_ne!(later, ann, "a key is forgotten after 24 hours");
}

#[tokio::test]
async fn a_saved_card_is_charged_while_its_holder_is_away() {
    let town = Town::new().await;
    for (card, refused) in [
        ("4242424242424242", None),
        ("4000002500003155", None),
        ("4000002760003184", Some("authentication_required")),
        ("4000000000003006", Some("card_declined")),
    ] {
        let mut saving = request(card);
        saving.save_card = true;
        let made = town.gateway.create_checkout_session(&saving).await.unwrap();
        if town.pay(&made.id, card).await == "challenge" {
            let answered = json!({ "challenge": "complete" });
            town.tell(&format!("pay/{}", made.id), answered).await;
        }
        let truth = town.gateway.retrieve_session(&made.id).await.unwrap();
        let customer = truth.payment.unwrap().customer.unwrap();
        let saved = town.gateway.list_saved_cards(&customer).await.unwrap();
        assert_eq!(saved.len(), 1);
        assert_eq!(saved[0].last4, card[12..]);
        let charge = OffSessionCharge {
            attempt_id: format!("later-{card}"),
            business_id: "b1".into(),
            customer,
            payment_method: saved[0].id.clone(),
            amount_minor: 5_000,
            currency: "usd".into(),
            description: "Instalment 2 of 3".into(),
        };
        let before = town.charges().await;
        let first = town.gateway.charge_off_session(&charge).await;
        let again = town.gateway.charge_off_session(&charge).await;
        assert_eq!(first, again, "the same attempt has one outcome");
        match (refused, first) {
            (None, Ok(payment)) => {
                assert_eq!(payment.received_minor, 5_000);
                assert_eq!(town.charges().await, before + 1);
            }
            (Some(code), Err(GatewayError::Refused(refusal))) => {
                assert_eq!(refusal.code.as_deref(), Some(code));
                let intent = refusal.payment_intent.unwrap();
                let payment = town.gateway.retrieve_payment(&intent).await.unwrap();
                assert_eq!(payment.attempt_id, Some(charge.attempt_id));
                assert_eq!(town.charges().await, before);
            }
            (_, other) => panic!("{card}: {other:?}"),
        }
    }
}
