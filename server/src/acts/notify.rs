//! Puts a message to a debtor into the outbox, in the transaction that it follows from. The words are written when it
//! leaves (`dispatch`), so that they tell how things stand then, and so that no secret waits in the database.

use super::reach;
use crate::carrier::Way;
use crate::secret;
use crate::store::contact::{self, Contact, Decided};
use crate::store::debtor::Debtor;
use crate::store::{Error, Tx, outbox};
use kept_domain::ids::{AttemptId, BusinessId, CommitmentId, DisputeId, LinkId, MandateId, TransferId};
use serde::{Deserialize, Serialize};

/// What a message is about: ids only, stored as the outbox's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// Everything that is overdue and not disputed. Decided again when it leaves.
    Reminder,
    /// A payment arrived.
    Receipt {
        /// The payment in the ledger.
        transfer_id: TransferId,
    },
    /// A dispute, a claim of payment or a hardship was raised.
    DisputeReceived {
        /// It.
        dispute_id: DisputeId,
    },
    /// The business wrote back.
    DisputeAnswered {
        /// What it wrote back to.
        dispute_id: DisputeId,
    },
    /// The business decided.
    DisputeResolved {
        /// What it decided on.
        dispute_id: DisputeId,
    },
    /// A promise or a plan is agreed: the exact words.
    CommitmentAgreed {
        /// The agreement.
        commitment_id: CommitmentId,
    },
    /// A promise or a plan waits for the business.
    CommitmentProposed {
        /// The proposal.
        commitment_id: CommitmentId,
    },
    /// The business said no, with a reason.
    CommitmentDeclined {
        /// The proposal.
        commitment_id: CommitmentId,
    },
    /// The business offers something else.
    CommitmentCountered {
        /// The commitment whose words are the offer.
        commitment_id: CommitmentId,
    },
    /// A kept card will be charged.
    CardSoon {
        /// The consent.
        mandate_id: MandateId,
        /// Which payment of the agreement, from 0.
        seq: usize,
    },
    /// A kept card was refused.
    CardDeclined {
        /// The try.
        attempt_id: AttemptId,
    },
    /// The bank wants the card's holder to confirm a payment.
    CardConfirm {
        /// The try.
        attempt_id: AttemptId,
    },
    /// A link in place of an old one.
    FreshLink,
    /// A code that shows who opens a link; made when the message leaves, stored as a fingerprint in `store::code`.
    OneTimeCode {
        /// The link that was opened.
        link_id: LinkId,
    },
}

impl Message {
    /// Whether it asks for something, which a debtor may have asked us to stop.
    pub fn is_reminder(&self) -> bool {
        self.purpose() == "reminder"
    }

    /// The contact's purpose.
    pub fn purpose(&self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Receipt { .. } => "receipt",
            Self::DisputeReceived { .. } | Self::DisputeAnswered { .. } | Self::DisputeResolved { .. } => "answer",
            Self::CommitmentAgreed { .. }
            | Self::CommitmentProposed { .. }
            | Self::CommitmentDeclined { .. }
            | Self::CommitmentCountered { .. }
            | Self::CardSoon { .. }
            | Self::CardDeclined { .. }
            | Self::CardConfirm { .. } => "agreement",
            Self::FreshLink | Self::OneTimeCode { .. } => "access",
        }
    }
}

/// Queues a message by the way that reaches a debtor: the one that they chose, or else the first that does.
///
/// # Errors
/// When the store fails.
pub async fn tell(
    tx: &Tx,
    business: &BusinessId,
    debtor: &Debtor,
    message: &Message,
    now_ms: i64,
) -> Result<bool, Error> {
    let way = reach::way(tx, business, debtor, message.is_reminder()).await?;
    enqueue(tx, business, debtor, way.unwrap_or(Way::Mail), message, now_ms).await
}

/// Queues a message for a debtor by one way and records the contact; where there is no address, or none that may be
/// used, the contact is recorded as withheld. Answers whether it was queued.
///
/// # Errors
/// When the store fails.
pub async fn enqueue(
    tx: &Tx,
    business: &BusinessId,
    debtor: &Debtor,
    way: Way,
    message: &Message,
    now_ms: i64,
) -> Result<bool, Error> {
    let withheld = reach::address(tx, business, debtor, way, message.is_reminder()).await?;
    // An address that is no address fails when it leaves: the business is told.
    let withheld = withheld.err().filter(|reason| *reason != reach::UNUSABLE);
    let contact = Contact {
        id: secret::new_id(),
        debtor: debtor.id.clone(),
        channel: way.channel().into(),
        direction: "out".into(),
        purpose: message.purpose().into(),
        step: String::new(),
        state: if withheld.is_none() { "queued" } else { "withheld" }.into(),
        reason: withheld.unwrap_or_default().into(),
        subject: String::new(),
        body: String::new(),
        actor: "rule".into(),
        at_ms: now_ms,
        link: None,
        address: String::new(),
        provider_id: String::new(),
        decided: Decided::default(),
        outcome: String::new(),
    };
    contact::insert(tx, business, &contact).await?;
    if withheld.is_none() {
        outbox::enqueue(tx, &item(business, &contact, way, message, now_ms)?).await?;
    }
    Ok(withheld.is_none())
}

/// What goes into the outbox for a contact.
///
/// # Errors
/// Never, as long as a message is made of what JSON can hold.
pub fn item(
    business: &BusinessId,
    contact: &Contact,
    way: Way,
    message: &Message,
    now_ms: i64,
) -> Result<outbox::Item, Error> {
    Ok(outbox::Item {
        business: business.clone(),
        id: secret::new_id(),
        debtor: contact.debtor.clone(),
        kind: way.kind().into(),
        contact: Some(contact.id.clone()),
        payload: serde_json::to_string(message).map_err(|_| Error::Corrupt("payload".into()))?,
        tries: 0,
        claimed_until_ms: 0,
        created_at_ms: now_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_says_what_and_of_whom_and_is_read_back() {
        let message = Message::Receipt { transfer_id: "t1".into() };
        let payload = serde_json::to_string(&message).unwrap();
        assert_eq!(payload, r#"{"message":"receipt","transfer_id":"t1"}"#);
        assert_eq!(serde_json::from_str::<Message>(&payload).unwrap(), message);
        assert_eq!(serde_json::to_string(&Message::Reminder).unwrap(), r#"{"message":"reminder"}"#);
    }
}
