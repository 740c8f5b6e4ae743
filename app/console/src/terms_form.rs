//! The terms as a form: written into fields, read back, and what they would offer. The same code runs in the browser, for
//! the preview, and on the server.

use chrono::NaiveDate;
use kept_api::console::{Form, Mistake};
use kept_domain::calendar::{Frequency, plus_days, show};
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::plan::{INSTALMENTS_MAX, Proposal, Size, Verdict, judge, min_first_minor};
use kept_domain::terms::{Band, Policy, PolicyError, Terms};

/// Bands that the form has room for.
pub const BANDS_MAX: usize = 4;

/// The names of one band's fields.
pub struct Names {
    /// The largest balance of the band.
    pub up_to: &'static str,
    /// The smallest instalment.
    pub min_instalment: &'static str,
    /// The smallest first payment in per cent.
    pub min_first: &'static str,
    /// Days to the last instalment.
    pub longest: &'static str,
    /// Days to the first instalment.
    pub latest_first: &'static str,
    /// The frequencies.
    pub frequencies: &'static str,
    /// The smallest card payment.
    pub min_part: &'static str,
    /// Days to a promised date.
    pub latest_promise: &'static str,
}

macro_rules! names {
    ($($n:literal),*) => {[$(Names {
        up_to: concat!("up_to_", $n),
        min_instalment: concat!("min_instalment_", $n),
        min_first: concat!("min_first_", $n),
        longest: concat!("longest_", $n),
        latest_first: concat!("latest_first_", $n),
        frequencies: concat!("frequencies_", $n),
        min_part: concat!("min_part_", $n),
        latest_promise: concat!("latest_promise_", $n),
    }),*]};
}

/// The names of every band's fields.
pub const NAMES: [Names; BANDS_MAX] = names!("1", "2", "3", "4");

/// How many bands a form has: at least one.
pub fn bands(form: &Form) -> usize {
    form.value("bands").parse().unwrap_or(1).clamp(1, BANDS_MAX)
}

/// Writes a policy into the fields that nothing has been typed into. A policy of more bands than the form has room for
/// is cut: the last band takes the rest.
pub fn fill(form: &mut Form, policy: &Policy, currency: Currency) {
    let many = policy.bands.len().clamp(1, BANDS_MAX);
    form.preset("bands", many.to_string());
    form.preset("good_record", policy.good_record_extra_days.to_string());
    let amount = |minor| Money::new(minor, currency).decimal();
    for (names, band) in NAMES.iter().zip(&policy.bands).take(many) {
        let t = &band.terms;
        form.preset(names.up_to, band.up_to_minor.map(amount).unwrap_or_default());
        form.preset(names.min_instalment, amount(t.min_instalment_minor));
        form.preset(names.min_first, t.min_first_percent.to_string());
        form.preset(names.longest, t.longest_days.to_string());
        form.preset(names.latest_first, t.latest_first_days.to_string());
        form.preset(names.min_part, amount(t.min_part_minor));
        form.preset(names.latest_promise, t.latest_promise_days.to_string());
        if form.all(names.frequencies).next().is_none() {
            for frequency in &t.frequencies {
                form.values.push((names.frequencies.to_owned(), frequency.code().to_owned()));
            }
        }
    }
}

/// Reads a policy back.
///
/// # Errors
/// What cannot be taken as typed, in the order of the fields.
pub fn parse(form: &Form, currency: Currency) -> Result<Policy, Vec<Mistake>> {
    let mut wrong = Vec::new();
    let many = bands(form);
    let mut policy = Policy { bands: Vec::new(), good_record_extra_days: 0 };
    for (n, names) in NAMES.iter().enumerate().take(many) {
        let up_to_minor = (n + 1 < many).then(|| amount(form, names.up_to, currency, &mut wrong));
        let terms = Terms {
            min_instalment_minor: amount(form, names.min_instalment, currency, &mut wrong),
            min_first_percent: u8::try_from(number(form, names.min_first, 100, &mut wrong)).unwrap_or(100),
            longest_days: number(form, names.longest, 3653, &mut wrong),
            latest_first_days: number(form, names.latest_first, 3653, &mut wrong),
            frequencies: form.all(names.frequencies).filter_map(Frequency::parse).collect(),
            min_part_minor: amount(form, names.min_part, currency, &mut wrong),
            latest_promise_days: number(form, names.latest_promise, 730, &mut wrong),
        };
        let refused = |field, error: PolicyError| Mistake { field, words: error.words().to_owned() };
        if terms.frequencies.is_empty() {
            wrong.push(refused(names.frequencies, PolicyError::Frequencies));
        }
        if wrong.is_empty() && terms.longest_days < terms.latest_first_days {
            wrong.push(refused(names.longest, PolicyError::Longest));
        }
        policy.bands.push(Band { up_to_minor, terms });
    }
    policy.good_record_extra_days = number(form, "good_record", 3653, &mut wrong);
    if wrong.is_empty()
        && let Err(error) = policy.check()
    {
        wrong.push(Mistake { field: NAMES[0].up_to, words: error.words().to_owned() });
    }
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

fn amount(form: &Form, name: &'static str, currency: Currency, wrong: &mut Vec<Mistake>) -> i64 {
    match parse_amount(form.value(name), currency) {
        Ok(minor) if minor > 0 => minor,
        Ok(_) => {
            wrong.push(Mistake { field: name, words: PolicyError::Smallest.words().to_owned() });
            0
        }
        Err(error) => {
            wrong.push(Mistake { field: name, words: error.to_string() });
            0
        }
    }
}

fn number(form: &Form, name: &'static str, max: u32, wrong: &mut Vec<Mistake>) -> u32 {
    match form.value(name).trim().parse::<u32>() {
        Ok(n) if n <= max => n,
        _ => {
            wrong.push(Mistake { field: name, words: format!("Enter a whole number from 0 to {max}") });
            0
        }
    }
}

/// What somebody who owes a balance would be offered, a sentence each.
pub fn offer(
    policy: &Policy,
    currency: Currency,
    balance_minor: i64,
    good_record: bool,
    today: NaiveDate,
) -> Vec<String> {
    let money = |minor| Money::new(minor, currency).show();
    if balance_minor <= 0 {
        return vec!["Nothing is owed, so nothing is offered.".to_owned()];
    }
    let terms = policy.terms_for(balance_minor, good_record);
    let mut lines = vec![format!(
        "Promise to pay {} by {} at the latest.",
        money(balance_minor),
        show(plus_days(today, terms.latest_promise_days))
    )];
    if terms.min_part_minor < balance_minor {
        lines.push(format!("Pay a part by card now: {} or more.", money(terms.min_part_minor)));
    }
    let steps: Vec<&str> = terms.frequencies.iter().map(|f| f.words()).collect();
    lines.push(format!(
        "Pay in instalments of at least {}, {}, the first by {} and the last by {}.",
        money(terms.min_instalment_minor.min(balance_minor)),
        steps.join(" or "),
        show(plus_days(today, terms.latest_first_days)),
        show(plus_days(today, terms.longest_days))
    ));
    if terms.min_first_percent > 0 {
        lines.push(format!("The first payment is at least {}.", money(min_first_minor(balance_minor, &terms))));
    }
    if let Some(slowest) = terms.frequencies.iter().max()
        && let Some(line) = easiest(&terms, *slowest, balance_minor, today, &money)
    {
        lines.push(line);
    }
    lines
}

/// The plan with the most payments that is accepted at once.
fn easiest(
    terms: &Terms,
    frequency: Frequency,
    balance_minor: i64,
    today: NaiveDate,
    money: &impl Fn(i64) -> String,
) -> Option<String> {
    let count = u32::try_from(balance_minor).unwrap_or(u32::MAX).min(INSTALMENTS_MAX);
    let wish = Proposal {
        total_minor: balance_minor,
        upfront_minor: 0,
        size: Size::Count(count),
        frequency,
        first_on: today,
        skip_weekends: false,
    };
    let schedule = match judge(&wish, terms, today).ok()? {
        Verdict::Accepted(schedule) => schedule,
        Verdict::Outside { nearest, .. } => nearest.1,
    };
    let [first, .., last] = schedule.instalments.as_slice() else {
        return Some("No plan of several payments fits: it would be paid in one.".to_owned());
    };
    let many = schedule.instalments.len();
    let each = if first.amount_minor == last.amount_minor {
        money(first.amount_minor)
    } else {
        format!("{} falling to {}", money(first.amount_minor), money(last.amount_minor))
    };
    Some(format!(
        "The easiest plan from today: {many} payments of {each}, {}, the last on {}.",
        frequency.words(),
        show(last.due_on)
    ))
}

/// The preview of a form: what the balance in it would be offered, or what stands in the way.
pub fn preview(form: &Form, currency: Currency, today: NaiveDate) -> Vec<String> {
    let balance = match parse_amount(form.value("balance"), currency) {
        Ok(balance) => balance,
        Err(error) => return vec![format!("{error}, to see what would be offered.")],
    };
    match parse(form, currency) {
        Ok(policy) => offer(&policy, currency, balance, form.value("good") == "yes", today),
        Err(mistakes) => mistakes.into_iter().take(1).map(|m| format!("{}.", m.words)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn today() -> NaiveDate {
        kept_domain::calendar::parse_iso("2026-11-21").unwrap()
    }

    fn two_bands() -> Policy {
        let mut policy = Policy::courteous(100);
        policy.bands.insert(
            0,
            Band { up_to_minor: Some(50_000), terms: Terms { min_first_percent: 10, ..Terms::courteous(100) } },
        );
        policy
    }

    #[test]
    fn a_policy_survives_its_form() {
        let mut form = Form::default();
        fill(&mut form, &two_bands(), gbp());
        assert_eq!(parse(&form, gbp()), Ok(two_bands()));
    }

    #[test]
    fn every_mistake_names_its_field() {
        for (field, typed) in [
            ("up_to_1", "lots"),
            ("min_instalment_1", "0"),
            ("min_first_2", "101"),
            ("longest_2", "3"),
            ("longest_1", "9999"),
            ("min_part_2", "-1"),
            ("latest_promise_1", ""),
            ("good_record", "x"),
        ] {
            let mut form = Form { values: vec![(field.to_owned(), typed.to_owned())], ..Form::default() };
            fill(&mut form, &two_bands(), gbp());
            let mistakes = parse(&form, gbp()).unwrap_err();
            assert_eq!(mistakes[0].field, field, "{typed}");
        }
        let mut form = Form::default();
        fill(&mut form, &two_bands(), gbp());
        form.values.retain(|(name, _)| name != "frequencies_1");
        assert_eq!(parse(&form, gbp()).unwrap_err()[0].field, "frequencies_1");
    }

    #[test]
    fn the_preview_says_what_would_be_accepted() {
        let lines = offer(&two_bands(), gbp(), 40_000, false, today());
        assert!(lines[0].contains("£400.00 by 22 December 2026"), "{lines:?}");
        assert!(lines.iter().any(|l| l.contains("first payment is at least £40.00")), "{lines:?}");
        assert!(lines.last().unwrap().contains("every month, the last on"), "{lines:?}");
        let longer = offer(&two_bands(), gbp(), 40_000, true, today());
        assert_ne!(lines, longer, "a good record widens the dates");
    }
}
