//! Tests of the decision: a table for each rule. Random histories stand beside them.

use super::*;
use crate::budget::Made;
use crate::calendar::{parse_iso, plus_days};
use crate::holidays::{self, Region};
use crate::hours::next_permitted;
use crate::ladder::{History, Who};
use crate::money::Currency;
use crate::preset;
use chrono_tz::Tz;

fn day(text: &str) -> NaiveDate {
    parse_iso(text).unwrap()
}

/// An instant in UTC, as `2026-11-24 10:00`.
pub(super) fn at(text: &str) -> i64 {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap().and_utc().timestamp_millis()
}

pub(super) fn place<'a>(zones: &'a [Tz], regions: &[&str]) -> Place<'a> {
    Place {
        zones: zones.iter().map(|zone| zone as &dyn crate::hours::Zone).collect(),
        regions: regions.iter().filter_map(|region| Region::parse(region)).collect(),
        holidays: holidays::all(),
        home: &zones[0],
    }
}

fn in_force(presets: &[&str]) -> InForce {
    let presets = presets.iter().map(|code| (*code).to_owned()).collect();
    Policy { presets, ..Policy::courteous(100) }.in_force(preset::all()).unwrap()
}

pub(super) fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn owed(id: &str, due_on: &str, left_minor: i64) -> Owed {
    Owed { id: id.into(), currency: gbp(), due_on: day(due_on), left_minor, disputed_minor: 0 }
}

fn facts(invoices: Vec<Owed>) -> Facts {
    let usable = |channel| Address { channel, state: AddressState::Usable };
    Facts {
        who: Who::Person,
        history: History::default(),
        episode_from_on: invoices.iter().map(|owed| plus_days(owed.due_on, 1)).min(),
        invoices,
        on_account: vec![],
        agreements: vec![],
        holds: vec![],
        stopped: false,
        addresses: [Channel::Email, Channel::Letter, Channel::Call].map(usable).to_vec(),
        opted_out: vec![],
        preferred: None,
        contacts: vec![],
        sent: vec![],
        heard_at_ms: None,
        bank_data_at_ms: None,
    }
}

fn sent(step: &str, after_due_days: i32, at_ms: i64) -> Sent {
    Sent { step: step.into(), about: String::new(), after_due_days, at_ms }
}

fn decide(facts: &Facts, now: &str) -> Decision {
    let zones = [chrono_tz::Europe::London];
    next(facts, &in_force(&["courteous"]), &place(&zones, &["GB"]), at(now))
}

/// The step and the sum, or the reason.
fn said(decision: &Decision) -> String {
    match decision {
        Decision::Send(reminder) => {
            let minor: i64 = reminder.asks.iter().map(|ask| ask.ask_minor).sum();
            format!("{} by {}: {minor}", reminder.step, reminder.channel.code())
        }
        Decision::Wait { reason, .. } => format!("wait: {}", reason.code()),
        Decision::Never { reason } => format!("never: {}", reason.code()),
    }
}

#[test]
fn each_reason_has_its_say() {
    // A Tuesday; the invoice became late on the 2nd of October.
    let base = || facts(vec![owed("a", "2026-10-01", 20_000)]);
    let hold = |kind, until: Option<&str>| Facts { holds: vec![Hold { kind, until_on: until.map(day) }], ..base() };
    let disputed = |minor| {
        let mut facts = base();
        facts.invoices[0].disputed_minor = minor;
        facts
    };
    let on_account = |minor| Facts { on_account: vec![OnAccount { currency: gbp(), minor }], ..base() };
    let without_email = |state| {
        let mut facts = base();
        facts.addresses[0].state = state;
        facts
    };
    let contact =
        |ago_days: i64, channel| Made { at_ms: at("2026-11-24 10:00") - ago_days * DAY_MS, channel, reached: true };
    let contacts = |contacts: Vec<Made>| Facts { contacts, ..base() };
    let table = [
        ("usual", base(), "nudge by email: 20000"),
        ("nothing", facts(vec![]), "never: nothing_overdue"),
        ("stopped", Facts { stopped: true, ..base() }, "never: stopped"),
        ("part disputed", disputed(5_000), "nudge by email: 15000"),
        ("all disputed", disputed(20_000), "wait: disputed"),
        ("part on account", on_account(1), "nudge by email: 19999"),
        ("all on account", on_account(20_000), "never: nothing_overdue"),
        ("bounced", without_email(AddressState::Bounced), "nudge by letter: 20000"),
        ("opted out", without_email(AddressState::OptedOut), "nudge by letter: 20000"),
        ("opted out of the channel", Facts { opted_out: vec![Channel::Email], ..base() }, "nudge by letter: 20000"),
        ("no address", Facts { addresses: vec![], ..base() }, "never: no_address"),
        ("breathing space", hold(HoldKind::BreathingSpace, Some("2026-12-30")), "wait: breathing_space"),
        ("hardship", hold(HoldKind::Hardship, None), "wait: hardship"),
        ("claim", hold(HoldKind::Claim, None), "wait: claim_of_payment"),
        ("a hold that is over", hold(HoldKind::ByHand, Some("2026-11-23")), "nudge by email: 20000"),
        ("the hold's last day", hold(HoldKind::ByHand, Some("2026-11-24")), "wait: held"),
        ("a call of staff", contacts(vec![contact(2, Channel::Call)]), "wait: too_soon"),
        ("three days later", contacts(vec![contact(3, Channel::Call)]), "nudge by email: 20000"),
        (
            "five contacts",
            contacts([4, 8, 12, 16, 20].map(|d| contact(d, Channel::Letter)).to_vec()),
            "wait: budget_spent",
        ),
        (
            "the fifth is old",
            contacts([4, 8, 12, 16, 30].map(|d| contact(d, Channel::Letter)).to_vec()),
            "nudge by email: 20000",
        ),
    ];
    for (name, facts, expected) in table {
        assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), expected, "{name}");
    }
    for (now, expected) in [
        ("2026-11-22 10:00", "wait: outside_hours"),
        ("2026-11-24 08:59", "wait: outside_hours"),
        ("2026-11-24 17:59", "nudge by email: 20000"),
        ("2026-11-24 18:00", "wait: outside_hours"),
        ("2026-12-25 10:00", "wait: public_holiday"),
    ] {
        assert_eq!(said(&decide(&base(), now)), expected, "{now}");
    }
}

#[test]
fn the_answer_names_the_first_instant_at_which_something_may_come() {
    let mut facts = facts(vec![owed("a", "2026-10-01", 20_000)]);
    facts.holds = vec![Hold { kind: HoldKind::ByHand, until_on: Some(day("2026-12-24")) }];
    // Christmas, Saturday, Sunday, and the Monday on which Boxing Day is observed.
    let expected = Decision::Wait { until_ms: Some(at("2026-12-29 09:00")), reason: Reason::Held };
    assert_eq!(decide(&facts, "2026-11-24 10:00"), expected);
    facts.holds.clear();
    facts.contacts = vec![Made { at_ms: at("2026-11-20 10:30"), channel: Channel::Call, reached: true }];
    let expected = Decision::Wait { until_ms: Some(at("2026-11-23 10:30")), reason: Reason::TooSoon };
    assert_eq!(decide(&facts, "2026-11-21 10:00"), expected);
}

#[test]
fn the_ladder_is_climbed_in_its_own_pace_however_old_the_debt_is() {
    let mut facts = facts(vec![owed("a", "2025-01-01", 20_000)]);
    let (mut now_ms, mut steps) = (at("2026-11-02 10:00"), Vec::new());
    let (zones, policy) = ([chrono_tz::Europe::London], in_force(&["courteous"]));
    for _ in 0..400 {
        if let Decision::Send(reminder) = next(&facts, &policy, &place(&zones, &["GB"]), now_ms) {
            facts.sent.push(sent(&reminder.step, reminder.after_due_days, now_ms));
            facts.contacts.push(Made { at_ms: now_ms, channel: reminder.channel, reached: true });
            steps.push((reminder.step, reminder.channel.code(), (now_ms - at("2026-11-02 10:00")) / DAY_MS));
        }
        now_ms += DAY_MS;
    }
    let steps: Vec<(&str, &str, i64)> =
        steps.iter().map(|(step, channel, days)| (step.as_str(), *channel, *days)).collect();
    // Christmas, weekends and the spacing move them by a day or two, and never nearer to each other.
    let names: Vec<&str> = steps.iter().map(|(step, ..)| *step).collect();
    assert_eq!(names, ["nudge", "considerate", "call", "firm", "effect", "last_notice"], "{steps:?}");
    for (pair, days) in steps.windows(2).zip([27, 4, 26, 15, 15]) {
        assert!((days..days + 7).contains(&(pair[1].2 - pair[0].2)), "{steps:?}");
    }
    assert_eq!(
        next(&facts, &policy, &place(&zones, &["GB"]), now_ms),
        Decision::Never { reason: Reason::LadderFinished }
    );
}

#[test]
fn paying_the_older_invoice_or_a_new_one_begins_nothing_again() {
    let mut facts = facts(vec![owed("b", "2026-10-20", 20_000)]);
    // The older one was late from August on and has just been paid.
    facts.episode_from_on = Some(day("2026-08-02"));
    facts.sent = vec![sent("nudge", 3, at("2026-08-05 10:00")), sent("considerate", 30, at("2026-09-01 10:00"))];
    // The next one is the call, 34 days after the date of what is left.
    let expected = Decision::Wait { until_ms: Some(at("2026-11-23 09:00")), reason: Reason::NotYet };
    assert_eq!(decide(&facts, "2026-11-02 10:00"), expected);
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "call by call: 20000");
    facts.invoices.push(owed("c", "2026-11-20", 100));
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "call by call: 20100");
    // They wrote since: no call, and the letter comes later.
    facts.heard_at_ms = Some(at("2026-11-10 10:00"));
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "wait: not_yet");
    // A new episode begins at the beginning.
    facts.episode_from_on = Some(day("2026-10-21"));
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "nudge by email: 20100");
    // Steps that another ladder called otherwise are behind all the same.
    facts.sent.push(sent("older_name", 60, at("2026-11-01 10:00")));
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "wait: not_yet");
}

#[test]
fn an_episode_lasts_while_something_is_overdue_without_a_break() {
    let from_on = |since: Option<&str>, dues: &[&str]| {
        episode_from_on(since.map(day), dues.iter().map(|due_on| day(due_on)), day("2026-11-24"))
    };
    assert_eq!(from_on(None, &[]), None);
    assert_eq!(from_on(None, &["2026-11-24", "2026-12-01"]), None, "nothing is late on its day");
    assert_eq!(from_on(None, &["2026-11-10", "2026-10-31"]), Some(day("2026-11-01")));
    // The older one was paid, and a newer one is late: one episode.
    assert_eq!(from_on(Some("2026-08-01"), &["2026-11-10"]), Some(day("2026-08-01")));
    assert_eq!(from_on(Some("2026-08-01"), &["2026-12-01"]), None, "all that was late is paid");
}

#[test]
fn a_courtesy_is_said_once_before_the_date_and_not_after() {
    let mut facts =
        facts(vec![owed("a", "2026-11-26", 20_000), owed("b", "2026-11-27", 500), owed("c", "2026-12-20", 70)]);
    facts.episode_from_on = None;
    assert_eq!(said(&decide(&facts, "2026-11-20 10:00")), "wait: not_yet");
    let Decision::Send(reminder) = decide(&facts, "2026-11-24 10:00") else { panic!("nothing is sent") };
    assert_eq!((reminder.subject.clone(), reminder.about()), (Subject::Upcoming, vec!["a".to_owned(), "b".to_owned()]));
    let about = |about: &str| Sent { about: about.into(), ..sent("courtesy", -3, at("2026-11-24 10:00")) };
    facts.sent = reminder.about().iter().map(|id| about(id)).collect();
    assert_eq!(said(&decide(&facts, "2026-11-24 10:00")), "wait: not_yet");
    facts.sent = vec![];
    assert_eq!(said(&decide(&facts, "2026-11-28 10:00")), "wait: not_yet", "the dates have passed");
}

#[test]
fn agreements_are_reminded_of_by_instalment_and_never_of_the_whole() {
    let agreement = |kind, instalments: &[(&str, i64)]| Agreement {
        id: "p".into(),
        kind,
        currency: gbp(),
        covers: vec!["a".into()],
        instalments: instalments
            .iter()
            .map(|(on, left_minor)| Instalment { due_on: day(on), left_minor: *left_minor })
            .collect(),
        by_card: false,
    };
    let with = |agreement| Facts { agreements: vec![agreement], ..facts(vec![owed("a", "2026-06-01", 20_000)]) };
    let plan = with(agreement(Kind::Plan, &[("2026-10-20", 0), ("2026-11-20", 5_000), ("2026-12-21", 7_000)]));
    for (now, expected) in [
        ("2026-11-12 10:00", "wait: plan_running"),
        ("2026-11-17 10:00", "before_instalment by email: 5000"),
        ("2026-11-23 10:00", "wait: plan_running"),
        ("2026-11-24 10:00", "after_missed by email: 5000"),
        ("2026-12-18 10:00", "after_missed by email: 5000"),
    ] {
        assert_eq!(said(&decide(&plan, now)), expected, "{now}");
    }
    let mut asked = plan.clone();
    let about =
        |step: &str, about: &str, days| Sent { about: about.into(), ..sent(step, days, at("2026-11-24 10:00")) };
    asked.sent = vec![about("after_missed", "p 2026-11-20", 4)];
    assert_eq!(said(&decide(&asked, "2026-12-18 10:00")), "before_instalment by email: 7000");
    asked.sent.push(about("before_instalment", "p 2026-12-21", -3));
    assert_eq!(said(&decide(&asked, "2026-12-18 10:00")), "wait: plan_running");
    let promise = with(agreement(Kind::Promise, &[("2026-11-22", 20_000)]));
    assert_eq!(said(&decide(&promise, "2026-11-20 10:00")), "wait: promise_running");
    assert_eq!(said(&decide(&promise, "2026-11-24 10:00")), "after_promise by email: 20000");
    let followed = Facts { sent: vec![about("after_promise", "p 2026-11-22", 2)], ..promise.clone() };
    assert_eq!(said(&decide(&followed, "2026-12-01 10:00")), "wait: promise_running", "once");
    // What the agreement does not cover stays on the ladder.
    let mut other = followed;
    other.invoices.push(owed("b", "2026-11-10", 900));
    other.episode_from_on = Some(day("2026-06-02"));
    assert_eq!(said(&decide(&other, "2026-12-01 10:00")), "nudge by email: 900");
}

#[test]
fn old_bank_data_is_waited_for() {
    let policy = Policy { bank_data_max_days: Some(2), ..Policy::courteous(100) }.in_force(preset::all()).unwrap();
    let zones = [chrono_tz::Europe::London];
    let now_ms = at("2026-11-24 10:00");
    for (ago, sends) in [(None, false), (Some(3), false), (Some(2), true)] {
        let facts = Facts {
            bank_data_at_ms: ago.map(|days| now_ms - days * DAY_MS),
            ..facts(vec![owed("a", "2026-10-01", 20_000)])
        };
        let decision = next(&facts, &policy, &place(&zones, &["GB"]), now_ms);
        let stale = Decision::Wait { until_ms: None, reason: Reason::StaleBankData };
        assert!(if sends { matches!(decision, Decision::Send(_)) } else { decision == stale }, "{ago:?}");
    }
}

#[test]
fn a_policy_is_stored_as_json_and_cannot_name_a_preset_that_is_not_there() {
    let policy = Policy::courteous(100);
    assert_eq!(policy.ladders.check(), Ok(()));
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    let other = Policy { presets: vec!["mars".into()], ..policy };
    assert_eq!(other.in_force(preset::all()).unwrap_err(), UnknownPreset("mars".into()));
    for reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.code()), Some(reason));
        assert!(!reason.plain().to_lowercase().contains("debt"), "{reason:?}");
    }
}

#[test]
fn where_nobody_knows_the_zone_all_of_them_must_permit_it() {
    let policy = in_force(&["courteous"]);
    let zones = [chrono_tz::America::New_York, chrono_tz::America::Los_Angeles];
    let both = place(&zones, &["US"]);
    let first = next_permitted(&policy.bounds().hours, &both, Channel::Email, at("2026-11-24 00:00"));
    assert_eq!(first, Some(at("2026-11-24 17:00")), "nine in the west is noon in the east");
    // Tokyo has gone home when New York begins; a letter can still be posted, and is what goes.
    let zones = [chrono_tz::Asia::Tokyo, chrono_tz::America::New_York];
    let far = place(&zones, &[]);
    assert_eq!(next_permitted(&policy.bounds().hours, &far, Channel::Email, at("2026-11-24 00:00")), None);
    let facts = facts(vec![owed("a", "2026-10-01", 20_000)]);
    let Decision::Wait { until_ms: Some(until_ms), .. } = next(&facts, &policy, &far, at("2026-11-22 10:00")) else {
        panic!("a letter can be sent")
    };
    assert_eq!(said(&next(&facts, &policy, &far, until_ms)), "nudge by letter: 20000");
}
