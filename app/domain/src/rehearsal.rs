//! Rehearsal: what the rules would do about a debtor day by day, on what is known today, if nobody paid and nobody answered.
//! Every decision is one of [`reminder::next`]; a rehearsal only lets time pass between them.
//!
//! [`reminder::next`]: crate::reminder::next

use crate::budget::Made;
use crate::calendar::plus_days;
use crate::commitment::{self, State};
use crate::hours::{Place, first_instant};
use crate::ids::CommitmentId;
use crate::plan::Schedule;
use crate::reminder::{Decision, Facts, InForce, Reason, Reminder, Sent, episode_from_on, look_at_ms, next};
use chrono::NaiveDate;
use std::ops::Range;

/// Decisions on one debtor at most, so that no policy and no facts make a rehearsal endless: far more than any ladder brings.
const DECISIONS_MAX: usize = 10_000;

/// A running agreement with what its own dates decide: nobody pays in a rehearsal, so it is missed and then broken, and its
/// invoices are on the ladder again.
#[derive(Clone, Debug)]
pub struct Running {
    /// Which of the agreements among the facts.
    pub id: CommitmentId,
    /// Where it stands.
    pub state: State,
    /// Its payments.
    pub schedule: Schedule,
    /// Paid towards it until now, in minor units.
    pub paid_minor: i64,
}

/// One decision: each that sends, and of the others each that has another reason than the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// What was decided.
    pub decision: Decision,
    /// It is the second message that was wanted on one day, for which there is no room.
    pub collides: bool,
}

/// Rehearses from the first instant of a span to just before its end, epoch milliseconds. `running` are the agreements among
/// the facts. Bank data that is new enough at the beginning stays so: a rehearsal in which nothing is paid knows that.
pub fn rehearse(
    facts: &Facts,
    running: &[Running],
    policy: &InForce,
    place: &Place<'_>,
    span: Range<i64>,
) -> Vec<Line> {
    let (mut facts, mut running) = (facts.clone(), running.to_vec());
    let age_ms = facts.bank_data_at_ms.map(|at_ms| span.start.saturating_sub(at_ms));
    let (mut lines, mut stands, mut sent_on) = (Vec::new(), None, None);
    let mut at_ms = span.start;
    for _ in 0..DECISIONS_MAX {
        if at_ms >= span.end {
            break;
        }
        let today = place.today(at_ms);
        pass(&mut facts, &mut running, today);
        facts.bank_data_at_ms = age_ms.map(|age_ms| at_ms.saturating_sub(age_ms));
        let decision = next(&facts, policy, place, at_ms);
        let (until_ms, reason) = match &decision {
            Decision::Send(reminder) => {
                take(&mut facts, reminder, at_ms);
                lines.push(Line { at_ms, collides: sent_on == Some(today), decision });
                (stands, sent_on) = (None, Some(today));
                at_ms += 1;
                continue;
            }
            Decision::Wait { until_ms, reason } => (*until_ms, *reason),
            Decision::Never { reason } => (None, *reason),
        };
        if stands != Some(reason) {
            stands = Some(reason);
            lines.push(Line { at_ms, collides: sent_on == Some(today) && reason.is_of_budget(), decision });
        }
        // Agreements move on by their own dates, and no news comes of the bank within a day.
        let daily = !running.is_empty() || reason == Reason::StaleBankData;
        let tomorrow_ms = daily.then(|| first_instant(place.home, plus_days(today, 1), at_ms + 1));
        let dues = facts.invoices.iter().map(|owed| owed.due_on);
        let look_ms = look_at_ms(dues, place.home, until_ms, reason, at_ms);
        let look_ms = look_ms.filter(|_| reason != Reason::StaleBankData);
        match [look_ms, tomorrow_ms].into_iter().flatten().min() {
            Some(next_ms) => at_ms = next_ms,
            None => break,
        }
    }
    lines
}

/// What a day brings by itself: invoices become late, and agreements that nobody keeps are missed and broken.
fn pass(facts: &mut Facts, running: &mut Vec<Running>, today: NaiveDate) {
    let dues = facts.invoices.iter().map(|owed| owed.due_on);
    facts.episode_from_on = episode_from_on(facts.episode_from_on, dues, today);
    running.retain_mut(|agreed| {
        let Some(kind) = facts.agreements.iter().find(|other| other.id == agreed.id).map(|other| other.kind) else {
            return false;
        };
        let event = |a: &Running| commitment::advance(kind, a.state, &a.schedule, a.paid_minor, today);
        while let Some(state) = event(agreed).and_then(|event| commitment::next(agreed.state, event)) {
            agreed.state = state;
            if !state.is_running() {
                facts.agreements.retain(|other| other.id != agreed.id);
                facts.history.broken += u32::from(state == State::Broken);
                return false;
            }
        }
        true
    });
}

/// What was sent is a contact, and a step that was taken.
fn take(facts: &mut Facts, reminder: &Reminder, at_ms: i64) {
    facts.contacts.push(Made { at_ms, channel: reminder.channel, reached: true });
    let (step, after_due_days) = (&reminder.step, reminder.after_due_days);
    let about = reminder.about().into_iter();
    facts.sent.extend(about.map(|about| Sent { step: step.clone(), about, after_due_days, at_ms }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{DAY_MS, Room};
    use crate::calendar::parse_iso;
    use crate::commitment::Kind;
    use crate::contact::Channel;
    use crate::holidays::{self, Region};
    use crate::hours::{Zone, check};
    use crate::ids::InvoiceId;
    use crate::ladder::{History, Who};
    use crate::money::Currency;
    use crate::plan;
    use crate::preset;
    use crate::reminder::{Address, AddressState, Agreement, Hold, HoldKind, Instalment, Owed, Policy};
    use chrono::Days;
    use chrono_tz::{TZ_VARIANTS, Tz};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn at(text: &str) -> i64 {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap().and_utc().timestamp_millis()
    }

    fn show(at_ms: i64) -> String {
        chrono::DateTime::from_timestamp_millis(at_ms).unwrap().format("%Y-%m-%d %H:%M").to_string()
    }

    fn place(zones: &[Tz]) -> Place<'_> {
        Place {
            zones: zones.iter().map(|zone| zone as &dyn Zone).collect(),
            regions: Region::parse("GB").into_iter().collect(),
            holidays: holidays::all(),
            home: &zones[0],
        }
    }

    fn in_force(presets: &[&str]) -> InForce {
        let presets = presets.iter().map(|code| (*code).to_owned()).collect();
        Policy { presets, ..Policy::courteous(100) }.in_force(preset::all()).unwrap()
    }

    fn owed(id: &str, due_on: NaiveDate, left_minor: i64) -> Owed {
        let currency = Currency::parse("GBP").unwrap();
        Owed { id: InvoiceId::from(id), currency, due_on, left_minor, disputed_minor: 0 }
    }

    fn facts(invoices: Vec<Owed>, today: NaiveDate) -> Facts {
        let usable = |channel| Address { channel, state: AddressState::Usable };
        let late = invoices.iter().map(|owed| owed.due_on).filter(|due_on| *due_on < today).min();
        Facts {
            who: Who::Person,
            history: History::default(),
            episode_from_on: late.map(|due_on| plus_days(due_on, 1)),
            invoices,
            on_account: vec![],
            agreements: vec![],
            holds: vec![],
            stopped: false,
            addresses: [Channel::Email, Channel::Letter, Channel::Call].map(usable).to_vec(),
            preferred: None,
            opted_out: vec![],
            contacts: vec![],
            sent: vec![],
            heard_at_ms: None,
            bank_data_at_ms: None,
        }
    }

    /// `2026-11-24 09:00 nudge by email`, or the reason.
    fn told(lines: &[Line]) -> Vec<String> {
        let one = |line: &Line| {
            let collides = if line.collides { " (collides)" } else { "" };
            let what = match &line.decision {
                Decision::Send(reminder) => format!("{} by {}", reminder.step, reminder.channel.code()),
                Decision::Wait { reason, .. } => format!("wait: {}", reason.code()),
                Decision::Never { reason } => format!("never: {}", reason.code()),
            };
            format!("{} {what}{collides}", show(line.at_ms))
        };
        lines.iter().map(one).collect()
    }

    fn days(from: &str, days: i64) -> Range<i64> {
        at(from)..at(from) + days * DAY_MS
    }

    const LONDON: [Tz; 1] = [chrono_tz::Europe::London];

    #[test]
    fn a_ladder_is_rehearsed_step_by_step() {
        let facts = facts(vec![owed("a", day("2026-11-20"), 20_000)], day("2026-11-21"));
        let lines = rehearse(&facts, &[], &in_force(&["courteous"]), &place(&LONDON), days("2026-11-21 07:00", 90));
        let expected = [
            "2026-11-21 07:00 wait: not_yet",
            "2026-11-23 09:00 nudge by email",
            "2026-11-23 09:00 wait: not_yet",
            "2026-12-21 09:00 considerate by email",
            "2026-12-21 09:00 wait: not_yet",
            "2026-12-29 09:00 call by call",
            "2026-12-29 09:00 wait: not_yet",
            "2027-01-25 09:00 firm by letter",
            "2027-01-25 09:00 wait: not_yet",
            "2027-02-09 09:00 effect by email",
            "2027-02-09 09:00 wait: not_yet",
        ];
        assert_eq!(told(&lines), expected);
    }

    #[test]
    fn nobody_keeps_an_agreement_in_a_rehearsal() {
        let (on, then_on) = (day("2026-12-01"), day("2027-01-01"));
        let mut facts = facts(vec![owed("a", day("2026-10-01"), 20_000)], day("2026-11-21"));
        let instalments = [on, then_on].map(|due_on| Instalment { due_on, left_minor: 10_000 }).to_vec();
        let currency = Currency::parse("GBP").unwrap();
        facts.agreements = vec![Agreement {
            id: "p".into(),
            kind: Kind::Plan,
            currency,
            covers: vec!["a".into()],
            instalments,
            by_card: false,
        }];
        let schedule = [on, then_on].map(|due_on| plan::Instalment { due_on, amount_minor: 10_000 }).to_vec();
        let schedule = Schedule { instalments: schedule };
        let running = [Running { id: "p".into(), state: State::Active, schedule, paid_minor: 0 }];
        let span = days("2026-11-23 10:00", 90);
        let lines = rehearse(&facts, &running, &in_force(&["courteous"]), &place(&LONDON), span);
        let told: Vec<String> = told(&lines).into_iter().filter(|line| line.contains(" by ")).collect();
        // The second missed instalment ends the plan; from then on everything is asked for, on the ladder.
        let expected = [
            // The day before is Saint Andrew's.
            "2026-12-01 09:00 before_instalment by email",
            "2026-12-07 09:00 after_missed by email",
            "2026-12-29 09:00 before_instalment by email",
            "2027-01-05 09:00 nudge by email",
            "2027-02-01 09:00 considerate by email",
            "2027-02-05 09:00 call by call",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_second_message_of_a_day_is_seen_and_not_sent() {
        let mut facts =
            facts(vec![owed("a", day("2026-10-01"), 20_000), owed("b", day("2026-11-26"), 900)], day("2026-11-24"));
        facts.holds = vec![Hold { kind: HoldKind::ByHand, until_on: Some(day("2026-11-24")) }];
        let span = days("2026-11-24 12:00", 3);
        let courteous = rehearse(&facts, &[], &in_force(&["courteous"]), &place(&LONDON), span.clone());
        let expected =
            ["2026-11-24 12:00 wait: held", "2026-11-25 09:00 nudge by email", "2026-11-25 09:00 wait: not_yet"];
        assert_eq!(told(&courteous), expected, "there is no room for the courtesy before its date");
        let loose = rehearse(&facts, &[], &in_force(&["us-regulation-f"]), &place(&LONDON), span);
        let collided: Vec<String> = told(&loose).into_iter().filter(|line| line.contains("collides")).collect();
        assert_eq!(collided, ["2026-11-25 08:00 wait: too_soon (collides)"]);
    }

    #[test]
    fn bank_data_stays_as_old_as_it_is() {
        let policy = Policy { bank_data_max_days: Some(2), ..Policy::courteous(100) }.in_force(preset::all()).unwrap();
        let late = facts(vec![owed("a", day("2026-11-20"), 20_000)], day("2026-11-21"));
        let span = days("2026-11-21 07:00", 90);
        for (ago_days, sends) in [(1, 5), (3, 0)] {
            let facts = Facts { bank_data_at_ms: Some(span.start - ago_days * DAY_MS), ..late.clone() };
            let lines = rehearse(&facts, &[], &policy, &place(&LONDON), span.clone());
            let sent = lines.iter().filter(|line| matches!(line.decision, Decision::Send(_))).count();
            assert_eq!(sent, sends, "{:?}", told(&lines));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_rehearsal_keeps_the_rules_and_begins_as_in_earnest(
            zone in 0..TZ_VARIANTS.len(),
            hour in 0i64..365 * 24,
            invoices in prop::collection::vec((0u64..140, 1i64..50_000, any::<bool>()), 0..5),
            contacts in prop::collection::vec((0i64..40 * 24, any::<bool>()), 0..6),
            held in prop::option::of(0u32..40),
            stopped in prop::bool::weighted(0.05),
            preset in 0usize..4,
        ) {
            let zones = [TZ_VARIANTS[zone]];
            let place = place(&zones);
            let from_ms = at("2026-01-01 00:00") + hour * 3_600_000;
            let today = place.today(from_ms);
            let owed = invoices.iter().enumerate().map(|(n, (ago, minor, disputed))| {
                let due_on = plus_days(today, 40) - Days::new(*ago);
                Owed { disputed_minor: if *disputed { minor / 2 } else { 0 }, ..owed(&format!("i{n}"), due_on, *minor) }
            });
            let mut facts = facts(owed.collect(), today);
            facts.stopped = stopped;
            facts.holds = held.map(|n| Hold { kind: HoldKind::ByHand, until_on: Some(plus_days(today, n)) }).into_iter().collect();
            facts.contacts = contacts.iter().map(|(hours, reached)| {
                Made { at_ms: from_ms - hours * 3_600_000, channel: Channel::Call, reached: *reached }
            }).collect();
            let policy = in_force(&[preset::all()[preset].code.as_str()]);
            let span = from_ms..from_ms + 120 * DAY_MS;
            let lines = rehearse(&facts, &[], &policy, &place, span.clone());
            prop_assert_eq!(&lines[0].decision, &next(&facts, &policy, &place, from_ms));
            prop_assert_eq!(lines[0].at_ms, from_ms);
            prop_assert!(lines.len() < 200, "{:?}", told(&lines));
            let mut made = facts.contacts.clone();
            for pair in lines.windows(2) {
                prop_assert!(pair[0].at_ms < pair[1].at_ms);
            }
            for line in &lines {
                prop_assert!(span.contains(&line.at_ms));
                let Decision::Send(reminder) = &line.decision else { continue };
                prop_assert!(!stopped);
                prop_assert!(held.is_none_or(|n| place.today(line.at_ms) > plus_days(today, n)));
                prop_assert_eq!(policy.bounds().budget.room(&made, reminder.channel, line.at_ms), Room::Now);
                prop_assert_eq!(check(&policy.bounds().hours, &place, reminder.channel, line.at_ms), Ok(()));
                made.push(Made { at_ms: line.at_ms, channel: reminder.channel, reached: true });
            }
        }
    }
}
