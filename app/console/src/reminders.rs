//! The reminder policy: how often and when people may be contacted, and which message comes when, for whom.

use crate::frame::{Shell, problems};
use crate::ladder_form::{CHANNELS, Draft, LADDERS, LADDERS_MAX, RULES, RULES_MAX, StepDraft, StepNames};
use crate::parts::{Select, choices, field};
use crate::policy_change::policy_change;
use crate::reminder_form::DAYS;
use kept_api::console::Form;
use kept_api::reminders::{Preview, RemindersView};
use kept_domain::contact::Channel;
use kept_domain::ladder::{Record, STEPS_MAX, Tone, Who};
use kept_ui::amount::sign;
use kept_ui::error_summary::{ErrorSummary, FieldError};
use kept_ui::field::{Choices, Field, Input};
use kept_ui::page::Back;
use leptos::prelude::*;

/// Where the form goes.
const PATH: &str = "/console/policy/reminders";

/// The page of the reminder policy.
pub fn reminders_page(v: RemindersView) -> impl IntoView {
    let draft = Draft::read(&v.form);
    let (ladders, rules) = (draft.ladders.len(), draft.rules.len());
    let in_force = (!v.in_force.is_empty()).then(|| in_force(&v).into_any());
    let all: Vec<_> = (0..ladders).map(|at| ladder(&v, &draft, at).into_any()).collect();
    let more = (ladders < LADDERS_MAX).then(|| {
        let to = format!("{PATH}#l{}", ladders + 1);
        view! { <button class="button quiet" name="act" value="add_ladder" formaction=to>"Add a ladder"</button> }
    });
    view! {
        <Shell frame=v.frame.clone() here="/console/policy">
            <Back href="/console/policy" words="Settings"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Reminders"</h1>
            <p>"When people are contacted, how often, and in which words. A change holds from now on: nobody gets a step twice."</p>
            <p><a href="/console/policy/rehearsal">"Rehearse what is saved: what would be sent to whom, and when"</a></p>
            <form method="post" action=PATH novalidate>
                // The first button of a form is the one that Enter presses.
                <button class="sr" name="act" value="preview" tabindex="-1" aria-hidden="true">"Show what somebody would get"</button>
                <input type="hidden" name="ladders" value=ladders.to_string()/>
                <input type="hidden" name="rules" value=rules.to_string()/>
                {presets(&v).into_any()}
                {own(&v).into_any()}
                {in_force}
                <section aria-labelledby="ladders">
                    <h2 id="ladders">"Which message comes when"</h2>
                    <p>"A step comes when its day has come and the limits above leave room for it. Each comes once while
                    something is overdue, and speaks of everything that is."</p>
                    {all}
                    <div class="buttons">{more}</div>
                </section>
                {rules_card(&v, &draft).into_any()}
                {agreements(&v.form).into_any()}
                {preview(&v).into_any()}
                {policy_change(v.change.clone(), PATH).into_any()}
                <div class="buttons"><button class="button" name="act" value="save">"Save the reminders"</button></div>
            </form>
        </Shell>
    }
}

fn in_force(v: &RemindersView) -> impl IntoView + use<> {
    let lines: Vec<_> = v.in_force.iter().map(|line| view! { <li>{line.clone()}</li> }).collect();
    view! {
        <section class="card" aria-labelledby="in-force">
            <h2 id="in-force">"What holds, all together"</h2>
            <p>"Whatever is strictest holds, in the time zone of the person."</p>
            <ul>{lines}</ul>
        </section>
    }
}

fn presets(v: &RemindersView) -> impl IntoView + use<> {
    let chosen: Vec<String> = v.form.all("preset").map(str::to_owned).collect();
    let rows: Vec<_> = v
        .presets
        .iter()
        .cloned()
        .enumerate()
        .map(|(n, p)| {
            let id = if n == 0 { "preset".to_owned() } else { format!("preset-{n}") };
            let lines: Vec<_> = p.lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
            let source = if p.url.is_empty() {
                view! { {p.source} }.into_any()
            } else {
                view! { <a href=p.url rel="noreferrer">{p.source}</a> }.into_any()
            };
            view! {
                <div class="choice">
                    <input type="checkbox" id=id.clone() name="preset" value=p.code.clone() checked=chosen.contains(&p.code)/>
                    <label for=id>{p.name}</label>
                    <ul class="hint">{lines}</ul>
                    <p class="hint">"Source: "{source}". In force since "{p.since}"."</p>
                </div>
            }
        })
        .collect();
    let problem = v.form.mistake("preset").map(str::to_owned);
    let wrong = problem.is_some();
    view! {
        <section class="card" aria-labelledby="presets">
            <h2 id="presets">"Rules to keep"</h2>
            <p>"Each narrows what is allowed, and none widens it. They are data with their sources, not legal advice."</p>
            <fieldset class="field" class:wrong=wrong aria-labelledby="presets">
                <FieldError name="preset" problem/>
                {rows}
            </fieldset>
        </section>
    }
}

fn own(v: &RemindersView) -> impl IntoView + use<> {
    let form = &v.form;
    let days: Vec<_> = DAYS.iter().map(|names| day(form, names).into_any()).collect();
    let holidays = choices(form, "on_holidays", false, &[("yes", "Also on public holidays")]);
    let channels: Vec<(&str, &str)> = CHANNELS.iter().map(|c| (c.code(), channel_words(*c))).collect();
    let never = choices(form, "never_by", false, &channels);
    view! {
        <section class="card" aria-labelledby="own">
            <h2 id="own">"Your own limits"</h2>
            <p>"They come on top of the rules above. Leave empty what the rules alone decide."</p>
            <div class="pairs">
                {field(form, "contacts_max", "Contacts, at most", "Messages, letters and calls to one person", Input::Number)}
                {field(form, "contacts_days", "In so many days", "Such as 30", Input::Number)}
                {field(form, "days_between", "Days between two contacts, at least", "", Input::Number)}
                {field(form, "bank_data_days", "Wait when payments are not known for so many days", "Nobody who has paid is to be reminded", Input::Number)}
            </div>
            <h3>"Hours, where they are"</h3>
            <p class="hint" id="hours-hint">"Like 09:00 and 18:00. A day that is left empty while others are filled is a day without contact."</p>
            <div class="hours">{days}</div>
            <Choices name="on_holidays" legend="Public holidays" choices=holidays many=true/>
            <Choices name="never_by" legend="Never contact people by" choices=never many=true/>
        </section>
    }
}

fn day(form: &Form, names: &'static crate::reminder_form::DayNames) -> impl IntoView + use<> {
    let one = |name: &'static str, words: &str| {
        let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
        let wrong = problem.is_some();
        let described = if wrong { format!("hours-hint {name}-error") } else { "hours-hint".to_owned() };
        let label = format!("{} {words}", names.words);
        view! {
            <div class="time" class:wrong=wrong>
                <label for=name class="sr">{label}</label>
                <FieldError name problem/>
                <input id=name name=name type="text" inputmode="numeric" autocomplete="off" placeholder="–" value=value aria-describedby=described
                    aria-invalid=wrong.then_some("true")/>
            </div>
        }
    };
    view! {
        <div class="weekday">
            <span aria-hidden="true">{names.words}</span>
            {one(names.from, "from")}
            <span aria-hidden="true">"to"</span>
            {one(names.to, "to")}
        </div>
    }
}

fn ladder(v: &RemindersView, draft: &Draft, at: usize) -> Option<impl IntoView + use<>> {
    let (ladder, names) = (draft.ladders.get(at)?, LADDERS.get(at)?);
    let place = at + 1;
    let last = ladder.steps.len().saturating_sub(1);
    let steps: Vec<_> = ladder
        .steps
        .iter()
        .zip(&names.steps)
        .enumerate()
        .map(|(s, (step, step_names))| step_row(v, step, step_names, (place, s + 1), s == last).into_any())
        .collect();
    let add = (ladder.steps.len() < STEPS_MAX).then(|| {
        let to = format!("{PATH}#l{place}s{}", ladder.steps.len() + 1);
        view! { <button class="button quiet" name="act" value=format!("add_step_{place}") formaction=to>"Add a step"</button> }
    });
    let remove = (draft.ladders.len() > 1).then(|| {
        let to = format!("{PATH}#ladders");
        view! { <button class="plain" name="act" value=format!("remove_ladder_{place}") formaction=to>"Remove this ladder"</button> }
    });
    let title = if ladder.name.is_empty() { format!("Ladder {place}") } else { ladder.name.clone() };
    let id = format!("l{place}");
    Some(view! {
        <fieldset class="band" id=id>
            <legend><h3>{title}</h3></legend>
            <input type="hidden" name=names.code value=ladder.code.clone()/>
            <input type="hidden" name=names.many value=ladder.steps.len().to_string()/>
            {field(&v.form, names.name, "Name of the ladder", "", Input::Short)}
            <ol class="ladder">{steps}</ol>
            <div class="buttons">{add}{remove}</div>
        </fieldset>
    })
}

fn step_row(
    v: &RemindersView,
    step: &StepDraft,
    names: &'static StepNames,
    (l, s): (usize, usize),
    last: bool,
) -> impl IntoView + use<> {
    let form = &v.form;
    let all = [names.days, names.side, names.template, names.tone, names.who, names.from];
    let touched =
        form.value("act").ends_with(&format!("_{l}_{s}")) || (last && form.value("act") == format!("add_step_{l}"));
    let open = touched || all.into_iter().chain(names.by).any(|name| form.mistake(name).is_some());
    let id = format!("l{l}s{s}");
    let action = |verb: &str| (format!("{verb}_{l}_{s}"), format!("{PATH}#l{l}"));
    let button = |verb: &str, words: &'static str| {
        let (value, to) = action(verb);
        let which = format!(" step {s}");
        view! { <button class="plain" name="act" value=value formaction=to>{words}<span class="sr">{which}</span></button> }
    };
    let up = (s > 1).then(|| button("up", "Move up"));
    let down = (!last).then(|| button("down", "Move down"));
    let select = |name: &'static str, label: &'static str, options: Vec<(String, String)>, chosen: &str| {
        let problem = form.mistake(name).map(str::to_owned);
        view! { <Select name label options chosen=chosen.to_owned() problem/> }.into_any()
    };
    let by: Vec<_> = names
        .by
        .iter()
        .zip(&step.by)
        .zip(["First by", "Else by", "Else by (third)", "Else by (fourth)"])
        .map(|((name, chosen), label)| select(name, label, channel_options(), chosen))
        .collect();
    let sides = vec![
        ("after".to_owned(), "days after it is due".to_owned()),
        ("before".to_owned(), "days before it is due".to_owned()),
    ];
    let tones = Tone::ALL.iter().map(|t| (t.code().to_owned(), tone_words(*t).to_owned())).collect();
    let whom = vec![
        (String::new(), "Everybody".to_owned()),
        (Who::Person.code().to_owned(), "People only".to_owned()),
        (Who::Company.code().to_owned(), "Companies only".to_owned()),
    ];
    let unheard = choices(form, names.unheard, false, &[("yes", "Only where nothing was heard since the last step")]);
    let (from, from_wrong) = (form.value(names.from).to_owned(), form.mistake(names.from).map(str::to_owned));
    let prefix = sign(v.currency);
    view! {
        <li id=id>
            <details open=open>
                <summary>{summary(step, &v.templates)}</summary>
                <div class="step">
                    <input type="hidden" name=names.code value=step.code.clone()/>
                    <div class="pairs">
                        {field(form, names.days, "Days", "", Input::Number)}
                        {select(names.side, "Before or after", sides, &step.side)}
                        {select(names.template, "Message", v.templates.clone(), &step.template)}
                        {select(names.tone, "Tone", tones, &step.tone)}
                        {by}
                        {select(names.who, "For whom", whom, &step.who)}
                        <Field name=names.from label="Only from this balance on" hint="Leave it empty for any" input=Input::Amount prefix value=from problem=from_wrong/>
                    </div>
                    <Choices name=names.unheard legend="Only if" choices=unheard many=true/>
                    <p class="moves">{up}{down}{button("remove_step", "Remove")}</p>
                </div>
            </details>
        </li>
    }
}

/// A step in one line: "30 days after: Considerate, by e-mail, else text message".
fn summary(step: &StepDraft, templates: &[(String, String)]) -> String {
    let when = match step.signed_days() {
        None => "Some day".to_owned(),
        Some(0) => "On the due date".to_owned(),
        Some(days) => {
            let many = if days.abs() == 1 { "1 day".to_owned() } else { format!("{} days", days.abs()) };
            format!("{many} {}", if days < 0 { "before" } else { "after" })
        }
    };
    let message = templates.iter().find(|(code, _)| *code == step.template).map_or(&step.template, |(_, words)| words);
    let by: Vec<&str> = step.by.iter().filter_map(|code| Channel::parse(code)).map(channel_words).collect();
    let only =
        if step.unheard == "yes" || !step.who.is_empty() || !step.from.is_empty() { ", with a condition" } else { "" };
    format!("{when}: {message}, by {}{only}", by.join(", else ").to_lowercase())
}

fn channel_options() -> Vec<(String, String)> {
    let none = (String::new(), "–".to_owned());
    std::iter::once(none).chain(CHANNELS.iter().map(|c| (c.code().to_owned(), channel_words(*c).to_owned()))).collect()
}

/// A channel at the beginning of a line.
fn channel_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
        Channel::Letter => "Letter",
        Channel::Call => "Telephone call",
        Channel::Visit => "Visit",
        Channel::Portal => "Notice on the page",
    }
}

fn tone_words(tone: Tone) -> &'static str {
    match tone {
        Tone::Courtesy => "Courtesy, before anything is late",
        Tone::Kind => "Kind: it may have crossed in the post",
        Tone::Considerate => "Considerate: is something wrong?",
        Tone::Firm => "Firm, and polite",
        Tone::Last => "Last word before a person decides",
    }
}

fn rules_card(v: &RemindersView, draft: &Draft) -> impl IntoView + use<> {
    let many = draft.rules.len();
    let rows: Vec<_> = (0..many).map(|at| rule(v, draft, at).into_any()).collect();
    let add = (many < RULES_MAX).then(|| {
        let to = format!("{PATH}#rules");
        view! { <button class="button quiet" name="act" value="add_rule" formaction=to>"Add a rule"</button> }
    });
    view! {
        <section class="card" aria-labelledby="rules">
            <h2 id="rules">"Who is on which ladder"</h2>
            <p>"The first rule that fits is taken. The last one is for everybody."</p>
            {rows}
            <div class="buttons">{add}</div>
        </section>
    }
}

fn rule(v: &RemindersView, draft: &Draft, at: usize) -> Option<impl IntoView + use<>> {
    let (rule, names) = (draft.rules.get(at)?.clone(), RULES.get(at)?);
    let form = &v.form;
    let place = at + 1;
    let last = place == draft.rules.len();
    let options: Vec<(String, String)> = draft
        .ladders
        .iter()
        .map(|l| (l.code.clone(), if l.name.is_empty() { l.code.clone() } else { l.name.clone() }))
        .collect();
    let problem = form.mistake(names.ladder).map(str::to_owned);
    let ladder = view! { <Select name=names.ladder label="Ladder" options chosen=rule.ladder.clone() problem/> };
    if last {
        let legend = if place == 1 { "Everybody" } else { "Everybody else" };
        return Some(view! { <fieldset class="band"><legend><h3>{legend}</h3></legend>{ladder}</fieldset> }.into_any());
    }
    let prefix = sign(v.currency);
    let money = |name: &'static str, label: &'static str| {
        let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
        view! { <Field name label input=Input::Amount prefix=prefix.clone() value problem/> }
    };
    let option = |code: &str, words: &str| (code.to_owned(), words.to_owned());
    let whom =
        vec![option("", "Anybody"), option(Who::Person.code(), "People"), option(Who::Company.code(), "Companies")];
    let records = vec![
        option("", "Any"),
        option(Record::Good.code(), "Good: they pay reliably"),
        option(Record::Usual.code(), "Usual"),
        option(Record::Poor.code(), "Poor: mostly late, and very"),
    ];
    let to = format!("{PATH}#rules");
    let button = |verb: &str, words: &'static str| {
        let which = format!(" rule {place}");
        view! { <button class="plain" name="act" value=format!("{verb}_{place}") formaction=to.clone()>{words}<span class="sr">{which}</span></button> }
    };
    let up = (place > 1).then(|| button("rule_up", "Move up"));
    Some(
        view! {
            <fieldset class="band">
                <legend><h3>{format!("Rule {place}")}</h3></legend>
                <div class="pairs">
                    <Select name=names.who label="Whom" options=whom chosen=rule.who.clone()/>
                    <Select name=names.record label="Record" options=records chosen=rule.record.clone()/>
                    {money(names.from, "Owing at least")}
                    {money(names.up_to, "Owing at most")}
                </div>
                {ladder}
                <p class="moves">{up}{button("remove_rule", "Remove")}</p>
            </fieldset>
        }
        .into_any(),
    )
}

fn agreements(form: &Form) -> impl IntoView + use<> {
    view! {
        <section class="card" aria-labelledby="agreements">
            <h2 id="agreements">"While an agreement runs"</h2>
            <p>"These speak of one payment of it only, and come once. Leave a number empty to send nothing."</p>
            <div class="pairs">
                {field(form, "before_instalment", "Days before each instalment", "", Input::Number)}
                {field(form, "after_missed", "Days after an instalment that did not come", "", Input::Number)}
                {field(form, "after_promise", "Days after a promised date: has it been sent?", "", Input::Number)}
            </div>
        </section>
    }
}

fn preview(v: &RemindersView) -> impl IntoView + use<> {
    let form = &v.form;
    let Preview { who, steps } = v.preview.clone();
    let steps: Vec<_> = steps.into_iter().map(|step| view! { <li>{step}</li> }).collect();
    let list = (!steps.is_empty()).then(|| view! { <ol class="offer">{steps}</ol> });
    let (balance, wrong) = (form.value("balance").to_owned(), form.mistake("balance").map(str::to_owned));
    let option = |code: &str, words: &str| (code.to_owned(), words.to_owned());
    let whom = vec![option(Who::Person.code(), "A person"), option(Who::Company.code(), "A company")];
    let records = vec![
        option(Record::Usual.code(), "As most do"),
        option(Record::Good.code(), "Reliably"),
        option(Record::Poor.code(), "Mostly late"),
    ];
    let prefix = sign(v.currency);
    view! {
        <section class="card preview" aria-labelledby="preview">
            <h2 id="preview">"Try it: what somebody would get"</h2>
            <div class="pairs">
                <Field name="balance" label="If they owe" input=Input::Amount prefix value=balance problem=wrong/>
                {field(form, "since_on", "Since this day, when it was due", "", Input::Date)}
                <Select name="whom" label="And are" options=whom chosen=form.value("whom").to_owned()/>
                <Select name="record" label="And have paid until now" options=records chosen=form.value("record").to_owned()/>
            </div>
            <div role="status"><p>{who}</p>{list}</div>
            <p><button class="button quiet" name="act" value="preview" formaction=format!("{PATH}#preview")>"Show it"</button></p>
        </section>
    }
}
