//! Healing a plan: after a miss its payments move or what was missed is spread, and after a larger payment it ends sooner
//! or its payments become smaller. What comes out is always exactly what is left, to the penny.

use crate::calendar::next_weekday;
use crate::commitment::Standing;
use crate::plan::{INSTALMENTS_MAX, Instalment, Proposal, Schedule};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How a running plan changes without asking the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// After a miss: every payment that is left moves to the next day of the plan. Once a plan.
    Shift,
    /// After a miss: what was missed is spread over the payments that are to come.
    Spread,
    /// After a larger payment: the payments stay as they are, and the last ones fall away.
    Sooner,
    /// After a larger payment: the days stay as they are, and each payment becomes smaller.
    Smaller,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Shift, Self::Spread, Self::Sooner, Self::Smaller];

    /// The name in addresses and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shift => "shift",
            Self::Spread => "spread",
            Self::Sooner => "sooner",
            Self::Smaller => "smaller",
        }
    }

    /// Reads a name written by [`How::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.code() == code)
    }

    /// Whether it answers a miss, rather than a larger payment.
    pub fn is_after_a_miss(self) -> bool {
        matches!(self, Self::Shift | Self::Spread)
    }

    /// What it is called on the pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Shift => "Move all payments to the next date",
            Self::Spread => "Spread what was missed over the payments to come",
            Self::Sooner => "Finish sooner, with the same payments",
            Self::Smaller => "Make each payment smaller, on the same dates",
        }
    }
}

/// The payments of a plan after a change; `None` where there is nothing to change in this way. `anchor` is the proposal
/// that the plan's days come from, `shifted` whether it has moved once already, `left_minor` what the plan still covers and
/// is owed: never more is planned.
pub fn heal(
    how: How,
    anchor: &Proposal,
    standings: &[Standing],
    shifted: bool,
    left_minor: i64,
    today: NaiveDate,
) -> Option<Schedule> {
    let unpaid: Vec<Instalment> = standings
        .iter()
        .filter(|s| s.left_minor() > 0)
        .map(|s| Instalment { amount_minor: s.left_minor(), ..s.instalment })
        .collect();
    let total_minor = unpaid.iter().map(|one| one.amount_minor).sum::<i64>().min(left_minor);
    if total_minor <= 0 {
        return None;
    }
    let unpaid = cut(unpaid, total_minor);
    let late: Vec<&Instalment> = unpaid.iter().filter(|one| one.due_on < today).collect();
    let coming: Vec<&Instalment> = unpaid.iter().filter(|one| one.due_on >= today).collect();
    let instalments = match how {
        How::Shift if shifted || late.is_empty() => return None,
        How::Shift => {
            let after = unpaid.first()?.due_on;
            let mut days = days_of(anchor).filter(|on| *on > after && *on >= today);
            unpaid.iter().map(|one| Some(Instalment { due_on: days.next()?, ..*one })).collect::<Option<Vec<_>>>()?
        }
        How::Spread if late.is_empty() || coming.is_empty() => return None,
        How::Spread => {
            let missed = late.iter().map(|one| one.amount_minor).sum();
            let shares = split(missed, coming.len());
            let with =
                |(one, share): (&&Instalment, i64)| Instalment { amount_minor: one.amount_minor + share, ..**one };
            coming.iter().zip(shares).map(with).collect()
        }
        How::Sooner | How::Smaller => {
            // The next payment may come early as it is. What was paid beyond it makes the plan shorter or its payments smaller.
            let coming = standings.iter().filter(|s| s.instalment.due_on > today);
            let dates: Vec<&Standing> =
                coming.enumerate().filter(|(n, s)| *n > 0 || s.left_minor() > 0).map(|(_, s)| s).collect();
            if !late.is_empty() || !dates.iter().any(|s| s.paid_minor > 0) {
                return None;
            }
            match how {
                How::Sooner => {
                    let same = cut(dates.iter().map(|s| s.instalment).collect(), total_minor);
                    if same.last()?.due_on >= unpaid.last()?.due_on {
                        return None;
                    }
                    same
                }
                _ => {
                    let shares = split(total_minor, dates.len());
                    let with = |(s, share): (&&Standing, i64)| Instalment { amount_minor: share, ..s.instalment };
                    dates.iter().zip(shares).map(with).filter(|one| one.amount_minor > 0).collect()
                }
            }
        }
    };
    let changed = Schedule { instalments };
    (changed.total_minor() == total_minor && changed.instalments != unpaid).then_some(changed)
}

/// The days of a proposal, as far as a plan may reach.
fn days_of(anchor: &Proposal) -> impl Iterator<Item = NaiveDate> + '_ {
    let day = |on| if anchor.skip_weekends { next_weekday(on) } else { on };
    // Twice as far as any plan: what has moved once begins later.
    (0..2 * INSTALMENTS_MAX).map_while(|n| anchor.frequency.nth(anchor.first_on, n)).map(day)
}

/// The first of them, up to a sum.
fn cut(instalments: Vec<Instalment>, total_minor: i64) -> Vec<Instalment> {
    let mut left = total_minor;
    let mut kept = Vec::new();
    for one in instalments {
        let amount_minor = one.amount_minor.min(left);
        if amount_minor > 0 {
            kept.push(Instalment { amount_minor, ..one });
            left -= amount_minor;
        }
    }
    kept
}

/// Equal parts of a sum; pennies that do not divide go to the earliest.
fn split(total_minor: i64, parts: usize) -> Vec<i64> {
    let parts = i64::try_from(parts).unwrap_or(i64::MAX).max(1);
    (0..parts).map(|n| total_minor / parts + i64::from(n < total_minor % parts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Frequency, parse_iso, plus_days};
    use crate::commitment::standing;
    use crate::plan::{Size, schedule};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn monthly(first: &str, count: u32, total_minor: i64) -> Proposal {
        Proposal {
            total_minor,
            upfront_minor: 0,
            size: Size::Count(count),
            frequency: Frequency::Monthly,
            first_on: day(first),
            skip_weekends: false,
        }
    }

    fn shown(schedule: &Schedule) -> Vec<String> {
        schedule.instalments.iter().map(|one| format!("{} {}", one.due_on, one.amount_minor)).collect()
    }

    #[test]
    fn a_miss_moves_the_plan_once_or_is_spread() {
        let plan = monthly("2026-01-31", 3, 300);
        let all = schedule(&plan).unwrap();
        let today = day("2026-02-05");
        let standings = standing(&all, 0, today);
        let heal = |how, shifted| heal(how, &plan, &standings, shifted, 300, today);
        // The 31st falls back to February's last day and returns.
        let moved = heal(How::Shift, false).unwrap();
        assert_eq!(shown(&moved), ["2026-02-28 100", "2026-03-31 100", "2026-04-30 100"]);
        assert_eq!(heal(How::Shift, true), None);
        assert_eq!(shown(&heal(How::Spread, true).unwrap()), ["2026-02-28 150", "2026-03-31 150"]);
        assert_eq!((heal(How::Sooner, false), heal(How::Smaller, false)), (None, None));
    }

    #[test]
    fn a_plan_on_the_31st_meets_the_leap_day_and_returns() {
        let plan = monthly("2028-01-31", 4, 400);
        let all = schedule(&plan).unwrap();
        assert_eq!(shown(&all), ["2028-01-31 100", "2028-02-29 100", "2028-03-31 100", "2028-04-30 100"]);
        // February's payment was missed: the plan goes on from March, a month longer.
        let today = day("2028-03-04");
        let standings = standing(&all, 100, today);
        let moved = heal(How::Shift, &plan, &standings, false, 300, today).unwrap();
        assert_eq!(shown(&moved), ["2028-03-31 100", "2028-04-30 100", "2028-05-31 100"]);
    }

    #[test]
    fn a_larger_payment_ends_the_plan_sooner_or_makes_it_smaller() {
        let plan = monthly("2026-01-31", 4, 400);
        let today = day("2026-02-05");
        // January's 100 was due and 350 came: February, March and half of April are paid ahead.
        let standings = standing(&schedule(&plan).unwrap(), 350, today);
        let heal = |how| heal(how, &plan, &standings, false, 50, today).map(|s| shown(&s));
        assert_eq!(heal(How::Sooner).unwrap(), ["2026-03-31 50"]);
        assert_eq!(heal(How::Smaller).unwrap(), ["2026-03-31 25", "2026-04-30 25"]);
        assert_eq!((heal(How::Shift), heal(How::Spread)), (None, None));
    }

    proptest! {
        #[test]
        fn what_is_healed_is_exactly_what_is_left(
            count in 1u32..30,
            total in 30i64..1_000_000,
            paid_permille in 0i64..=1000,
            credited in 0i64..1000,
            days in 0u32..400,
            shifted: bool,
            skip_weekends: bool,
            which in 0usize..4,
            frequency in 0usize..4,
        ) {
            let frequency = Frequency::ALL[frequency];
            let plan = Proposal { frequency, skip_weekends, ..monthly("2026-01-31", count, total) };
            let all = schedule(&plan).unwrap();
            let today = plus_days(day("2026-01-20"), days);
            let paid = total * paid_permille / 1000;
            let owed = (total - paid - credited).max(0);
            let standings = standing(&all, paid, today);
            if let Some(healed) = heal(How::ALL[which], &plan, &standings, shifted, owed, today) {
                prop_assert_eq!(healed.total_minor(), owed);
                prop_assert!(healed.instalments.iter().all(|one| one.amount_minor > 0 && one.due_on >= today));
                prop_assert!(healed.instalments.windows(2).all(|w| w[0].due_on <= w[1].due_on));
                prop_assert!(healed.instalments.len() <= all.instalments.len());
                // Nobody is given a day that the plan does not have.
                let days: Vec<NaiveDate> = days_of(&plan).collect();
                prop_assert!(healed.instalments.iter().all(|one| days.contains(&one.due_on)));
                let longer = healed.last_on() > all.last_on();
                prop_assert!(!longer || How::ALL[which] == How::Shift, "only moving makes it longer");
            }
        }
    }
}
