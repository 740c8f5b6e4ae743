//! The reminder policy as a form: written into fields and read back, and its limits in words.

use crate::ladder_form::Draft;
use chrono::Weekday;
use kept_api::console::{Form, Mistake};
use kept_domain::budget::{Budget, Counts, Limit};
use kept_domain::contact::Channel;
use kept_domain::hours::{Hours, TimeOfDay, Window};
use kept_domain::ladder::Step;
use kept_domain::money::Currency;
use kept_domain::preset::Bounds;
use kept_domain::reminder::Policy;

/// One weekday's fields.
pub struct DayNames {
    /// Which.
    pub day: Weekday,
    /// Its name.
    pub words: &'static str,
    /// The field of the first hour.
    pub from: &'static str,
    /// The field of the last hour.
    pub to: &'static str,
}

macro_rules! days {
    ($($day:ident $code:literal $words:literal),*) => {[$(DayNames {
        day: Weekday::$day,
        words: $words,
        from: concat!($code, "_from"),
        to: concat!($code, "_to"),
    }),*]};
}

/// All weekdays.
pub const DAYS: [DayNames; 7] = days!(
    Mon "mon" "Monday", Tue "tue" "Tuesday", Wed "wed" "Wednesday", Thu "thu" "Thursday", Fri "fri" "Friday",
    Sat "sat" "Saturday", Sun "sun" "Sunday"
);

/// The channels that permitted hours are about: a notice on the page interrupts nobody.
const TIMED: [Channel; 5] = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call, Channel::Visit];

/// Writes a policy into the fields.
pub fn fill(form: &mut Form, policy: &Policy, currency: Currency) {
    for code in &policy.presets {
        form.values.push(("preset".to_owned(), code.clone()));
    }
    for channel in &policy.own.never_by {
        form.values.push(("never_by".to_owned(), channel.code().to_owned()));
    }
    let budget = &policy.own.budget;
    if let Some(limit) = budget.limits.first() {
        form.preset("contacts_max", limit.contacts_max.to_string());
        form.preset("contacts_days", limit.days.to_string());
    }
    if budget.days_between > 0 {
        form.preset("days_between", budget.days_between.to_string());
    }
    for window in policy.own.hours.iter().flat_map(|hours| &hours.windows) {
        for names in DAYS.iter().filter(|names| window.days.contains(&names.day)) {
            form.preset(names.from, window.from.show());
            form.preset(names.to, window.to.show());
        }
        if window.on_holidays {
            form.preset("on_holidays", "yes");
        }
    }
    if let Some(days) = policy.bank_data_max_days {
        form.preset("bank_data_days", days.to_string());
    }
    for (name, step) in agreement_steps(policy) {
        if let Some(step) = step {
            form.preset(name, step.after_due_days.unsigned_abs().to_string());
        }
    }
    write(form, &Draft::of(&policy.ladders, currency));
}

/// The messages about agreements and the fields of their days.
fn agreement_steps(policy: &Policy) -> [(&'static str, &Option<Step>); 3] {
    [
        ("before_instalment", &policy.before_instalment),
        ("after_missed", &policy.after_missed),
        ("after_promise", &policy.after_promise),
    ]
}

/// Writes ladders and rules over what stands in the form.
pub fn write(form: &mut Form, draft: &Draft) {
    let is_theirs = |name: &str| {
        name == "ladders"
            || name == "rules"
            || name.strip_prefix(['l', 'r']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    form.values.retain(|(name, _)| !is_theirs(name));
    form.values.extend(draft.fields());
}

/// Reads a policy back. What the form has no field for stays as it is in `old`.
///
/// # Errors
/// What cannot be taken as typed, in the order of the fields.
pub fn parse(form: &Form, old: &Policy, presets: &[String], currency: Currency) -> Result<Policy, Vec<Mistake>> {
    let mut wrong = Vec::new();
    let mut policy = old.clone();
    policy.presets = presets.iter().filter(|code| form.all("preset").any(|chosen| chosen == *code)).cloned().collect();
    if policy.presets.is_empty() {
        let words = "Choose at least one: without any, nothing would keep people from being contacted at night";
        wrong.push(Mistake { field: "preset", words: words.to_owned() });
    }
    policy.own = own(form, old, &mut wrong);
    policy.bank_data_max_days = number(form, "bank_data_days", 1, 365, &mut wrong);
    let usual = Policy::courteous(1);
    let mut agreement = |name: &'static str, old: &Option<Step>, usual: Option<Step>, sign: i32| {
        let days = number(form, name, 1, 60, &mut wrong)?;
        let step = old.clone().or(usual)?;
        Some(Step { after_due_days: sign * i32::try_from(days).unwrap_or(1), ..step })
    };
    policy.before_instalment = agreement("before_instalment", &old.before_instalment, usual.before_instalment, -1);
    policy.after_missed = agreement("after_missed", &old.after_missed, usual.after_missed, 1);
    policy.after_promise = agreement("after_promise", &old.after_promise, usual.after_promise, 1);
    match Draft::read(form).parse(currency) {
        Ok(ladders) => policy.ladders = ladders,
        Err(mistakes) => wrong.extend(mistakes),
    }
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

/// The business's own limits.
fn own(form: &Form, old: &Policy, wrong: &mut Vec<Mistake>) -> Bounds {
    let contacts_max = number(form, "contacts_max", 1, 100, wrong);
    let days = number(form, "contacts_days", 1, 366, wrong);
    let missing = |field| Mistake { field, words: "Enter both numbers, or neither".to_owned() };
    let limits = match (contacts_max, days) {
        (Some(contacts_max), Some(days)) => {
            vec![Limit { contacts_max, days, channels: Vec::new(), counts: Counts::Attempts }]
        }
        (Some(_), None) if form.value("contacts_days").trim().is_empty() => {
            wrong.push(missing("contacts_days"));
            Vec::new()
        }
        (None, Some(_)) if form.value("contacts_max").trim().is_empty() => {
            wrong.push(missing("contacts_max"));
            Vec::new()
        }
        _ => Vec::new(),
    };
    let days_between = number(form, "days_between", 0, 90, wrong).unwrap_or(0);
    let windows = windows(form, wrong);
    Bounds {
        budget: Budget { days_between, limits, quiet: old.own.budget.quiet.clone() },
        hours: if windows.is_empty() { Vec::new() } else { vec![Hours { windows }] },
        never_by: form.all("never_by").filter_map(Channel::parse).collect(),
    }
}

/// One window for all days with the same hours.
fn windows(form: &Form, wrong: &mut Vec<Mistake>) -> Vec<Window> {
    let on_holidays = form.value("on_holidays") == "yes";
    let mut windows: Vec<Window> = Vec::new();
    for names in &DAYS {
        let (from, to) = (form.value(names.from).trim(), form.value(names.to).trim());
        if from.is_empty() && to.is_empty() {
            continue;
        }
        let mut time = |field: &'static str, text: &str| {
            let time = TimeOfDay::parse(text);
            if time.is_none() {
                let what = if text.is_empty() { "enter both times, like" } else { "enter a time like" };
                wrong.push(Mistake { field, words: format!("{}: {what} 09:00", names.words) });
            }
            time
        };
        let (Some(from), Some(to)) = (time(names.from, from), time(names.to, to)) else { continue };
        if to <= from {
            wrong.push(Mistake { field: names.to, words: format!("{}: it must end after it begins", names.words) });
            continue;
        }
        match windows.iter_mut().find(|w| w.from == from && w.to == to) {
            Some(window) => window.days.push(names.day),
            None => windows.push(Window { channels: TIMED.to_vec(), days: vec![names.day], from, to, on_holidays }),
        }
    }
    windows
}

/// A whole number that may be left empty.
fn number(form: &Form, name: &'static str, min: u32, max: u32, wrong: &mut Vec<Mistake>) -> Option<u32> {
    let text = form.value(name).trim();
    if text.is_empty() {
        return None;
    }
    let number = text.parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    if number.is_none() {
        wrong.push(Mistake {
            field: name,
            words: format!("Enter a whole number from {min} to {max}, or leave it empty"),
        });
    }
    number
}

/// What limits allow, a line each.
pub fn lines(bounds: &Bounds) -> Vec<String> {
    let mut lines = Vec::new();
    let budget = &bounds.budget;
    for limit in &budget.limits {
        let what = if limit.channels.is_empty() { "contacts of any kind".to_owned() } else { plural(&limit.channels) };
        let reached = if limit.counts == Counts::Conversations { " that reached them" } else { "" };
        lines.push(format!("At most {} {what}{reached} in any {}", limit.contacts_max, window(limit.days)));
    }
    if budget.days_between > 0 {
        lines.push(format!("At least {} between two contacts", days(budget.days_between)));
    }
    for quiet in &budget.quiet {
        let what =
            if quiet.channels.is_empty() { "No contact".to_owned() } else { format!("No {}", plural(&quiet.channels)) };
        lines.push(format!("{what} for {} after a conversation", days(quiet.days)));
    }
    for window in bounds.hours.iter().flat_map(|hours| &hours.windows) {
        let mut what =
            if window.channels.len() >= TIMED.len() { "All contacts".to_owned() } else { plural(&window.channels) };
        if let Some(first) = what.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let holidays = if window.on_holidays { "also on public holidays" } else { "not on public holidays" };
        let (from, to) = (window.from.show(), window.to.show());
        lines.push(format!("{what}: {} from {from} to {to}, {holidays}", weekdays(&window.days)));
    }
    if !bounds.never_by.is_empty() {
        lines.push(format!("Never: {}", plural(&bounds.never_by)));
    }
    lines.dedup();
    lines
}

fn days(n: u32) -> String {
    if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
}

/// After "in any".
fn window(n: u32) -> String {
    if n == 1 { "day".to_owned() } else { days(n) }
}

fn plural(channels: &[Channel]) -> String {
    let words: Vec<String> = channels.iter().map(|c| format!("{}s", c.words())).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// `Monday to Friday`, or the names one by one.
fn weekdays(days: &[Weekday]) -> String {
    let mut places: Vec<usize> =
        days.iter().filter_map(|day| DAYS.iter().position(|names| names.day == *day)).collect();
    places.sort_unstable();
    let name = |at: usize| DAYS.get(at).map_or("", |names| names.words);
    let in_a_row = places.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    match places.as_slice() {
        [] => String::new(),
        [first, .., last] if in_a_row && places.len() > 2 => format!("{} to {}", name(*first), name(*last)),
        some => some.iter().map(|at| name(*at)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn presets() -> Vec<String> {
        vec!["courteous".to_owned(), "uk".to_owned()]
    }

    fn form_of(policy: &Policy) -> Form {
        let mut form = Form::default();
        fill(&mut form, policy, gbp());
        form
    }

    fn typed(pairs: &[(&str, &str)]) -> Result<Policy, Vec<Mistake>> {
        let old = Policy::courteous(100);
        let mut form = form_of(&old);
        for (name, text) in pairs {
            form.values.retain(|(n, _)| n != name);
            form.values.push(((*name).to_owned(), (*text).to_owned()));
        }
        parse(&form, &old, &presets(), gbp())
    }

    #[test]
    fn a_policy_survives_its_form() {
        let old = Policy::courteous(100);
        assert_eq!(parse(&form_of(&old), &old, &presets(), gbp()), Ok(old.clone()));
        let all = [
            ("contacts_max", "4"),
            ("contacts_days", "30"),
            ("days_between", "5"),
            ("mon_from", "09:00"),
            ("mon_to", "12:30"),
            ("tue_from", "9:00"),
            ("tue_to", "12:30"),
            ("sat_from", "10:00"),
            ("sat_to", "24:00"),
            ("on_holidays", "yes"),
            ("never_by", "sms"),
            ("bank_data_days", "3"),
            ("before_instalment", ""),
            ("after_promise", "4"),
        ];
        let new = typed(&all).unwrap();
        assert_eq!(new.own.hours[0].windows.len(), 2, "days with the same hours share a window");
        assert_eq!(new.before_instalment, None);
        assert_eq!(parse(&form_of(&new), &new, &presets(), gbp()), Ok(new.clone()));
        let shown = lines(&new.own);
        assert_eq!(
            shown,
            [
                "At most 4 contacts of any kind in any 30 days",
                "At least 5 days between two contacts",
                "All contacts: Monday, Tuesday from 09:00 to 12:30, also on public holidays",
                "All contacts: Saturday from 10:00 to 24:00, also on public holidays",
                "Never: text messages",
            ]
        );
        assert!(
            typed(&[("before_instalment", "5")]).unwrap().before_instalment.is_some_and(|s| s.after_due_days == -5)
        );
    }

    #[test]
    fn every_mistake_names_its_field() {
        for (name, text, marked) in [
            ("preset", "none", "preset"),
            ("contacts_max", "0", "contacts_max"),
            ("contacts_max", "4", "contacts_days"),
            ("contacts_days", "30", "contacts_max"),
            ("days_between", "x", "days_between"),
            ("mon_from", "nine", "mon_from"),
            ("mon_from", "09:00", "mon_to"),
            ("bank_data_days", "0", "bank_data_days"),
            ("after_missed", "61", "after_missed"),
            ("l1s1_days", "", "l1s1_days"),
        ] {
            assert_eq!(typed(&[(name, text)]).unwrap_err()[0].field, marked, "{name} {text}");
        }
        let backwards = typed(&[("fri_from", "18:00"), ("fri_to", "09:00")]).unwrap_err();
        assert_eq!(backwards[0].field, "fri_to");
    }
}
