//! The payment gateway's stand-in as a process of its own, and a hand on its levers.

use crate::{Kept, client_builder};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The only key it takes.
pub const KEY: &str = "sk_test_it";
/// With which it signs.
pub const SECRET: &str = "whsec_it";

/// A running stand-in; it ends when this is dropped.
pub struct Standin {
    /// Where it listens.
    pub url: String,
    process: Child,
    client: reqwest::Client,
}

impl Standin {
    /// Starts one that sends no messages until [`Standin::tell`].
    pub fn start() -> Self {
        let mut process = Command::new(crate::binary())
            .args(["sandbox", "--listen", "127.0.0.1:0", "--secret-key", KEY, "--webhook-secret", SECRET])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening\t").unwrap_or_else(|| panic!("the stand-in said {line:?}"));
        Self { url: url.to_owned(), process, client: client_builder().build().unwrap() }
    }

    /// From now on this Kept takes cards here; its server is started (again) with that.
    pub async fn serve(&self, kept: &mut Kept) {
        kept.set("KEPT_STRIPE_SECRET_KEY", KEY);
        kept.set("KEPT_STRIPE_WEBHOOK_SECRETS", SECRET);
        kept.set("KEPT_STRIPE_API_URL", &self.url);
        kept.set("KEPT_STRIPE_CHECKOUT_ORIGIN", &self.url);
        kept.serve(&[]);
        self.tell(kept).await;
    }

    /// Messages go to this Kept's server, wherever it listens now.
    pub async fn tell(&self, kept: &Kept) {
        self.post("/sandbox/webhooks", json!({ "url": format!("{}/hooks/stripe", kept.url) })).await;
    }

    /// Pulls a lever.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(format!("{}{path}", self.url)).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path} {body}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Reads what it tells.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).bearer_auth(KEY).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Every charge that took money, by its books.
    pub async fn charges(&self) -> Vec<Value> {
        self.get("/sandbox/charges").await["charges"].as_array().unwrap().clone()
    }

    /// Every page that it has opened, newest first.
    pub async fn pages(&self) -> Vec<Value> {
        self.list("/v1/checkout/sessions?limit=100").await
    }

    /// Everything that happened, newest first.
    pub async fn events(&self) -> Vec<Value> {
        self.list("/v1/events?limit=100").await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after =
                all.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap())).unwrap_or_default();
            let page = self.get(&format!("{path}{after}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] != true {
                return all;
            }
        }
    }

    /// Pays on a hosted page with the card that succeeds; answers what the page did.
    pub async fn pay(&self, page: &str) -> Value {
        let session = page.rsplit('/').next().unwrap();
        self.post(&format!("/sandbox/pay/{session}"), json!({})).await
    }

    /// Delivers messages now, in this order; each must be taken.
    pub async fn deliver(&self, events: &[&str]) {
        let told = self.post("/sandbox/webhooks/deliver", json!({ "events": events })).await;
        for tried in told["tried"].as_array().unwrap() {
            assert_eq!(tried["status"], 200, "{tried}");
        }
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until a statement's answer is this, for what a job does a little later.
pub async fn wait_for(kept: &Kept, sql: &str, expected: &[&str]) {
    let begun = Instant::now();
    loop {
        let found = kept.ask(sql).await;
        if found == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{sql}\nstill answers {found:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
