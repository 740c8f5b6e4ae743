//! Charging a kept card while nobody is there: which payment may be charged on which day, what a refusal means, and when
//! the card may be tried again.

use crate::calendar::plus_days;
use crate::commitment::{GRACE_DAYS, Standing};
use crate::payment::AttemptState;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Days before a payment at which its charge is announced, where the agreement leaves as many.
pub const ANNOUNCE_DAYS: u32 = 3;
/// Days that stand between an announcement and its charge at least.
pub const ANNOUNCE_DAYS_MIN: u32 = 1;
/// Tries of one payment at most, the first one included. Visa allows 15 in 30 days, Mastercard 10 in 24 hours; this is
/// what fits into the days of grace.
pub const TRIES_MAX: usize = 4;

/// What a refused card means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is never charged again without its holder.
    ForGood,
    /// The bank wants its holder to confirm this payment.
    Confirm,
    /// It may be tried again so many days after the first try, in order.
    Later(&'static [u32]),
}

/// The bank could not be asked, or asks to be asked again.
const SOON: &[u32] = &[1, 2, 3];
/// The bank said no and may say yes in some days: once more, on the last day of grace.
const ONCE: &[u32] = &[GRACE_DAYS];

/// Our own code for an amount that no card can be charged: of some currencies the gateway takes no single smallest unit.
pub const NOT_CHARGEABLE: &str = "amount_not_chargeable";

/// What a decline code means. The codes and their meaning: <https://docs.stripe.com/declines/codes>. What Stripe itself
/// never tries again: <https://docs.stripe.com/billing/revenue-recovery/smart-retries> (incorrect numbers, lost, stolen and
/// picked-up cards, revoked authorisations, transactions that are not allowed, the highest risk); besides these, whatever
/// says that the card or the account is not there any more, or that its holder does not want it. The days are ours: all
/// tries fall into the days of grace, so that what fails for good is late, and not earlier.
pub fn refused(code: &str) -> Refused {
    match code {
        "authentication_required" | "payment_intent_authentication_failure" => Refused::Confirm,
        "incorrect_number"
        | "invalid_number"
        | "lost_card"
        | "pickup_card"
        | "stolen_card"
        | "revocation_of_authorization"
        | "revocation_of_all_authorizations"
        | "transaction_not_allowed"
        | "highest_risk_level"
        | "expired_card"
        | "invalid_expiry_month"
        | "invalid_expiry_year"
        | "invalid_account"
        | "new_account_information_available"
        | "restricted_card"
        | "fraudulent"
        | "merchant_blacklist"
        | "security_violation"
        | "stop_payment_order"
        | "do_not_try_again"
        | "no_action_taken"
        | "not_permitted"
        | "service_not_allowed"
        | "card_not_supported"
        | "currency_not_supported"
        | "testmode_decline"
        | "test_mode_live_card"
        | "resource_missing"
        | "payment_method_unactivated"
        | "payment_method_not_available" => Refused::ForGood,
        "approve_with_id" | "issuer_not_available" | "processing_error" | "reenter_transaction" | "try_again_later" => {
            Refused::Later(SOON)
        }
        // Not enough money, a limit, and whatever says no without a reason.
        _ => Refused::Later(ONCE),
    }
}

/// Why the card was refused, for whoever holds it: what the bank said and what helps. Codes and meanings as for [`refused`]. What a
/// bank keeps to itself, such as that a card was reported stolen, is not told here either.
pub fn plain(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => {
            "There was not enough on the card at that moment. Another day or another card may work."
        }
        "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => {
            "The card has reached a limit that the bank sets. Another day or another card may work."
        }
        "expired_card" | "invalid_expiry_month" | "invalid_expiry_year" => {
            "The card has run out, or its date was not right. Please use another card, or type the date once more."
        }
        "incorrect_cvc" | "invalid_cvc" => "The security code of the card was not right. Please try once more.",
        "incorrect_number" | "invalid_number" => "The number of the card was not right. Please try once more.",
        "incorrect_zip" | "incorrect_address" => "The address did not fit the card. Please try once more.",
        "authentication_required" | "payment_intent_authentication_failure" => {
            "The bank wants you to confirm the payment yourself. You can pay it here now."
        }
        NOT_CHARGEABLE => "Cards cannot be charged this exact amount. Please pay it in another way.",
        "currency_not_supported" => "The card cannot be used for this currency. Please use another one.",
        "card_not_supported" | "service_not_allowed" | "transaction_not_allowed" | "not_permitted" => {
            "This card cannot be used for such a payment. Please use another one."
        }
        "approve_with_id" | "issuer_not_available" | "processing_error" | "reenter_transaction" | "try_again_later" => {
            "The bank could not be asked. Please try again in a few minutes."
        }
        "" => "",
        _ => "The bank did not say why. It can tell you: its number is on the back of the card.",
    }
}

/// One try of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Which payment of the schedule, from 0.
    pub seq: usize,
    /// The day of the try.
    pub on: NaiveDate,
    /// Where it stands.
    pub state: AttemptState,
    /// Why the card was refused: the gateway's decline code; empty where it was not.
    pub code: String,
}

/// A charge that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which payment of the schedule, from 0.
    pub seq: usize,
    /// The day of the charge.
    pub charge_on: NaiveDate,
    /// What was announced, in minor units: never more is charged.
    pub amount_minor: i64,
}

/// Why nothing is charged now although something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Reminders are on hold.
    Hold,
    /// A proposal to change the agreement waits for an answer.
    Proposal,
    /// So much is in dispute that the payment is not certain to be owed.
    Dispute,
    /// Another payment is under way.
    OtherPayment,
}

/// What a charge is decided from; days are the business's.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Today.
    pub today: NaiveDate,
    /// The payments of the agreement, with what was paid.
    pub standings: &'a [Standing],
    /// What is asked for in all, in minor units: without what is in dispute, less what was paid ahead.
    pub owed_minor: i64,
    /// What is in dispute, in minor units.
    pub disputed_minor: i64,
    /// Why nothing may be charged.
    pub pause: Option<Pause>,
    /// Every try so far, in order.
    pub tries: &'a [Try],
    /// What was announced, the latest for each payment.
    pub notices: &'a [Notice],
}

/// What to do about the payments of an agreement now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Say that a payment will be charged.
    Announce(Notice),
    /// Charge it.
    Charge {
        /// Which payment of the schedule, from 0.
        seq: usize,
        /// Minor units.
        amount_minor: i64,
    },
    /// Something else comes first.
    Wait(Pause),
    /// Nothing before this day.
    Until(NaiveDate),
    /// Nothing is left to charge.
    Done,
}

/// Decides on the next step: one payment at a time, the earliest first. Each is charged successfully once at most, on
/// the day that was announced; where that day passed without a try, it is announced anew.
pub fn decide(facts: &Facts<'_>) -> Step {
    for (seq, standing) in facts.standings.iter().enumerate().filter(|(_, s)| s.left_minor() > 0) {
        let tries: Vec<&Try> = facts.tries.iter().filter(|t| t.seq == seq).collect();
        if tries.iter().any(|t| t.state.is_open()) {
            return Step::Wait(Pause::OtherPayment);
        }
        if tries.iter().any(|t| t.state == AttemptState::Succeeded) {
            continue;
        }
        // A try that never reached the gateway does not count.
        let failed: Vec<&Try> = tries.iter().copied().filter(|t| t.state == AttemptState::Failed).collect();
        let notice = facts.notices.iter().find(|n| n.seq == seq);
        let first_on = failed.first().map(|t| t.on);
        let charge_on = match (first_on, failed.last()) {
            (Some(first_on), Some(last)) => match next_try(first_on, failed.len(), &last.code) {
                Some(on) => on,
                None => continue,
            },
            _ => match notice {
                Some(notice) => notice.charge_on,
                None => {
                    let announce_on = minus_days(standing.instalment.due_on, ANNOUNCE_DAYS);
                    if facts.today < announce_on {
                        return Step::Until(announce_on);
                    }
                    return announce(facts, seq, standing);
                }
            },
        };
        if facts.today < charge_on {
            return Step::Until(charge_on);
        }
        let gone = facts.today > plus_days(charge_on, GRACE_DAYS);
        if gone && first_on.is_some() {
            // Its days of grace are over: it is late, and the person who pays decides.
            continue;
        }
        if gone {
            return announce(facts, seq, standing);
        }
        let left_minor = standing.left_minor();
        if let Some(pause) = paused(facts, left_minor) {
            return Step::Wait(pause);
        }
        let announced_minor = notice.map_or(left_minor, |n| n.amount_minor);
        let amount_minor = left_minor.min(facts.owed_minor).min(announced_minor);
        if amount_minor <= 0 {
            return Step::Done;
        }
        return Step::Charge { seq, amount_minor };
    }
    Step::Done
}

fn announce(facts: &Facts<'_>, seq: usize, standing: &Standing) -> Step {
    let left_minor = standing.left_minor();
    if let Some(pause) = paused(facts, left_minor) {
        return Step::Wait(pause);
    }
    let amount_minor = left_minor.min(facts.owed_minor);
    if amount_minor <= 0 {
        return Step::Done;
    }
    let charge_on = standing.instalment.due_on.max(plus_days(facts.today, ANNOUNCE_DAYS_MIN));
    Step::Announce(Notice { seq, charge_on, amount_minor })
}

fn paused(facts: &Facts<'_>, left_minor: i64) -> Option<Pause> {
    let disputed = facts.disputed_minor > 0 && facts.owed_minor < left_minor;
    facts.pause.or(disputed.then_some(Pause::Dispute))
}

/// The day of the next try after `failed` that failed, the first on `first_on` and the last with `code`.
pub fn next_try(first_on: NaiveDate, failed: usize, code: &str) -> Option<NaiveDate> {
    match refused(code) {
        Refused::Later(days) if failed < TRIES_MAX => days
            .get(if days.len() == 1 { 0 } else { failed - 1 })
            .filter(|_| days.len() > 1 || failed == 1)
            .map(|after| plus_days(first_on, *after)),
        _ => None,
    }
}

fn minus_days(on: NaiveDate, days: u32) -> NaiveDate {
    on.checked_sub_days(chrono::Days::new(u64::from(days))).unwrap_or(on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{days_between, parse_iso};
    use crate::commitment::standing;
    use crate::plan::{Instalment, Schedule};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn schedule(dates: &[&str], each: i64) -> Schedule {
        Schedule { instalments: dates.iter().map(|on| Instalment { due_on: day(on), amount_minor: each }).collect() }
    }

    #[test]
    fn a_decline_code_says_whether_the_card_may_be_tried_again() {
        let first = day("2026-03-02");
        let days = |code: &str| {
            (1..8)
                .map_while(|failed| next_try(first, failed, code))
                .map(|on| days_between(first, on))
                .collect::<Vec<_>>()
        };
        for code in
            ["stolen_card", "lost_card", "expired_card", "revocation_of_authorization", "authentication_required"]
        {
            assert!(days(code).is_empty(), "{code}");
        }
        assert_eq!(days("insufficient_funds"), [3]);
        assert_eq!(days("a_code_of_tomorrow"), [3]);
        assert_eq!(days("issuer_not_available"), [1, 2, 3]);
        assert_eq!(refused("authentication_required"), Refused::Confirm);
    }

    #[test]
    fn what_a_bank_keeps_to_itself_is_not_told() {
        for code in ["stolen_card", "lost_card", "pickup_card", "fraudulent", "highest_risk_level", "generic_decline"] {
            assert_eq!(plain(code), plain("a_code_of_tomorrow"), "{code}");
        }
        assert_eq!(plain(""), "");
        assert!(plain("insufficient_funds").starts_with("There was not enough"));
    }

    #[test]
    fn a_payment_is_announced_and_charged_on_its_day() {
        let plan = schedule(&["2026-01-31", "2026-02-28"], 100);
        let mut notices = Vec::new();
        let step = |today: &str, notices: &[Notice]| {
            let standings = standing(&plan, 0, day(today));
            decide(&Facts {
                today: day(today),
                standings: &standings,
                owed_minor: 200,
                disputed_minor: 0,
                pause: None,
                tries: &[],
                notices,
            })
        };
        assert_eq!(step("2026-01-27", &notices), Step::Until(day("2026-01-28")));
        let Step::Announce(notice) = step("2026-01-28", &notices) else { panic!() };
        assert_eq!(notice, Notice { seq: 0, charge_on: day("2026-01-31"), amount_minor: 100 });
        notices.push(notice);
        assert_eq!(step("2026-01-30", &notices), Step::Until(day("2026-01-31")));
        assert_eq!(step("2026-01-31", &notices), Step::Charge { seq: 0, amount_minor: 100 });
        // A run that comes a month late does not take money on a day that nobody was told of.
        let Step::Announce(again) = step("2026-02-27", &notices) else { panic!() };
        assert_eq!(again.charge_on, day("2026-02-28"));
    }

    proptest! {
        /// Some months with any mixture of luck, holds, disputes and other payments.
        #[test]
        fn whatever_happens_each_payment_is_charged_once_and_never_more_than_is_owed(
            count in 1usize..6,
            events in prop::collection::vec((0u8..12, 0i64..150), 200),
        ) {
            let start = day("2026-01-05");
            let instalments: Vec<Instalment> = (0..count)
                .map(|n| Instalment { due_on: plus_days(start, 7 * u32::try_from(n).unwrap() + 5), amount_minor: 100 })
                .collect();
            let plan = Schedule { instalments };
            let total = plan.total_minor();
            let (mut paid, mut disputed, mut pause) = (0i64, 0i64, None);
            let mut tries: Vec<Try> = Vec::new();
            let mut notices: Vec<Notice> = Vec::new();
            let mut announced: Vec<(usize, NaiveDate)> = Vec::new();
            for (n, (event, amount)) in events.into_iter().enumerate() {
                let today = plus_days(start, u32::try_from(n / 2).unwrap());
                match event {
                    0 => pause = Some(Pause::Hold),
                    1 | 2 => pause = None,
                    3 => disputed = amount.min(total - paid),
                    4 => disputed = 0,
                    5 => paid = (paid + amount / 3).min(total),
                    _ => {}
                }
                disputed = disputed.min(total - paid);
                let owed_minor = total - paid - disputed;
                let standings = standing(&plan, paid, today);
                let facts = Facts { today, standings: &standings, owed_minor, disputed_minor: disputed, pause, tries: &tries, notices: &notices };
                match decide(&facts) {
                    Step::Announce(notice) => {
                        prop_assert!(pause.is_none());
                        prop_assert!(notice.charge_on > today);
                        notices.retain(|n| n.seq != notice.seq);
                        notices.push(notice);
                        announced.push((notice.seq, today));
                    }
                    Step::Charge { seq, amount_minor } => {
                        prop_assert!(pause.is_none());
                        prop_assert!(amount_minor > 0 && amount_minor <= owed_minor);
                        prop_assert!(today >= plan.instalments[seq].due_on);
                        prop_assert!(announced.iter().any(|(s, on)| *s == seq && *on < today));
                        prop_assert!(notices.iter().any(|n| n.seq == seq && n.amount_minor >= amount_minor));
                        let of: Vec<&Try> = tries.iter().filter(|t| t.seq == seq).collect();
                        prop_assert!(of.len() < TRIES_MAX);
                        prop_assert!(of.iter().all(|t| t.state == AttemptState::Failed && refused(&t.code) != Refused::ForGood));
                        let (state, code) = match event {
                            6 => (AttemptState::Failed, "insufficient_funds"),
                            7 => (AttemptState::Failed, "processing_error"),
                            8 => (AttemptState::Failed, "stolen_card"),
                            _ => (AttemptState::Succeeded, ""),
                        };
                        if state == AttemptState::Succeeded {
                            paid += amount_minor;
                        }
                        tries.push(Try { seq, on: today, state, code: code.to_owned() });
                    }
                    Step::Wait(_) | Step::Done => {}
                    Step::Until(on) => prop_assert!(on > today),
                }
            }
            for seq in 0..count {
                let succeeded = tries.iter().filter(|t| t.seq == seq && t.state == AttemptState::Succeeded).count();
                prop_assert!(succeeded <= 1);
            }
        }
    }
}
