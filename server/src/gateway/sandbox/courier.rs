//! Takes events to the webhook's address: signed, again and again until it answers with success, and, where a test
//! asks for it, late, twice, or in the wrong order.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use serde::Serialize;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::{Sandbox, SandboxConfig};
use crate::{clock::Clock, gateway::signature::sign};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often the books are looked at when nothing is heard: time alone makes things happen there.
const TICK: Duration = Duration::from_millis(100);
/// How long events are gathered so that they can be put in the wrong order.
const GATHER: Duration = Duration::from_millis(300);
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// With waits that double from a second to an hour, about three days, as Stripe does.
const TRIES_MAX: u32 = 84;

/// What a test asked of the courier.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Orders {
    /// Where webhooks go.
    pub(super) url: Option<String>,
    /// How many times more than once each event is delivered.
    pub(super) duplicate: usize,
    /// The newest of the events that wait goes first.
    pub(super) reorder: bool,
    /// Nothing is delivered until released.
    pub(super) hold: bool,
    /// How far the time that is signed is ahead of the machine's clock, in seconds.
    pub(super) signs_ahead_s: i64,
}

/// One delivery that was tried.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Tried {
    pub(super) event: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The HTTP status, or nothing when no answer came.
    pub(super) status: Option<u16>,
}

#[derive(Debug, Clone)]
struct Delivery {
    event: String,
    kind: &'static str,
    body: String,
    tries: u32,
    due_at: Instant,
}

#[derive(Default)]
struct Bag {
    orders: Orders,
    /// How many of the books' events were taken.
    taken: usize,
    waiting: VecDeque<Delivery>,
    under_way: usize,
    tried: Vec<Tried>,
}

/// Carries webhooks.
pub(super) struct Courier {
    bag: Mutex<Bag>,
    bell: Notify,
    http: reqwest::Client,
    retry: Duration,
    secret: SecretString,
}

impl Courier {
    pub(super) fn new(config: &SandboxConfig) -> Self {
        crate::gateway::stripe::use_ring();
        let bag = Bag { orders: Orders { url: config.webhook_url.clone(), ..Orders::default() }, ..Bag::default() };
        Self {
            bag: Mutex::new(bag),
            bell: Notify::new(),
            http: reqwest::Client::builder()
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap_or_default(),
            retry: config.webhook_retry,
            secret: config.webhook_secret.clone(),
        }
    }

    /// Something may have happened.
    pub(super) fn wake(&self) {
        self.bell.notify_one();
    }

    /// Changes the orders; answers them.
    pub(super) fn order(&self, change: impl FnOnce(&mut Orders)) -> Orders {
        let mut bag = self.bag();
        change(&mut bag.orders);
        let orders = bag.orders.clone();
        drop(bag);
        self.wake();
        orders
    }

    /// The orders, how many deliveries wait or are under way, and all that were tried.
    pub(super) fn report(&self, sandbox: &Sandbox) -> (Orders, usize, Vec<Tried>) {
        self.take(sandbox);
        let bag = self.bag();
        (bag.orders.clone(), bag.waiting.len() + bag.under_way, bag.tried.clone())
    }

    /// Delivers these events now, in this order, whether they are held or were delivered before.
    pub(super) async fn deliver(&self, sandbox: &Sandbox, events: &[String]) -> Vec<Tried> {
        let mut tried = Vec::new();
        for id in events {
            let found = sandbox.with(|books| {
                let event = books.events.find(id)?;
                Some((event.kind, event.payload().to_string()))
            });
            let Some((kind, body)) = found else { continue };
            let delivery = Delivery { event: id.clone(), kind, body, tries: 0, due_at: Instant::now() };
            let result = self.send(&delivery).await;
            if delivered(&result) {
                self.bag().waiting.retain(|waits| waits.event != *id);
            }
            tried.push(result);
        }
        tried
    }

    /// Puts the events that are new in the bag.
    fn take(&self, sandbox: &Sandbox) {
        let mut bag = self.bag();
        let books = sandbox.lock();
        let new = books.events.since(bag.taken);
        bag.taken += new.len();
        if bag.orders.url.is_none() {
            return;
        }
        let wait = if bag.orders.reorder { GATHER } else { Duration::ZERO };
        for event in new {
            let delivery = Delivery {
                event: event.id.clone(),
                kind: event.kind,
                body: event.payload().to_string(),
                tries: 0,
                due_at: Instant::now() + wait,
            };
            let copies = 1 + bag.orders.duplicate;
            bag.waiting.extend(std::iter::repeat_n(delivery, copies));
        }
    }

    /// Takes what is due out of the bag.
    fn due(&self) -> Vec<Delivery> {
        let mut bag = self.bag();
        if bag.orders.hold {
            return Vec::new();
        }
        let now = Instant::now();
        let (mut due, rest): (Vec<_>, Vec<_>) = bag.waiting.drain(..).partition(|waits| waits.due_at <= now);
        if bag.orders.reorder {
            due.reverse();
        }
        bag.waiting = rest.into();
        bag.under_way = due.len();
        due
    }

    async fn send(&self, delivery: &Delivery) -> Tried {
        let Orders { url, signs_ahead_s, .. } = self.bag().orders.clone();
        let status = match url {
            None => None,
            Some(url) => {
                let body = delivery.body.clone().into_bytes();
                let now_s = Clock::system().now_ms() / 1000 + signs_ahead_s;
                let signature = sign(&body, std::slice::from_ref(&self.secret), now_s);
                let sent = self
                    .http
                    .post(url)
                    .header("content-type", "application/json; charset=utf-8")
                    .header("stripe-signature", signature)
                    .header("user-agent", "Stripe/1.0 (sandbox)")
                    .body(body)
                    .send()
                    .await;
                sent.ok().map(|answer| answer.status().as_u16())
            }
        };
        let tried = Tried { event: delivery.event.clone(), kind: delivery.kind, status };
        self.bag().tried.push(tried.clone());
        tried
    }

    async fn carry(&self, mut delivery: Delivery) {
        let tried = self.send(&delivery).await;
        let mut bag = self.bag();
        bag.under_way = bag.under_way.saturating_sub(1);
        delivery.tries += 1;
        if !delivered(&tried) && delivery.tries < TRIES_MAX {
            let doubled = 2_u32.saturating_pow(delivery.tries - 1);
            delivery.due_at = Instant::now() + self.retry.saturating_mul(doubled).min(WAIT_MAX);
            bag.waiting.push_back(delivery);
        }
    }

    fn bag(&self) -> MutexGuard<'_, Bag> {
        self.bag.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn delivered(tried: &Tried) -> bool {
    tried.status.is_some_and(|status| (200..300).contains(&status))
}

/// Carries webhooks for as long as the sandbox runs.
pub(super) async fn run(sandbox: Sandbox) {
    let courier = &sandbox.courier;
    loop {
        tokio::select! {
            () = courier.bell.notified() => {}
            () = sleep(TICK) => sandbox.lock().happen(),
        }
        courier.take(&sandbox);
        for delivery in courier.due() {
            courier.carry(delivery).await;
        }
    }
}
