//! The reminder policy.

use super::reminder_preview::{Somebody, would_get};
use super::{Answer, Visitor, form, refused, rehearsal, send, show};
use crate::acts::compare_policies::compare;
use crate::acts::outlook::Rules;
use crate::acts::rehearse::{Day, Part, cost};
use crate::acts::update_reminders::update_reminders;
use crate::clock::day_start_ms;
use crate::door::{No, see_other};
use crate::store::contact_policy;
use axum::body::Bytes;
use kept_api::console::Form;
use kept_api::rehearsal::PolicyChange;
use kept_api::reminders::{PresetRow, Preview, RemindersView};
use kept_console::ladder_form::Draft;
use kept_console::reminder_form::{self, lines};
use kept_console::reminders::reminders_page;
use kept_domain::calendar::{iso, parse_iso, parse_typed, plus_days, show as show_day};
use kept_domain::contact::Channel;
use kept_domain::holidays;
use kept_domain::hours::{Place, local};
use kept_domain::ladder::{Record, Who};
use kept_domain::money::{Money, parse_amount};
use kept_domain::preset::{self, Preset};
use kept_domain::reminder::{InForce, Policy, Reminder};
use kept_domain::template::{Group, KINDS};

/// Days over which the policy as typed is compared with the one that is saved.
const CHANGE_DAYS: u32 = 90;
/// Days for which somebody owes in the preview, until another day is typed.
const PREVIEW_DAYS: u64 = 21;

/// Shows the policy as it is.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    let currency = visitor.business.currency;
    let stored = stored(&visitor).await?;
    let mut form = Form::default();
    reminder_form::fill(&mut form, &stored, currency);
    page(&visitor, &stored, form).await
}

async fn stored(visitor: &Visitor) -> Result<Policy, crate::store::Error> {
    let found = contact_policy::find(&visitor.app.db, &visitor.business.id).await?;
    Ok(found.unwrap_or_else(|| Policy::courteous(visitor.business.currency.unit_minor())))
}

/// Saves the policy, or shows what somebody would get, or moves steps and rules about.
///
/// # Errors
/// When the store fails.
pub async fn save(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let stored = stored(&visitor).await?;
    let act = typed.value("act").to_owned();
    if act != "save" {
        let mut draft = Draft::read(&typed);
        if draft.act(&act) {
            reminder_form::write(&mut typed, &draft);
        } else if let Err(mistakes) = parse(&visitor, &typed, &stored) {
            typed.mistakes = mistakes;
        }
        return page(&visitor, &stored, typed).await;
    }
    let new = match parse(&visitor, &typed, &stored) {
        Ok(new) => new,
        Err(mistakes) => {
            typed.mistakes = mistakes;
            return page(&visitor, &stored, typed).await;
        }
    };
    match refused(update_reminders(&visitor.app, &visitor.business.id, &new, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/policy/reminders?done=reminders")),
        Err(wrong) => {
            for refusal in wrong {
                typed.wrong("preset", refusal.words());
            }
            page(&visitor, &stored, typed).await
        }
    }
}

fn parse(visitor: &Visitor, typed: &Form, stored: &Policy) -> Result<Policy, Vec<kept_api::console::Mistake>> {
    let codes: Vec<String> = preset::all().iter().map(|p| p.code.clone()).collect();
    reminder_form::parse(typed, stored, &codes, visitor.business.currency)
}

async fn page(visitor: &Visitor, stored: &Policy, mut form: Form) -> Answer {
    let currency = visitor.business.currency;
    let today = visitor.today();
    form.preset("balance", Money::new(240 * currency.unit_minor(), currency).decimal());
    let since_on = today.checked_sub_days(chrono::Days::new(PREVIEW_DAYS)).unwrap_or(today);
    form.preset("since_on", iso(since_on));
    let typed = parse(visitor, &form, stored).ok().and_then(|policy| policy.in_force(preset::all()).ok());
    let (in_force, preview) = match &typed {
        Some(policy) => (lines(policy.bounds()), preview(visitor, &form, policy)),
        None => {
            let words = "Correct what is marked, to see what somebody would get.";
            (Vec::new(), Preview { who: words.to_owned(), steps: Vec::new() })
        }
    };
    let change = match &typed {
        Some(policy) if form.value("act") == "compare" => Some(change(visitor, policy.policy().clone()).await?),
        _ => None,
    };
    let v = RemindersView {
        frame: visitor.frame().await?,
        currency,
        change,
        presets: preset::all().iter().map(preset_row).collect(),
        templates: templates(stored),
        in_force,
        preview,
        form,
    };
    let form = v.form.clone();
    Ok(send("Reminders", Some(&form), || reminders_page(v)))
}

/// What the policy as typed would change for those who owe something today.
async fn change(visitor: &Visitor, typed: Policy) -> Result<PolicyChange, No> {
    let (app, home) = (&visitor.app, &visitor.business);
    let prices = app.config.costs.prices(home.currency).map_err(|error| No::Failed(error.to_string()))?;
    let (from_on, to_on) = (visitor.today(), plus_days(visitor.today(), CHANGE_DAYS));
    let span = app.clock.now_ms()..day_start_ms(to_on, &home.zone);
    let before = Rules::of(app, &app.db, home).await?;
    let after = before.under(typed).map_err(|unknown| No::Failed(format!("preset {}", unknown.0)))?;
    let part = Part { after: "", search: "", debtors_max: rehearsal::DEBTORS_MAX };
    let found = compare(&app.db, &before, &after, part, span).await?;
    let (was, will) = (found.before.total(), found.after.total());
    let mut channels: Vec<Channel> = was.sent.keys().chain(will.sent.keys()).copied().collect();
    channels.sort_unstable();
    channels.dedup();
    let on = |day: &Day, channel: Channel| day.sent.get(&channel).copied().unwrap_or(0);
    let budget =
        |day: &Day| day.withheld.iter().filter(|(reason, _)| reason.is_of_budget()).map(|(_, count)| count).sum();
    let cost = |day: &Day| cost(&day.sent, &prices, home.currency);
    let weeks = (0..CHANGE_DAYS.div_ceil(7)).map(|n| {
        let days = plus_days(from_on, 7 * n)..plus_days(from_on, 7 * n + 7);
        (days.start, found.before.messages(days.clone()), found.after.messages(days))
    });
    Ok(PolicyChange {
        days: CHANGE_DAYS,
        looked: found.looked.debtors,
        partly: found.looked.next.is_some(),
        more: found.more,
        fewer: found.fewer,
        other: found.other,
        channels: channels.into_iter().map(|channel| (channel, on(&was, channel), on(&will, channel))).collect(),
        weeks: weeks.collect(),
        people: (found.before.people, found.after.people),
        budget: (budget(&was), budget(&will)),
        collisions: (was.collisions, will.collisions),
        cost: cost(&was).zip(cost(&will)),
    })
}

fn preset_row(p: &Preset) -> PresetRow {
    let day = |text: &str| parse_iso(text).map_or_else(|| text.to_owned(), show_day);
    let mut lines = lines(&p.bounds);
    lines.extend(p.breathing_space_days.map(|days| format!("A breathing space lasts {days} days")));
    PresetRow {
        code: p.code.clone(),
        name: p.name.clone(),
        source: p.source.clone(),
        url: p.url.clone(),
        since: day(&p.effective_on),
        lines,
    }
}

/// Messages that a step can send: all reminders that there are words for, and those that the policy names.
fn templates(stored: &Policy) -> Vec<(String, String)> {
    let known = KINDS.iter().filter(|kind| kind.group == Group::Reminder);
    let mut all: Vec<(String, String)> = known.map(|kind| (kind.code.to_owned(), kind.title.to_owned())).collect();
    let own = stored.ladders.ladders.iter().flat_map(|l| &l.steps).map(|step| &step.template);
    for code in own {
        if !all.iter().any(|(known, _)| known == code) {
            all.push((code.clone(), show::plain(code)));
        }
    }
    all
}

/// What somebody invented would get.
fn preview(visitor: &Visitor, form: &Form, policy: &InForce) -> Preview {
    let currency = visitor.business.currency;
    let stuck = |who: String| Preview { who, steps: Vec::new() };
    let balance_minor = match parse_amount(form.value("balance"), currency) {
        Ok(minor) if minor > 0 => minor,
        Ok(_) => return stuck("Nothing is owed, so nothing is sent.".to_owned()),
        Err(error) => return stuck(format!("{error}, to see what somebody would get.")),
    };
    let Some(due_on) = parse_typed(form.value("since_on")) else {
        return stuck("Enter a day like 30 6 2026, to see what somebody would get.".to_owned());
    };
    let who = Who::parse(form.value("whom")).unwrap_or(Who::Person);
    let record = Record::parse(form.value("record")).unwrap_or(Record::Usual);
    let zone: chrono_tz::Tz = visitor.business.zone.parse().unwrap_or(chrono_tz::UTC);
    let place = Place { zones: vec![&zone], regions: Vec::new(), holidays: holidays::all(), home: &zone };
    let somebody = Somebody { who, record, balance_minor, currency, due_on };
    let (got, reason) = would_get(policy, &place, somebody);
    let name = if who == Who::Person { "Ann" } else { "A company" };
    let owes = Money::new(balance_minor, currency).show();
    let since = show_day(due_on);
    let ladder = got.iter().find_map(|(_, reminder)| {
        policy.policy().ladders.ladders.iter().find(|l| l.code == reminder.ladder).map(|l| l.name.clone())
    });
    let on = ladder.map_or(String::new(), |name| format!(", on the ladder “{name}”,"));
    let who = if got.is_empty() {
        format!("{name}, who owes {owes} since {since}, would get nothing: {}.", lower(reason.words()))
    } else {
        format!("{name}, who owes {owes} since {since} and does nothing{on} would get:")
    };
    let line = |at_ms: i64, reminder: &Reminder| {
        let at = local(&zone, at_ms);
        let message = show::title(&reminder.template);
        format!("{}, {}: {message} by {}", show_day(at.date()), at.format("%H:%M"), reminder.channel.words())
    };
    Preview { who, steps: got.iter().map(|(at_ms, reminder)| line(*at_ms, reminder)).collect() }
}

fn lower(words: &str) -> String {
    let mut words = words.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    words
}
