//! What stands in the database, in words for people.

use super::Visitor;
use crate::store::console::{CommitmentLine, DisputeLine};
use crate::store::event::Event;
use kept_api::console::{CommitmentRow, DisputeRow, TimelineRow};
use kept_domain::dispute;
use kept_domain::ids::UserId;
use kept_domain::money::Money;
use kept_domain::template::find_kind;

/// Names of a business's users.
pub struct Names(pub Vec<(UserId, String)>);

impl Names {
    /// Who an event's actor is.
    pub fn who(&self, actor: &str) -> String {
        let name = match actor.strip_prefix("user:") {
            Some(id) => {
                self.0.iter().find(|(user, _)| user.as_str() == id).map_or("Somebody at the business", |(_, n)| n)
            }
            None => match actor {
                "debtor" => "The customer",
                "terms" => "Your terms",
                "gateway" => "Card payments",
                "carrier" => "The carrier",
                "clock" => "The calendar",
                "import" => "An import",
                "shell" => "The command line",
                "rule" => "Kept",
                other => other,
            },
        };
        name.to_owned()
    }
}

/// What was just done: the sentence for the word that stands in the address after a form.
pub fn done(code: &str) -> Option<&'static str> {
    Some(match code {
        "accepted" => "The proposal is accepted",
        "declined" => "The proposal is declined",
        "countered" => "Your offer has been sent",
        "answered" => "Your answer has been sent",
        "resolved" => "Your decision is recorded",
        "payment" => "The payment is recorded",
        "written_off" => "It is written off. It is not asked for any more",
        "late_charged" => "The late charge is claimed. They see how it was worked out",
        "late_waived" => "The late charge is given up. They see why",
        "reinstated" => "The write-off is taken back. It is owed again",
        "money_sent" => "It is written down that the money was sent back",
        "money_kept" => "The money stays on account",
        "moved" => "It is moved. They see it on the receipt",
        "payment_undone" => "The payment is taken out of the books. What it paid is owed again",
        "contact" => "It is recorded",
        "call" => "The call is recorded",
        "call_agreed" => "The call is recorded and the promise is agreed. They get a confirmation",
        "call_proposed" => "The call is recorded. What they promised is outside your terms: it waits for your decision",
        "call_again" => "It was recorded before. Nothing was recorded twice",
        "reminders" => "The reminders are saved. Everybody is looked at again",
        "letters" => "The batch is closed. Its file is below",
        "letters_none" => "No letter could leave now. What waits and why is below",
        "letter_out" => "The letter is taken out. Their next message is decided on anew",
        "letter_set" => "This letter is being printed at the moment, or has gone",
        "held" => "Reminders are paused",
        "address" => "The address is used again",
        "resumed" => "The pause has ended",
        "link" => "The link is made",
        "revoked" => "The link is revoked",
        "card" => "The card is not charged any more",
        "again" => "The message is sent again",
        "again_already" => "This message is on its way already",
        "again_stale" => "A code is of no use any more. Whoever needs one asks for another",
        "saved" => "The settings are saved",
        "words" => "These words are in force now",
        "imported" => "The file is imported",
        "statement" => "The statement is imported",
        "statement_known" => "There was nothing new in this statement. Nothing was changed",
        "line_booked" => "The payment is booked",
        "line_dismissed" => "It is noted as no customer's payment",
        "line_undone" => "The booking is taken back. The payment waits for your decision again",
        "dealt_with" => "It is noted. A later comparison says if it changes",
        "person" => "It is changed",
        "uninvited" => "The invitation is taken back",
        "password" => "Your password is changed. Other devices are signed out",
        "totp_ended" => "No code is asked for any more",
        "passkey" => "The passkey is added",
        "passkey_removed" => "The passkey is removed",
        "setup" => "You are the owner. Sign in to begin",
        "out" => "You are signed out",
        _ => return None,
    })
}

/// A row of a timeline.
pub fn event(visitor: &Visitor, names: &Names, e: Event) -> TimelineRow {
    let what = sentence(&e.kind);
    let what = match (what, e.detail.is_empty()) {
        (Some(what), true) => what.to_owned(),
        (Some(what), false) => format!("{what}: {}", e.detail),
        (None, false) => e.detail,
        (None, true) => plain(&e.kind),
    };
    TimelineRow { at: visitor.at(e.at_ms), who: names.who(&e.actor), what, address: e.address }
}

/// What an event means where its detail alone does not say it.
fn sentence(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "promise_proposed" => "Proposed a date",
        "promise_offered" => "Offered a date",
        "promise_accepted" => "The promise is agreed",
        "promise_declined" => "The promise was declined",
        "promise_withdrawn" => "The promise was taken back",
        "promise_expired" => "The promise was not answered in time",
        "promise_missed" => "The promised payment is late",
        "promise_healed" => "The late payment arrived",
        "promise_kept" => "The promise is kept",
        "promise_broken" => "The promise is broken",
        "promise_cancelled" => "The promise was ended",
        "settlement_proposed" => "Offered a lower amount",
        "settlement_offered" => "Offered them a lower amount",
        "settlement_accepted" => "The lower amount is agreed",
        "settlement_declined" => "The lower amount was declined",
        "settlement_withdrawn" => "The lower amount was taken back",
        "settlement_expired" => "The lower amount was not answered in time",
        "settlement_missed" => "The day of the lower amount has passed",
        "settlement_healed" => "The lower amount runs again",
        "settlement_kept" => "The lower amount is paid",
        "settlement_broken" => "The lower amount was not paid in time: all that is left is due again",
        "settlement_cancelled" => "The lower amount was ended",
        "settlement_taken_off" => "The rest was taken off",
        "settlement_put_back" => "The rest was put back on",
        "settlement_policy_changed" => "What is done with lower amounts was changed",
        "plan_proposed" => "Proposed instalments",
        "plan_offered" => "Offered instalments",
        "plan_accepted" => "The instalments are agreed",
        "plan_declined" => "The instalments were declined",
        "plan_withdrawn" => "The instalments were taken back",
        "plan_expired" => "The instalments were not answered in time",
        "plan_missed" => "An instalment is late",
        "plan_healed" => "The late instalments arrived",
        "plan_kept" => "All instalments are paid",
        "plan_broken" => "The instalments are broken",
        "plan_cancelled" => "The instalments were ended",
        "dispute_raised" => "Said that something is not right",
        "dispute_answered" => "Answered the dispute",
        "dispute_upheld" => "Agreed with the dispute",
        "dispute_partly" => "Agreed with the dispute in part",
        "dispute_rejected" => "Did not agree with the dispute",
        "dispute_withdrawn" => "The dispute was taken back",
        "claim_raised" => "Said that it is paid already",
        "claim_answered" => "Answered about the payment",
        "claim_upheld" => "Agreed that it is paid",
        "claim_partly" => "Agreed that a part is paid",
        "claim_rejected" => "Did not find the payment",
        "claim_withdrawn" => "The claim of payment was taken back",
        "hardship_raised" => "Said that they cannot afford it now",
        "hardship_answered" => "Answered about not being able to afford it",
        "hardship_closed" => "Settled with somebody who cannot afford it",
        "hardship_withdrawn" => "Took back that they cannot afford it",
        "code_asked" => "Asked for a one-time code",
        "fresh_link_asked" => "Asked for a fresh link",
        "link_locked" => "A link was locked after wrong answers",
        "message_sent" => "A message was sent",
        "message_withheld" => "A message was held back",
        "message_failed" => "A message could not be sent",
        "reminders_stopped" => "Reminders are stopped",
        "address_bounced" => "An address does not work",
        "address_usable" => "An address may be used again",
        "message_unknown" => "A message may not have arrived",
        "message_again" => "Had a message sent again",
        "message_cancelled" => "A message was no longer needed",
        "money_back_asked" => "Asked for what was paid ahead back",
        "money_back_sent" => "Money was sent back",
        "money_back_kept" => "Money that was asked back stays on account",
        "written_off" => "Written off, and not asked for any more",
        "late_charge_claimed" => "A late charge was claimed",
        "late_charge_waived" => "A late charge was given up",
        "late_charge_taken_back" => "A late charge that was not due was taken back",
        "late_charge_policy_changed" => "Changed what is done about late charges",
        "write_off_taken_back" => "A write-off was taken back",
        "allocation_changed" => "Moved",
        "applied_ahead" => "What was paid ahead was put towards invoices",
        "payment_started" => "Began to pay by card",
        "payment_received" => "Paid by card",
        "payment_refunded" => "Given back to the card",
        "payment_charged_back" => "Their bank took a card payment back",
        "payment_failed" => "A card payment failed",
        "payment_abandoned" => "A card payment was not finished",
        "charge_announced" => "A charge of their card was announced",
        "charge_started" => "Their card is charged",
        "card_consented" => "About their card",
        "card_kept" => "Their card may be charged from now on",
        "card_revoked" => "Their card is not charged any more",
        "card_refused" => "Their bank refuses the card for good",
        "card_contested" => "Their card is not charged again, because their bank took a payment back",
        "payment_undone" => "A payment that was booked by mistake is taken back",
        "payment_taken_back" => "The bank took a payment back",
        "payment_refund_failed" => "A refund did not arrive, and the money is with you again",
        "card_payments_compared" => "Card payments were compared with the gateway",
        "discrepancy_closed" => "Dealt with what did not agree with the gateway",
        "hand_over_packed" => "The hand-over pack",
        "letter_taken_out" => "Took a letter out of the batch",
        "letters_fetched" => "Fetched a batch of letters",
        "signed_in" => "Signed in",
        _ => return None,
    })
}

/// A code as words: `payment_started`, `Payment started`.
pub fn plain(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A message's title in the midst of a sentence: `considerate reminder`.
pub fn title(template: &str) -> String {
    let mut title = find_kind(template).map_or_else(|| plain(template), |kind| kind.title.to_owned());
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    title
}

/// A commitment's row.
pub fn commitment(visitor: &Visitor, line: CommitmentLine) -> CommitmentRow {
    let money = |minor| Money::new(minor, line.currency);
    CommitmentRow {
        total: money(line.total_minor),
        paid: money(line.paid_minor),
        next: line.next.map(|(on, minor)| (on, money(minor))),
        id: line.id,
        debtor: line.debtor,
        who: line.who,
        kind: line.kind,
        state: line.state,
        proposed_at: visitor.at(line.proposed_at_ms),
        answer_by: line.answer_by_on.filter(|_| line.state.is_open() && !line.state.is_running()),
    }
}

/// A dispute's row.
pub fn dispute_row(visitor: &Visitor, line: DisputeLine) -> DisputeRow {
    DisputeRow {
        amount: Money::new(line.amount_minor, line.currency),
        reason: (line.kind == dispute::Kind::Dispute).then_some(line.reason),
        late: line.state == dispute::State::Open && line.answer_by_on < visitor.today(),
        id: line.id,
        debtor: line.debtor,
        who: line.who,
        kind: line.kind,
        state: line.state,
        raised_at: visitor.at(line.raised_at_ms),
        answer_by: line.answer_by_on,
    }
}
