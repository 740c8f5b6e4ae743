//! Everything the stand-in remembers, behind one lock: what looks like one step to a caller is one.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{
    SandboxConfig, charge::Charge, customer::Customer, customer::PaymentMethod, dispute::Dispute, error::ApiError,
    event::Event, fault::Faults, idempotency::Keys, intent::Intent, refund::Refund, session::Session,
};
use crate::clock::Clock;

/// Free-form pairs a caller attaches to an object.
pub(super) type Metadata = BTreeMap<String, String>;

/// What the stand-in remembers. Nothing is ever removed, as in a ledger, but by an accident on order.
pub(super) struct Books {
    pub(super) charges: Shelf<Charge>,
    pub(super) config: SandboxConfig,
    pub(super) customers: Shelf<Customer>,
    pub(super) disputes: Shelf<Dispute>,
    pub(super) events: Shelf<Event>,
    pub(super) faults: Faults,
    pub(super) intents: Shelf<Intent>,
    pub(super) keys: Keys,
    pub(super) methods: Shelf<PaymentMethod>,
    pub(super) refunds: Shelf<Refund>,
    pub(super) sessions: Shelf<Session>,
    /// How far the stand-in's clock runs ahead of the machine's, in seconds.
    ahead_s: i64,
}

impl Books {
    pub(super) fn new(config: SandboxConfig) -> Self {
        Self {
            charges: Shelf::new("charge"),
            config,
            customers: Shelf::new("customer"),
            disputes: Shelf::new("dispute"),
            events: Shelf::new("event"),
            faults: Faults::default(),
            intents: Shelf::new("payment_intent"),
            keys: Keys::default(),
            methods: Shelf::new("PaymentMethod"),
            refunds: Shelf::new("refund"),
            sessions: Shelf::new("checkout.session"),
            ahead_s: 0,
        }
    }

    /// Now, in seconds since 1970, on the stand-in's own clock.
    pub(super) fn now_s(&self) -> i64 {
        Clock::system().now_ms() / 1000 + self.ahead_s
    }

    /// How far that is ahead of the machine's clock, in seconds.
    pub(super) fn ahead_s(&self) -> i64 {
        self.ahead_s
    }

    /// Moves the stand-in's clock; what became due happens.
    pub(super) fn advance(&mut self, seconds: i64) {
        self.ahead_s = self.ahead_s.saturating_add(seconds.clamp(0, 366 * 86_400));
        self.happen();
    }

    /// Lets happen what is due by now: sessions expire, slow banks answer.
    pub(super) fn happen(&mut self) {
        let now_s = self.now_s();
        let expired: Vec<String> = self
            .sessions
            .all()
            .filter(|session| session.is_open() && session.expires_at_s <= now_s)
            .map(|session| session.id.clone())
            .collect();
        for id in expired {
            self.close_session(&id);
        }
        let answered: Vec<String> = self
            .intents
            .all()
            .filter(|intent| intent.settles_at_s.is_some_and(|at_s| at_s <= now_s))
            .map(|intent| intent.id.clone())
            .collect();
        for id in answered {
            self.settle(&id, Ok(()));
        }
    }

    /// Remembers an event, and leaves it for the courier. `object` is what it is about, as it is now.
    pub(super) fn emit(&mut self, kind: &'static str, object: Value) {
        let event = Event { id: new_id("evt_"), created_s: self.now_s(), kind, object };
        self.events.add(event);
    }
}

/// Something with an id and a time, that can be listed.
pub(super) trait Object {
    fn id(&self) -> &str;
    fn created_s(&self) -> i64;
    /// As JSON, with what `expand` asks for in place of its ids.
    fn json(&self, books: &Books, expand: &Expand) -> Value;
}

/// Objects of one kind, in the order they were made.
pub(super) struct Shelf<T> {
    kind: &'static str,
    items: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T: Object> Shelf<T> {
    fn new(kind: &'static str) -> Self {
        Self { kind, items: Vec::new(), places: HashMap::new() }
    }

    pub(super) fn add(&mut self, item: T) {
        self.places.insert(item.id().to_owned(), self.items.len());
        self.items.push(item);
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }

    /// Those made after the first `count`.
    pub(super) fn since(&self, count: usize) -> &[T] {
        self.items.get(count..).unwrap_or_default()
    }

    pub(super) fn find(&self, id: &str) -> Option<&T> {
        self.places.get(id).and_then(|place| self.items.get(*place))
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut T> {
        self.places.get(id).and_then(|place| self.items.get_mut(*place))
    }

    /// Loses one; whether it was there.
    pub(super) fn forget(&mut self, id: &str) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        self.items.remove(place);
        for later in self.places.values_mut().filter(|later| **later > place) {
            *later -= 1;
        }
        true
    }

    /// Keeps the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        for gone in self.items.drain(count.min(self.items.len())..) {
            self.places.remove(gone.id());
        }
    }

    pub(super) fn get(&self, id: &str) -> Result<&T, ApiError> {
        self.find(id).ok_or_else(|| ApiError::missing(self.kind, id))
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Result<&mut T, ApiError> {
        let kind = self.kind;
        self.find_mut(id).ok_or_else(|| ApiError::missing(kind, id))
    }
}

/// The `expand` of a call: dotted paths of what is wanted whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Expand(Vec<String>);

impl Expand {
    pub(super) fn new(paths: impl IntoIterator<Item = String>) -> Result<Self, ApiError> {
        let paths: Vec<String> = paths.into_iter().collect();
        match paths.iter().find(|path| path.split('.').count() > 4) {
            None => Ok(Self(paths)),
            Some(deep) => Err(ApiError::invalid(
                format!("You cannot expand more than 4 levels of a property ({deep})."),
                "expand",
            )),
        }
    }

    /// What is wanted of `field`, if it is wanted whole.
    pub(super) fn below(&self, field: &str) -> Option<Self> {
        let mut wanted = false;
        let mut below = Vec::new();
        for path in &self.0 {
            let Some(rest) = path.strip_prefix(field) else {
                continue;
            };
            if rest.is_empty() {
                wanted = true;
            } else if let Some(rest) = rest.strip_prefix('.') {
                wanted = true;
                below.push(rest.to_owned());
            }
        }
        wanted.then_some(Self(below))
    }

    /// `id` as it stands, or the object it names where `field` is wanted whole.
    pub(super) fn reference<T: Object>(&self, field: &str, id: Option<&str>, shelf: &Shelf<T>, books: &Books) -> Value {
        let Some(id) = id else { return Value::Null };
        match (self.below(field), shelf.find(id)) {
            (Some(below), Some(object)) => object.json(books, &below),
            _ => json!(id),
        }
    }
}

/// An id as Stripe's look: a prefix that tells the kind, and letters and digits.
pub(super) fn new_id(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::new_v4().simple())
}
