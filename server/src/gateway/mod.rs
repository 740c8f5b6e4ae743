//! Card payments: what Kept asks of a gateway, and what it may believe of the answer.
//!
//! Card data never comes here: a debtor pays on the gateway's hosted page, and we only keep its ids.
//! Every call that moves money carries the id of an attempt that was stored **before** the call; the gateway
//! does the work for one id once. After an answer that [`GatewayError::fate_known`] denies, the truth is asked:
//! repeat the same call with the same id (the gateway answers what it answered before), or look the attempt up
//! with [`Gateway::find_session`]. It is never guessed, and the attempt is never marked failed.

use std::{fmt, time::Duration};

pub mod sandbox;
pub mod stripe;

pub use kept_intake::gateway::{amount, notice, signature};
pub use stripe::{Gateway, GatewayConfig};

/// What a debtor is about to pay on the gateway's hosted page.
#[derive(Debug, Clone)]
pub struct CheckoutRequest {
    /// The stored attempt: idempotency key, `client_reference_id` and metadata of the payment.
    pub attempt_id: String,
    /// The creditor, kept in the metadata.
    pub business_id: String,
    /// What is charged, in ISO 4217 minor units.
    pub amount_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// What the debtor, and anyone who sees their statement, reads. It never speaks of a debt.
    pub description: String,
    /// Where the debtor comes back after paying; `{CHECKOUT_SESSION_ID}` is replaced. Coming back proves nothing.
    pub success_url: String,
    /// Where the debtor comes back without paying.
    pub cancel_url: String,
    /// Fills in the e-mail address on the hosted page; ignored when `customer` is given.
    pub customer_email: Option<String>,
    /// The debtor agreed that the card is kept for later instalments.
    pub save_card: bool,
    /// The gateway's customer this debtor already is.
    pub customer: Option<String>,
    /// When the page stops taking money, in epoch milliseconds: 30 minutes to 24 hours after creation. It must come
    /// from the stored attempt, since a repeated call has to carry the same parameters.
    pub expires_at_ms: i64,
}

/// A hosted page that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The gateway's id.
    pub id: String,
    /// Where the debtor is sent; absent once the session is over.
    pub url: Option<String>,
    /// Whether the page still takes money.
    pub status: SessionStatus,
    /// Whether money came.
    pub payment_status: PaymentStatus,
    /// The payment, once the debtor has tried to pay.
    pub payment_intent: Option<String>,
    /// The attempt it was made for.
    pub attempt_id: Option<String>,
    /// When the page stops taking money, in epoch milliseconds.
    pub expires_at_ms: i64,
}

/// Whether a hosted page still takes money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    /// It does.
    Open,
    /// The debtor finished; the money may still be on its way.
    Complete,
    /// It no longer does, and never took any.
    Expired,
}

/// Whether the money of a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    /// It has.
    Paid,
    /// It has not, or not yet.
    Unpaid,
    /// Nothing was asked.
    NoPaymentRequired,
}

/// Everything the gateway knows of a session and its payment, in one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The hosted page.
    pub session: Session,
    /// The payment, once the debtor has tried to pay.
    pub payment: Option<Payment>,
}

/// Everything the gateway knows of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The gateway's id of the payment.
    pub payment_intent: String,
    /// The attempt it was made for.
    pub attempt_id: Option<String>,
    /// The creditor it was made for; none where it was not made by Kept.
    pub business_id: Option<String>,
    /// How far it has come.
    pub status: IntentStatus,
    /// What has arrived, in minor units of `currency`; refunds are not subtracted.
    pub received_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// The charge, once a card was tried.
    pub charge: Option<String>,
    /// The charge is or was contested by the cardholder.
    pub disputed: bool,
    /// Why the last try failed.
    pub decline: Option<Decline>,
    /// Money given back, or on its way back.
    pub refunds: Vec<Refund>,
    /// The customer who paid.
    pub customer: Option<String>,
    /// The card that was used; it can be charged again when it was saved.
    pub payment_method: Option<String>,
    /// The kind of the card and its last four digits, once it was charged.
    pub card: Option<(String, String)>,
}

/// How far a payment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentStatus {
    /// No card was accepted yet.
    RequiresPaymentMethod,
    /// The gateway waits for the payment to be confirmed.
    RequiresConfirmation,
    /// The debtor has to prove who they are to their bank (3-D Secure).
    RequiresAction,
    /// The bank has not answered yet: neither paid nor failed.
    Processing,
    /// Authorised but not captured.
    RequiresCapture,
    /// The money has arrived.
    Succeeded,
    /// Given up; nothing was taken.
    Canceled,
}

/// A card that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// The gateway's error code, such as `card_declined`.
    pub code: String,
    /// The issuer's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// Words that may be shown to the debtor.
    pub message: String,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The gateway's id.
    pub id: String,
    /// How much, in minor units of the payment's currency.
    pub amount_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// Whether it has arrived.
    pub status: RefundStatus,
}

/// A cardholder contests a payment with their bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The gateway's id.
    pub id: String,
    /// How much is contested, in ISO 4217 minor units.
    pub amount_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// Such as `needs_response`, `won` or `lost`.
    pub status: String,
    /// Such as `fraudulent` or `product_not_received`.
    pub reason: String,
}

/// What a bank has done about a payment that it looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Nothing yet.
    Open,
    /// It has left or given the money to the business.
    ForBusiness,
    /// The money stays with the card holder.
    ForCardHolder,
}

impl Dispute {
    /// Whether the bank took money back. An inquiry (`warning_…`) has not, nor has one that was prevented, for which a refund
    /// was made instead; of a status that is not known it is not believed
    /// (<https://docs.stripe.com/api/disputes/object#dispute_object-status>).
    #[must_use]
    pub fn took_money(&self) -> bool {
        matches!(self.status.as_str(), "needs_response" | "under_review" | "won" | "lost")
    }

    /// What the bank has decided.
    #[must_use]
    pub fn decided(&self) -> Decided {
        match self.status.as_str() {
            "won" | "warning_closed" | "prevented" => Decided::ForBusiness,
            "lost" => Decided::ForCardHolder,
            _ => Decided::Open,
        }
    }
}

/// Something in a listing, with the payment that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Of<T> {
    /// The refund or the dispute.
    pub about: T,
    /// The gateway's id of the payment; none where the listing does not say.
    pub payment_intent: Option<String>,
    /// The attempt that the payment was made for.
    pub attempt_id: Option<String>,
    /// The creditor that the payment was made for; none where it was not made by Kept.
    pub business_id: Option<String>,
}

/// How far a refund has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// The customer has to do something.
    RequiresAction,
    /// Done.
    Succeeded,
    /// The money came back to the business.
    Failed,
    /// Stopped before it left.
    Canceled,
}

/// A card that may be charged again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedCard {
    /// The gateway's id.
    pub id: String,
    /// Such as `visa`.
    pub brand: String,
    /// The only digits that ever come here.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: u32,
    /// Four digits.
    pub exp_year: i32,
}

/// A charge of a saved card while the debtor is away.
#[derive(Debug, Clone)]
pub struct OffSessionCharge {
    /// The stored attempt: idempotency key and metadata.
    pub attempt_id: String,
    /// The creditor, kept in the metadata.
    pub business_id: String,
    /// The gateway's customer.
    pub customer: String,
    /// One of the customer's saved cards.
    pub payment_method: String,
    /// What is charged, in ISO 4217 minor units.
    pub amount_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// Neutral words for the receipt.
    pub description: String,
}

/// What went wrong, and whether anything may have happened all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayError {
    /// The request may have been carried out: a time-out, a connection that broke, a failure on the other side.
    Unknown {
        /// For the log; it holds no secret.
        reason: String,
    },
    /// An earlier request of the same attempt is still being carried out.
    InProgress,
    /// The gateway understood and said no.
    Refused(Box<Refusal>),
    /// The gateway asks us to slow down; nothing was done.
    RateLimited {
        /// How long to wait, where the gateway says.
        retry_after: Option<Duration>,
    },
    /// The connection could not be made: nothing was sent, so nothing was done.
    Unreachable {
        /// For the log; it holds no secret.
        reason: String,
    },
    /// This attempt's id was used before with other parameters: the earlier request stands, whatever it was.
    KeyReused {
        /// The gateway's words.
        message: String,
    },
    /// The answer is not what this version of the gateway's API answers. What was done is unknown.
    Protocol {
        /// For the log; it holds no secret.
        reason: String,
    },
    /// The request was never sent because it cannot be right.
    Invalid {
        /// For the log.
        reason: String,
    },
}

/// A refusal in the gateway's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Such as `resource_missing` or `card_declined`.
    pub code: Option<String>,
    /// The gateway's words, for the log; for a card they may be shown.
    pub message: String,
    /// The issuer's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// The payment that was refused, for a card that was charged off-session.
    pub payment_intent: Option<String>,
}

impl GatewayError {
    /// True when it is certain that the request had no effect. When false, ask before telling anyone anything.
    #[must_use]
    pub fn fate_known(&self) -> bool {
        match self {
            Self::Refused(_) | Self::RateLimited { .. } | Self::Unreachable { .. } | Self::Invalid { .. } => true,
            Self::Unknown { .. } | Self::InProgress | Self::KeyReused { .. } | Self::Protocol { .. } => false,
        }
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { reason } => write!(f, "the gateway did not say what became of the request: {reason}"),
            Self::Refused(refusal) => {
                write!(f, "the gateway refused ({}): {}", refusal.status, refusal.message)
            }
            Self::InProgress => f.write_str("an earlier request of the same attempt is still running"),
            Self::RateLimited { .. } => f.write_str("the gateway asks us to slow down"),
            Self::Unreachable { reason } => write!(f, "the gateway cannot be reached: {reason}"),
            Self::KeyReused { message } => {
                write!(f, "the attempt was sent before, otherwise: {message}")
            }
            Self::Protocol { reason } => {
                write!(f, "the gateway's answer is not understood: {reason}")
            }
            Self::Invalid { reason } => write!(f, "the request was not sent: {reason}"),
        }
    }
}

impl std::error::Error for GatewayError {}

#[cfg(test)]
mod dispute_tests {
    use super::*;

    #[test]
    fn only_a_dispute_that_is_known_to_have_taken_money_has() {
        for (status, took, decided) in [
            ("warning_needs_response", false, Decided::Open),
            ("warning_under_review", false, Decided::Open),
            ("warning_closed", false, Decided::ForBusiness),
            ("prevented", false, Decided::ForBusiness),
            ("a_status_of_tomorrow", false, Decided::Open),
            ("", false, Decided::Open),
            ("needs_response", true, Decided::Open),
            ("under_review", true, Decided::Open),
            ("won", true, Decided::ForBusiness),
            ("lost", true, Decided::ForCardHolder),
        ] {
            let (id, currency, reason) = ("dp_1".to_owned(), "gbp".to_owned(), String::new());
            let dispute = Dispute { id, amount_minor: 500, currency, status: status.to_owned(), reason };
            assert_eq!((dispute.took_money(), dispute.decided()), (took, decided), "{status}");
        }
    }
}
