//! The time in which something has been overdue without a break: one climb of the ladder.

use crate::calendar::plus_days;
use chrono::NaiveDate;

/// The day since which a debtor has been late without a break: that of the climb they are on (`since`), or else the day after
/// the first of the due dates that has passed. `None` where no invoice with something left is past its date. Neither paying
/// the older of two late invoices breaks it, nor a new one, a dispute or an agreement: the ladder never begins again for them.
pub fn episode_from_on(
    since: Option<NaiveDate>,
    dues: impl Iterator<Item = NaiveDate>,
    today: NaiveDate,
) -> Option<NaiveDate> {
    let late = dues.filter(|due_on| *due_on < today).min()?;
    Some(since.unwrap_or_else(|| plus_days(late, 1)))
}
