//! Things that go wrong on order: what a network and a gateway do to a request in a bad hour.

use std::{collections::VecDeque, time::Duration};

use serde::Deserialize;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    /// It is carried out, and no answer comes.
    Timeout,
    /// It is not carried out, and no answer comes.
    Lost,
    /// It is not carried out, and a 500 is answered, and answered again to the same key.
    #[serde(rename = "500")]
    Internal,
    /// It is carried out, and a 500 is answered, and answered again to the same key.
    #[serde(rename = "500_after")]
    InternalAfter,
    /// It is not carried out, and a 429 with `Retry-After: 1` is answered.
    #[serde(rename = "429")]
    RateLimited,
    /// It is carried out, and the connection breaks in the middle of the answer.
    Reset,
    /// It is carried out after this many milliseconds.
    SlowMs(u64),
}

impl Fault {
    pub(super) fn delay(self) -> Duration {
        match self {
            Self::SlowMs(ms) => Duration::from_millis(ms),
            _ => Duration::ZERO,
        }
    }
}

/// Which calls a fault waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Making a checkout session.
    Create,
    /// Charging a saved card.
    Charge,
    /// Giving money back.
    Refund,
    /// Taking a kept card away.
    Detach,
    /// Any reading.
    Retrieve,
}

impl Target {
    pub(super) fn of(method: &str, path: &str) -> Option<Self> {
        match (method, path) {
            ("POST", "/v1/checkout/sessions") => Some(Self::Create),
            ("POST", "/v1/payment_intents") => Some(Self::Charge),
            ("POST", "/v1/refunds") => Some(Self::Refund),
            ("POST", path) if path.ends_with("/detach") => Some(Self::Detach),
            ("GET", _) => Some(Self::Retrieve),
            _ => None,
        }
    }
}

/// Faults that wait for their calls.
#[derive(Default)]
pub(super) struct Faults(VecDeque<(Target, Fault)>);

impl Faults {
    pub(super) fn order(&mut self, target: Target, fault: Fault, count: usize) {
        self.0.extend(std::iter::repeat_n((target, fault), count));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn take(&mut self, target: Target) -> Option<Fault> {
        let place = self.0.iter().position(|(waits, _)| *waits == target)?;
        self.0.remove(place).map(|(_, fault)| fault)
    }
}
