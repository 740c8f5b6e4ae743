//! A rehearsal of the reminder policy: what it would send to whom and when, and what it would hold back.

use crate::frame::Shell;
use crate::parts::{Select, escape_query, pages_at};
use chrono::{Datelike as _, Days, NaiveDate};
use kept_api::rehearsal::{ChannelSum, RehearsalQuery, RehearsalView, RehearsedDay, RehearsedRow, Shown};
use kept_domain::calendar::{iso, show};
use kept_domain::contact::Channel;
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::notice::{Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// Where the page is.
const PATH: &str = "/console/policy/rehearsal";
/// Days of a week, for the eye and for the ear.
const WEEK: [(&str, &str); 7] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
/// Channels that a rehearsal can use.
const CHANNELS: [Channel; 5] = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call, Channel::Visit];

/// The page of a rehearsal.
pub fn rehearsal_page(v: RehearsalView) -> impl IntoView {
    let asked = v.asked.clone();
    let (days, looked) = (asked.days, v.looked);
    let intro = format!(
        "What the policy would do in {days} days, from {}, if nobody paid and nobody answered. Nothing is sent by looking.",
        show(v.days.0)
    );
    let body = if looked == 0 {
        let words =
            if asked.search.is_empty() { "Nobody owes anything." } else { "Nobody of that name owes anything." };
        view! { <p>{words}</p> }.into_any()
    } else {
        view! {
            {sums(&v).into_any()}
            {calendar(&v).into_any()}
            {held(&v).into_any()}
            {decisions(&v).into_any()}
        }
        .into_any()
    };
    view! {
        <Shell frame=v.frame.clone() here="/console/policy">
            <Back href="/console/policy/reminders" words="Reminders"/>
            <h1>"Rehearsal"</h1>
            <p>{intro}</p>
            {whom(&v).into_any()}
            {body}
        </Shell>
    }
}

/// How long, and with whom.
fn whom(v: &RehearsalView) -> impl IntoView + use<> {
    let spans = v.spans.iter().map(|days| (days.to_string(), format!("{days} days"))).collect();
    let first = v.asked.after.is_empty();
    let part = (!first || v.next.is_some()).then(|| {
        let to_first = (!first)
            .then(|| view! { " "<a href=address(&RehearsalQuery { after: String::new(), ..v.asked.clone() }, "")>"Back to the first"</a> });
        let to_next = v.next.clone().map(|after| {
            view! { " "<a rel="next" href=address(&RehearsalQuery { after, on: None, ..v.asked.clone() }, "")>"Rehearse the next ones"</a> }
        });
        let who = match (&v.asked.after, &v.next) {
            (_, None) => format!("These are the last {} of those who owe you something.", v.looked),
            (after, _) if after.is_empty() => {
                format!("These are the first {} of those who owe you something, by reference.", v.looked)
            }
            (after, _) => format!("These are {} of those who owe you something, after the reference {after}.", v.looked),
        };
        view! { <p id="part">{who}" All figures are about them. "<code>"kept rehearse"</code>" tells of everybody."{to_first}{to_next}</p> }
    });
    view! {
        <form class="filter short" method="get" action=PATH role="search" aria-label="Whom to rehearse with">
            <Select name="days" label="For" options=spans chosen=v.asked.days.to_string()/>
            <div class="field">
                <label for="search">"Name or reference"</label>
                <input id="search" name="search" type="search" value=v.asked.search.clone() autocomplete="off"/>
            </div>
            <button class="button quiet">"Rehearse"</button>
        </form>
        {part}
    }
}

fn sums(v: &RehearsalView) -> impl IntoView + use<> {
    let messages: u32 = v.channels.iter().map(|sum| sum.count).sum();
    let budget: u32 = v.budget.iter().map(|(_, count)| count).sum();
    let cost = v.cost.map(|money| view! { <div><dt>"Cost"</dt><dd><Amount money/></dd></div> });
    let rows: Vec<_> = v.channels.iter().map(|sum| channel_row(sum).into_any()).collect();
    let priced = v.cost.is_some();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <table class="ageing">
                <caption>"By channel"</caption>
                <thead><tr>
                    <th scope="col">"Channel"</th><th scope="col" class="num">"Messages"</th>
                    {priced.then(|| view! { <th scope="col" class="num">"Cost"</th> })}
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    let unpriced = (!priced).then(|| {
        view! { <p class="hint">"To see what it costs, write the price of a message into the configuration, under "<code>"[costs]"</code>"."</p> }
    });
    let collisions = v.collisions;
    let all = view! { <a href=address(&RehearsalQuery { shown: Shown::Collisions, on: None, ..v.asked.clone() }, "decisions")>{collisions}</a> };
    let collided = if collisions == 0 { view! { "0" }.into_any() } else { all.into_any() };
    view! {
        <section aria-labelledby="sums">
            <h2 id="sums">"In all"</h2>
            <dl class="figures">
                <div><dt>"Messages and calls"</dt><dd>{messages}</dd></div>
                <div><dt>"Customers who get one"</dt><dd>{v.people}" of "{v.looked}</dd></div>
                <div><dt>"Held back by the budget"</dt><dd>{budget}</dd></div>
                <div><dt>"Two wanted on one day"</dt><dd>{collided}</dd></div>
                {cost}
            </dl>
            {table}
            {unpriced}
        </section>
    }
}

fn channel_row(sum: &ChannelSum) -> impl IntoView + use<> {
    let cost = match sum.cost {
        Some(money) => view! { <td class="num"><Amount money/></td> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <tr>
            <th scope="row">{plural(sum.channel)}</th>
            <td class="num">{sum.count}</td>
            {cost}
        </tr>
    }
}

/// The weeks as a table: a picture for the eye, and a table to whoever has it read out.
fn calendar(v: &RehearsalView) -> impl IntoView + use<> {
    let most = v.calendar.iter().map(|(_, day)| day.messages()).max().unwrap_or(0);
    let (from, to) = v.days;
    let monday = from - Days::new(u64::from(from.weekday().num_days_from_monday()));
    let all: Vec<NaiveDate> =
        monday.iter_days().take_while(|on| *on < to || on.weekday().num_days_from_monday() > 0).collect();
    let day = |on: NaiveDate| v.calendar.iter().find(|(other, _)| *other == on).map(|(_, day)| day.clone());
    let weeks: Vec<_> = all
        .chunks(7)
        .enumerate()
        .map(|(n, week)| {
            let cells: Vec<_> = week
                .iter()
                .map(|on| {
                    let within = (from..to).contains(on);
                    let named = on.day() == 1 || (n == 0 && *on == from);
                    if within {
                        cell(v, *on, named, day(*on).unwrap_or_default(), most).into_any()
                    } else {
                        view! { <td class="out"></td> }.into_any()
                    }
                })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let heads: Vec<_> = WEEK
        .iter()
        .map(|(short, long)| view! { <th scope="col"><span aria-hidden="true">{*short}</span><span class="sr">{*long}</span></th> })
        .collect();
    let lines: Vec<_> = v
        .calendar
        .iter()
        .filter(|(_, day)| *day != RehearsedDay::default())
        .map(|(on, day)| day_row(&v.asked, *on, day).into_any())
        .collect();
    let list = (!lines.is_empty()).then(|| {
        view! {
            <details>
                <summary>"The same, day by day"</summary>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"Day"</th><th scope="col">"Sent"</th><th scope="col" class="num">"Held by the budget"</th>
                        <th scope="col" class="num">"Held otherwise"</th><th scope="col" class="num">"Two on one day"</th>
                    </tr></thead>
                    <tbody>{lines}</tbody>
                </table>
            </details>
        }
    });
    view! {
        <section aria-labelledby="calendar">
            <h2 id="calendar">"Calendar"</h2>
            <p class="keys">
                <span class="key sent-4" aria-hidden="true"></span>"messages and calls, the more the deeper "
                <span class="key held" aria-hidden="true"></span>"customers for whom the budget holds something back from that day on"
            </p>
            <table class="calendar" aria-labelledby="calendar">
                <thead><tr>{heads}</tr></thead>
                <tbody>{weeks}</tbody>
            </table>
            {list}
        </section>
    }
}

fn cell(v: &RehearsalView, on: NaiveDate, named: bool, day: RehearsedDay, most: u32) -> impl IntoView + use<> {
    let messages = day.messages();
    // Four depths, so that one message is seen and the busiest day is the deepest.
    let depth = (messages * 4).div_ceil(most.max(1));
    let short = if named { on.format("%-d %b").to_string() } else { on.day().to_string() };
    let href = address(&RehearsalQuery { on: Some(on), ..v.asked.clone() }, "decisions");
    let sent = (messages > 0).then(|| {
        view! { <b aria-hidden="true">{messages}</b><span class="sr">{format!(": {messages} sent")}</span> }
    });
    let held = (day.budget > 0).then(|| {
        let words = format!(", {} held back by the budget", day.budget);
        view! { <span class="held" aria-hidden="true">{day.budget}</span><span class="sr">{words}</span> }
    });
    let date = view! { <span class="date" aria-hidden="true">{short}</span><span class="sr">{show(on)}</span> };
    let class = format!("sent-{depth}");
    let current = (v.asked.on == Some(on)).then_some("date");
    if messages > 0 || day.budget > 0 {
        view! { <td class=class><a href=href aria-current=current>{date}{sent}{held}</a></td> }.into_any()
    } else {
        view! { <td class=class><span class="day">{date}</span></td> }.into_any()
    }
}

fn day_row(asked: &RehearsalQuery, on: NaiveDate, day: &RehearsedDay) -> impl IntoView + use<> {
    let sent: Vec<String> = day.sent.iter().map(|(channel, count)| many(*channel, *count)).collect();
    let href = address(&RehearsalQuery { on: Some(on), ..asked.clone() }, "decisions");
    let number = |count: u32| if count == 0 { String::new() } else { count.to_string() };
    view! {
        <tr>
            <th scope="row"><a href=href><Day on/></a></th>
            <td data-label="Sent">{sent.join(", ")}</td>
            <td data-label="By the budget" class="num">{number(day.budget)}</td>
            <td data-label="Otherwise" class="num">{number(day.held)}</td>
            <td data-label="Two at once" class="num">{number(day.collisions)}</td>
        </tr>
    }
}

fn held(v: &RehearsalView) -> impl IntoView + use<> {
    let list = |heading: &'static str, id: &'static str, all: &[(&'static str, u32)]| {
        let lines: Vec<_> =
            all.iter().map(|(why, count)| view! { <li>{format!("{}: {why}", times(*count))}</li> }).collect();
        let list = if lines.is_empty() {
            view! { <p>"Nothing."</p> }.into_any()
        } else {
            view! { <ul>{lines}</ul> }.into_any()
        };
        view! { <section class="card" aria-labelledby=id><h2 id=id>{heading}</h2>{list}</section> }
    };
    view! {
        <div class="columns">
            {list("Held back by the budget", "budget", &v.budget)}
            {list("Held back for another reason", "held", &v.held)}
        </div>
    }
}

fn decisions(v: &RehearsalView) -> impl IntoView + use<> {
    let asked = v.asked.clone();
    let rows: Vec<_> = v.rows.iter().map(|row| row_of(row).into_any()).collect();
    let list = if rows.is_empty() {
        view! { <p>"There is no such decision."</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Whom"</th><th scope="col">"When, where they are"</th><th scope="col">"What"</th>
                    <th scope="col" class="num">"Asks for"</th><th scope="col">"Invoices"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let day = asked.on.map(|on| {
        let all = address(&RehearsalQuery { on: None, ..asked.clone() }, "decisions");
        view! { <p>"Only "<Day on/>". "<a href=all>"Show every day"</a></p> }
    });
    let shown = Shown::ALL.map(|shown| (shown.code().to_owned(), shown.words().to_owned())).to_vec();
    let any = (String::new(), "Any".to_owned());
    let channels =
        std::iter::once(any).chain(CHANNELS.iter().map(|c| (c.code().to_owned(), begin(c.words())))).collect();
    let on = asked.on.map(iso).unwrap_or_default();
    let kept = [
        ("days", asked.days.to_string()),
        ("search", asked.search.clone()),
        ("after", asked.after.clone()),
        ("on", on),
    ];
    let hidden: Vec<_> = kept
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <input type="hidden" name=name value=text/> })
        .collect();
    let pairs = pairs(&asked);
    let query: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let in_all = (!v.rows.is_empty()).then(|| {
        let in_all = if v.rows_in_all == 1 { "1 decision".to_owned() } else { format!("{} decisions", v.rows_in_all) };
        view! { <p class="hint">{in_all}</p> }
    });
    view! {
        <section aria-labelledby="decisions">
            <h2 id="decisions">"Decisions"</h2>
            <form class="filter short" method="get" action=format!("{PATH}#decisions") role="search" aria-label="Which decisions to show">
                {hidden}
                <Select name="shown" label="Show" options=shown chosen=asked.shown.code()/>
                <Select name="channel" label="Channel" options=channels chosen=asked.channel.map_or("", Channel::code)/>
                <button class="button quiet">"Show them"</button>
            </form>
            {day}
            {in_all}
            {list}
            {pages_at(PATH, &query, v.page, v.more, "decisions")}
        </section>
    }
}

fn row_of(row: &RehearsedRow) -> impl IntoView + use<> {
    let href = format!("/console/debtors/{}", row.debtor);
    let asks: Vec<_> = row.asks.iter().map(|money| view! { <div><Amount money=*money/></div> }).collect();
    let what = row.what.clone();
    let tag = if row.sends {
        view! { <Tag tone=Tone::Good words="sent"/> }.into_any()
    } else {
        view! { <Tag tone=Tone::Wait words="not sent"/> }.into_any()
    };
    let collides = row.collides.then(|| view! { " "<Tag tone=Tone::Wait words="second on this day"/> });
    // A cell without anything in it is left out where a table is read as a list.
    let invoices = (!row.invoices.is_empty()).then(|| row.invoices.clone());
    view! {
        <tr>
            <th scope="row"><a href=href>{row.who.clone()}</a></th>
            <td data-label="When">{row.at.clone()}</td>
            <td data-label="What">{tag}{collides}" "{what}</td>
            <td data-label="Asks for" class="num">{asks}</td>
            <td data-label="Invoices">{invoices}</td>
        </tr>
    }
}

/// What an address carries, without the page of decisions.
fn pairs(asked: &RehearsalQuery) -> Vec<(&'static str, String)> {
    let all = [
        ("days", asked.days.to_string()),
        ("search", asked.search.clone()),
        ("after", asked.after.clone()),
        ("shown", asked.shown.code().to_owned()),
        ("channel", asked.channel.map_or("", Channel::code).to_owned()),
        ("on", asked.on.map(iso).unwrap_or_default()),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn address(asked: &RehearsalQuery, part: &str) -> String {
    let pairs = pairs(asked);
    let query: Vec<String> = pairs.iter().map(|(name, text)| format!("{name}={}", escape_query(text))).collect();
    let part = if part.is_empty() { String::new() } else { format!("#{part}") };
    format!("{PATH}?{}{part}", query.join("&"))
}

/// `3 e-mails`.
fn many(channel: Channel, count: u32) -> String {
    format!("{count} {}", name(channel, count))
}

/// What a channel's messages are called.
fn name(channel: Channel, count: u32) -> &'static str {
    let (one, more) = match channel {
        Channel::Email => ("e-mail", "e-mails"),
        Channel::Sms => ("text message", "text messages"),
        Channel::Letter => ("letter", "letters"),
        Channel::Call => ("call", "calls"),
        Channel::Visit => ("visit", "visits"),
        Channel::Portal => ("notice", "notices"),
    };
    if count == 1 { one } else { more }
}

fn times(count: u32) -> String {
    if count == 1 { "Once".to_owned() } else { format!("{count} times") }
}

/// What a channel's messages are called at the beginning of a line: `E-mails`.
pub(crate) fn plural(channel: Channel) -> String {
    begin(name(channel, 2))
}

fn begin(words: &str) -> String {
    let mut words = words.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
