//! Card payments: what an attempt is for, where it stands, and what the gateway's truth moves in the ledger.

use serde::{Deserialize, Serialize};

/// Where one try at taking money stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Stored; the gateway may or may not have heard of it.
    Created,
    /// The gateway has a page open for it.
    Open,
    /// The card holder has finished, the money is not yet certain.
    Confirming,
    /// The money arrived.
    Succeeded,
    /// The gateway says that it will not arrive.
    Failed,
    /// The page was closed or left until it expired.
    Abandoned,
}

impl AttemptState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Open, Self::Confirming, Self::Succeeded, Self::Failed, Self::Abandoned];

    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Open => "open",
            Self::Confirming => "confirming",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    /// Reads a name written by [`AttemptState::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The truth is not known yet; at most one such attempt per debtor and purpose.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Open | Self::Confirming)
    }
}

/// What the gateway knows of an attempt, asked now. The order in which its messages arrive does not matter, because
/// only this decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The hosted page can still be paid on.
    pub page_open: bool,
    /// The card holder finished the page.
    pub page_complete: bool,
    /// The gateway's payment, once there is one.
    pub payment: Option<String>,
    /// The money is the business's.
    pub paid: bool,
    /// The gateway says that the money will not come.
    pub failed: bool,
    /// Minor units received.
    pub received_minor: i64,
    /// Refunds that were made.
    pub refunds: Vec<Refund>,
}

/// A refund as the gateway knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The gateway's id.
    pub key: String,
    /// Minor units.
    pub amount_minor: i64,
    /// It did not reach the card holder: the money is the business's again.
    pub failed: bool,
}

/// A movement that the ledger needs once and only once: `key` is unique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Movement {
    /// Money arrived.
    Payment {
        /// The gateway's id.
        key: String,
        /// Minor units.
        amount_minor: i64,
    },
    /// Money went back.
    Refund {
        /// The gateway's id.
        key: String,
        /// Minor units.
        amount_minor: i64,
    },
    /// A refund failed, and the money is the business's again.
    RefundFailed {
        /// The gateway's id, marked as failed: the refund itself has been a movement.
        key: String,
        /// Minor units.
        amount_minor: i64,
    },
    /// The card holder's bank took money back; only a message of the gateway tells.
    Chargeback {
        /// The gateway's id.
        key: String,
        /// Minor units.
        amount_minor: i64,
    },
}

impl Movement {
    /// The gateway's id of the effect: the ledger takes each once.
    pub fn key(&self) -> &str {
        match self {
            Self::Payment { key, .. }
            | Self::Refund { key, .. }
            | Self::RefundFailed { key, .. }
            | Self::Chargeback { key, .. } => key,
        }
    }
}

/// Where an attempt stands by the gateway's truth, and every movement that follows from it.
/// Movements that are in the ledger already are recognised by their keys.
pub fn settle(state: AttemptState, truth: &Truth) -> (AttemptState, Vec<Movement>) {
    let mut movements = Vec::new();
    if let (true, Some(payment)) = (truth.paid, &truth.payment) {
        movements.push(Movement::Payment { key: payment.clone(), amount_minor: truth.received_minor });
        // A refund that failed was one before: both are told, so that the ledger is the same whenever they are heard of.
        for Refund { key, amount_minor, failed } in &truth.refunds {
            movements.push(Movement::Refund { key: key.clone(), amount_minor: *amount_minor });
            if *failed {
                movements.push(Movement::RefundFailed { key: format!("{key}:failed"), amount_minor: *amount_minor });
            }
        }
        return (AttemptState::Succeeded, movements);
    }
    let next = match state {
        AttemptState::Succeeded => AttemptState::Succeeded,
        _ if truth.failed => AttemptState::Failed,
        _ if truth.page_complete => AttemptState::Confirming,
        _ if truth.page_open => AttemptState::Open,
        _ => AttemptState::Abandoned,
    };
    (next, movements)
}

/// Whether a page that can still be paid on should be closed: what it asks for has come in another way, and nothing is
/// left to pay. Money that is on its way is waited for.
pub fn page_is_needless(state: AttemptState, owed_minor: i64) -> bool {
    matches!(state, AttemptState::Created | AttemptState::Open) && owed_minor <= 0
}

/// Why an amount cannot be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountRefused {
    /// Nothing is left to pay.
    NothingOwed,
    /// Zero or less.
    NotPositive,
    /// More than is left to pay.
    MoreThanOwed,
    /// Less than the business accepts towards a larger balance: its smallest part payment, in minor units.
    BelowMinimum(i64),
}

/// Checks an amount that a debtor chose to pay of a balance.
pub fn check_amount(amount_minor: i64, balance_minor: i64, min_part_minor: i64) -> Result<(), AmountRefused> {
    if balance_minor <= 0 {
        return Err(AmountRefused::NothingOwed);
    }
    if amount_minor <= 0 {
        return Err(AmountRefused::NotPositive);
    }
    if amount_minor > balance_minor {
        return Err(AmountRefused::MoreThanOwed);
    }
    if amount_minor < min_part_minor && amount_minor < balance_minor {
        return Err(AmountRefused::BelowMinimum(min_part_minor.min(balance_minor)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth() -> Truth {
        Truth {
            page_open: true,
            page_complete: false,
            payment: None,
            paid: false,
            failed: false,
            received_minor: 0,
            refunds: vec![],
        }
    }

    #[test]
    fn only_the_truth_decides() {
        let open = truth();
        assert_eq!(settle(AttemptState::Created, &open), (AttemptState::Open, vec![]));
        let left = Truth { page_open: false, ..truth() };
        assert_eq!(settle(AttemptState::Open, &left), (AttemptState::Abandoned, vec![]));
        let waiting = Truth { page_open: false, page_complete: true, ..truth() };
        assert_eq!(settle(AttemptState::Open, &waiting), (AttemptState::Confirming, vec![]));
        let refunded = Truth {
            paid: true,
            payment: Some("pi".into()),
            received_minor: 500,
            refunds: vec![Refund { key: "re".into(), amount_minor: 200, failed: false }],
            ..waiting
        };
        let (state, movements) = settle(AttemptState::Abandoned, &refunded);
        assert_eq!(state, AttemptState::Succeeded);
        assert_eq!(movements.iter().map(Movement::key).collect::<Vec<_>>(), ["pi", "re"]);
        assert_eq!(settle(state, &refunded).1, movements, "asking twice gives the same");
        let mut failed = refunded;
        failed.refunds[0].failed = true;
        let (state, more) = settle(state, &failed);
        assert_eq!(state, AttemptState::Succeeded, "the payment itself stands");
        assert_eq!(more[..2], movements, "what was told before is told again");
        assert_eq!(more[2..], [Movement::RefundFailed { key: "re:failed".into(), amount_minor: 200 }]);
    }

    #[test]
    fn a_page_is_closed_when_nothing_is_left_to_pay_on_it() {
        let needless = |owed| AttemptState::ALL.into_iter().filter(|s| page_is_needless(*s, owed)).collect::<Vec<_>>();
        assert_eq!(needless(0), [AttemptState::Created, AttemptState::Open]);
        assert_eq!(needless(-5), needless(0));
        assert_eq!(needless(1), []);
    }

    #[test]
    fn an_amount_is_held_to_the_balance_and_the_minimum() {
        assert_eq!(check_amount(500, 10_000, 500), Ok(()));
        assert_eq!(check_amount(499, 10_000, 500), Err(AmountRefused::BelowMinimum(500)));
        assert_eq!(check_amount(300, 300, 500), Ok(()), "the whole of a small balance");
        assert_eq!(check_amount(100, 300, 500), Err(AmountRefused::BelowMinimum(300)));
        assert_eq!(check_amount(0, 300, 500), Err(AmountRefused::NotPositive));
        assert_eq!(check_amount(301, 300, 500), Err(AmountRefused::MoreThanOwed));
        assert_eq!(check_amount(1, 0, 500), Err(AmountRefused::NothingOwed));
    }
}
