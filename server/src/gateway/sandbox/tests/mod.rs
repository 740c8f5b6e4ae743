//! The port and the stand-in, held to each other over HTTP.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{SandboxConfig, serve};
use crate::{
    clock::Clock,
    gateway::{CheckoutRequest, Gateway, GatewayConfig},
};

mod page;
mod port;
mod webhooks;

const KEY: &str = "sk_test_sandbox";
const SECRET: &str = "whsec_sandbox";

struct Town {
    url: String,
    gateway: Gateway,
    http: reqwest::Client,
}

impl Town {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut config = SandboxConfig::new(KEY.into(), SECRET.into());
        config.webhook_retry = Duration::from_millis(20);
        tokio::spawn(serve(listener, config));
        let gateway = gateway(&url, 2_000);
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { url, gateway, http }
    }

    async fn tell(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn ask(&self, path: &str) -> Value {
        let url = format!("{}/sandbox/{path}", self.url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn charges(&self) -> usize {
        let books = self.ask("charges").await;
        usize::try_from(books["count"].as_u64().unwrap()).unwrap()
    }

    async fn pay(&self, session: &str, card: &str) -> String {
        let step = self.tell(&format!("pay/{session}"), json!({ "card": card })).await;
        step["step"].as_str().unwrap().to_owned()
    }
}

fn gateway(url: &str, timeout_ms: u64) -> Gateway {
    Gateway::new(GatewayConfig {
        base_url: url.to_owned(),
        secret_key: KEY.into(),
        timeout: Duration::from_millis(timeout_ms),
    })
    .unwrap()
}

fn request(attempt_id: &str) -> CheckoutRequest {
    CheckoutRequest {
        attempt_id: attempt_id.into(),
        business_id: "b1".into(),
        amount_minor: 12_345,
        currency: "usd".into(),
        description: "Invoices 17 and 18 <b>".into(),
        success_url: "https://shop.example/back?s={CHECKOUT_SESSION_ID}".into(),
        cancel_url: "https://shop.example/cancel".into(),
        customer_email: Some("ann@example.com".into()),
        save_card: false,
        customer: None,
        expires_at_ms: (clock_s() + 3600) * 1000,
    }
}

fn clock_s() -> i64 {
    Clock::system().now_ms() / 1000
}
