//! The stand-in for the carrier of text messages as a process of its own, and a hand on its levers.

use crate::{Kept, client_builder};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// With which Kept signs in there, and it signs.
pub const TOKEN: &str = "sms-it";
/// The number that text messages come from.
pub const NUMBER: &str = "+447700900000";

/// A running stand-in; it ends when this is dropped.
pub struct Texts {
    url: String,
    process: Child,
    client: reqwest::Client,
}

impl Texts {
    /// Starts one, and tells a Kept whose server runs.
    pub async fn start(kept: &mut Kept) -> Self {
        let mut process = Command::new(crate::binary())
            .args(["sms-sandbox", "--listen", "127.0.0.1:0", "--token", TOKEN])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening\t").unwrap_or_else(|| panic!("the stand-in said {line:?}"));
        let texts = Self { url: url.to_owned(), process, client: client_builder().build().unwrap() };
        kept.set("KEPT_SMS_ACCOUNT_SID", "ACstandin");
        kept.set("KEPT_SMS_AUTH_TOKEN", TOKEN);
        kept.set("KEPT_SMS_FROM", NUMBER);
        kept.set("KEPT_SMS_API_URL", &texts.url);
        kept.set("KEPT_SMS_TIMEOUT_S", "2");
        kept.serve(&[]);
        // What the worker writes into messages is where the server listens.
        let served = kept.url.clone();
        kept.set("KEPT_PUBLIC_URL", &served);
        texts.post("/sandbox/webhook", json!({ "url": format!("{served}/hooks/sms") })).await;
        texts
    }

    /// Pulls a lever.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(format!("{}{path}", self.url)).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path} {body}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Every message that it took, oldest first.
    pub async fn taken(&self) -> Vec<Value> {
        let answer = self.client.get(format!("{}/sandbox/messages", self.url)).send().await.unwrap();
        let all: Value = answer.json().await.unwrap();
        all["messages"].as_array().unwrap().clone()
    }

    /// What goes wrong with the next messages, one each.
    pub async fn faults(&self, faults: &[&str]) {
        self.post("/sandbox/faults", json!({ "faults": faults })).await;
    }

    /// Somebody texts back; answers the message's id.
    pub async fn reply(&self, from: &str, body: &str, sid: &str) -> String {
        let told = self.post("/sandbox/inbound", json!({ "from": from, "to": NUMBER, "body": body, "sid": sid })).await;
        assert_eq!(told["answered"], 200, "{told}");
        told["sid"].as_str().unwrap().to_owned()
    }

    /// It tells what became of a message.
    pub async fn became(&self, sid: &str, status: &str, error_code: &str) {
        let told = json!({ "sid": sid, "status": status, "error_code": error_code });
        let told = self.post("/sandbox/status", told).await;
        assert_eq!(told["answered"], 200, "{told}");
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
