//! Webhooks: signed, until they are accepted, and in any order.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{KEY, SECRET, Town, clock_s, request};
use crate::gateway::notice::{self, Notice};

#[derive(Clone, Default)]
struct Inbox {
    refuse: Arc<Mutex<usize>>,
    events: Arc<Mutex<Vec<Notice>>>,
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: axum::body::Bytes) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap();
    let genuine = crate::gateway::signature::verify(&body, signature, &[SECRET.into()], clock_s());
    assert_eq!(genuine, Ok(()));
    let mut refuse = inbox.refuse.lock().unwrap();
    if *refuse > 0 {
        *refuse -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let event = notice::read(&body).unwrap();
    inbox.events.lock().unwrap().push(event);
    StatusCode::OK
}

impl Inbox {
    async fn open() -> (Self, String) {
        let inbox = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let router = Router::new().route("/hooks", post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (inbox, url)
    }

    fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

fn kinds<C: FromIterator<String>>(events: Vec<Notice>) -> C {
    events.into_iter().map(|event| event.kind).collect()
}

async fn settled(town: &Town) {
    for _ in 0..200 {
        if town.ask("webhooks").await["pending"] == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("webhooks were not delivered");
}

#[tokio::test]
async fn webhooks_come_signed_until_accepted_and_as_oddly_as_asked() {
    let town = Town::new().await;
    let (inbox, url) = Inbox::open().await;
    town.tell("webhooks", json!({ "url": url })).await;
    *inbox.refuse.lock().unwrap() = 5;
    let made = town.gateway.create_checkout_session(&request("a1")).await.unwrap();
    town.pay(&made.id, "4242424242424242").await;
    settled(&town).await;
    let paid = inbox.take();
    for event in &paid {
        assert_eq!(event.attempt_id.as_deref(), Some("a1"));
        assert_eq!(event.business_id.as_deref(), Some("b1"));
        assert!(event.payment_intent.is_some());
    }
    let session = paid.iter().find(|event| event.kind == "checkout.session.completed").unwrap();
    assert_eq!(session.session.as_deref(), Some(made.id.as_str()));
    let session_intent = session.payment_intent.clone();
    let first: HashSet<String> = kinds(paid);
    let expected =
        ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];
    assert_eq!(first, expected.map(str::to_owned).into(), "retried until accepted");

    town.tell("webhooks", json!({ "duplicate": 1, "reorder": true })).await;
    town.tell("refund", json!({ "session": made.id, "amount": 45 })).await;
    settled(&town).await;
    let late: Vec<String> = kinds(inbox.take());
    let reversed = ["charge.refunded", "charge.refunded", "refund.created", "refund.created"];
    assert_eq!(late, reversed);

    let calm = json!({ "duplicate": 0, "reorder": false, "hold": true });
    town.tell("webhooks", calm).await;
    town.tell("dispute", json!({ "session": made.id })).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(inbox.take().is_empty(), "held");
    let listed = town.http.get(format!("{}/v1/events?type=charge.dispute.created", town.url)).bearer_auth(KEY);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    let dispute = listed["data"][0]["id"].as_str().unwrap();
    let twice = json!({ "events": [dispute, dispute] });
    let told = town.tell("webhooks/deliver", twice).await;
    assert_eq!(told["tried"][1]["status"], 200);
    let disputed = inbox.take();
    assert_eq!(disputed.len(), 2);
    assert_eq!(disputed[0], disputed[1]);
    assert_eq!(disputed[0].payment_intent, session_intent);
    let contested = town.gateway.find_dispute(disputed[0].dispute.as_ref().unwrap()).await.unwrap().unwrap().about;
    assert_eq!((contested.amount_minor, contested.status.as_str()), (12_345, "needs_response"));
    assert!(contested.took_money());
    town.tell("webhooks", json!({ "release": true })).await;
    settled(&town).await;
    let rest: Vec<String> = kinds(inbox.take());
    assert_eq!(rest, ["charge.dispute.funds_withdrawn"]);
    let truth = town.gateway.retrieve_session(&made.id).await.unwrap();
    assert!(truth.payment.unwrap().disputed);
}
