//! The words of messages: the list of all of them, and the page on which one is changed.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use crate::template_check::{Looked, TemplateCheck};
use kept_api::templates::{TemplateRow, TemplateState, TemplateView, TemplatesView, VersionRow};
use kept_domain::contact::Channel;
use kept_domain::language::Language;
use kept_domain::template::{Group, describe};
use kept_domain::tone::formula;
use kept_ui::error_summary::{ErrorSummary, FieldError};
use kept_ui::field::{Input, in_textarea};
use kept_ui::notice::{Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// Where a message's words are changed.
pub fn address(code: &str, channel: Channel, language: Language) -> String {
    format!("/console/templates/{code}/{}/{}", channel.code(), language.code())
}

/// The list of messages.
pub fn templates_page(v: TemplatesView) -> impl IntoView {
    let groups: Vec<_> = Group::ALL
        .into_iter()
        .map(|group| {
            let rows: Vec<_> = v.rows.iter().filter(|row| row.kind.group == group).cloned().map(kind_row).collect();
            let id = format!("{group:?}").to_lowercase();
            view! {
                <section aria-labelledby=id.clone()>
                    <h2 id=id.clone()>{group.words()}</h2>
                    <table class="rows messages">
                        <thead><tr>
                            <th scope="col">"Message"</th>
                            {Language::ALL.map(|language| view! { <th scope="col">{language.words()}</th> }).to_vec()}
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </section>
            }
        })
        .collect();
    view! {
        <Shell frame=v.frame here="/console/templates">
            <h1>"Messages"</h1>
            <p>"These are the words that your customers read. They are written to be courteous and easy to read, and they work as
            they are. Open one to see it with a real customer's figures, or to give it words of your own."</p>
            {groups}
        </Shell>
    }
}

fn kind_row(row: TemplateRow) -> impl IntoView {
    let kind = row.kind;
    let cells: Vec<_> = Language::ALL
        .into_iter()
        .map(|language| {
            let states: Vec<_> = row
                .states
                .iter()
                .filter(|s| s.language == language)
                .map(|state| state_line(kind.code, kind.title, state))
                .collect();
            view! { <td data-label=language.words()>{states}</td> }
        })
        .collect();
    view! { <tr><th scope="row">{kind.title}<br/><span class="soft small">{kind.when}</span></th>{cells}</tr> }
}

fn state_line(code: &str, title: &str, state: &TemplateState) -> impl IntoView + use<> {
    let href = address(code, state.channel, state.language);
    let of = format!(": {title} in {}", state.language.words());
    let words = match state.own {
        None => view! { <span class="soft small">"as delivered"</span> }.into_any(),
        Some(version) => view! { <Tag tone=Tone::Good words=format!("yours, version {version}")/> }.into_any(),
    };
    view! { <div class="state"><a href=href>{capital(state.channel.words())}<span class="sr">{of}</span></a>" "{words}</div> }
}

/// The page on which a message's words are changed.
pub fn template_page(v: TemplateView) -> impl IntoView {
    let action = address(v.kind.code, v.channel, v.language);
    let form = v.form.clone();
    let title = format!("{}: {} in {}", v.kind.title, v.channel.words(), v.language.words());
    let state = match v.own {
        None => view! { <Tag words="As delivered"/> }.into_any(),
        Some(version) => view! { <Tag tone=Tone::Good words=format!("Yours, version {version}")/> }.into_any(),
    };
    let subject = v.channel.has_subject().then(|| field(&form, "subject", "Subject", "", Input::Text));
    let debtors: Vec<(String, String)> =
        std::iter::once((String::new(), "An invented customer".to_owned())).chain(v.debtors.clone()).collect();
    let looked = Looked {
        kind: v.kind.code.to_owned(),
        channel: v.channel,
        language: v.language,
        values: v.values.clone(),
        subject: form.value("subject").to_owned(),
        body: form.value("body").to_owned(),
    };
    let variables: Vec<_> = v
        .kind
        .variables(v.channel)
        .into_iter()
        .map(|name| {
            let must =
                v.kind.required(v.channel).contains(&name).then(|| view! { " "<Tag tone=Tone::Wait words="needed"/> });
            view! { <div><dt><code>{format!("{{{{ {name} }}}}")}</code></dt><dd>{describe(name)}{must}</dd></div> }
        })
        .collect();
    let history = history(&action, v.own, v.seen, v.versions);
    view! {
        <Shell frame=v.frame here="/console/templates">
            <ErrorSummary problems=problems(&form)/>
            <Back href="/console/templates" words="Messages"/>
            <h1>{title}</h1>
            <p>{state}" Sent "{v.kind.when}"."</p>
            <div class="columns">
                <form id="template" class="card" method="post" action=action.clone() novalidate>
                    // The first button of a form is the one that Enter presses.
                    <button class="sr" name="act" value="look" tabindex="-1" aria-hidden="true">"Check"</button>
                    <input type="hidden" name="seen" value=v.seen.to_string()/>
                    {subject}
                    {body_field(&form, v.channel)}
                    <Select name="debtor" label="Try it with" options=debtors chosen=form.value("debtor").to_owned()/>
                    <div class="buttons">
                        <button class="button" name="act" value="save">"Save these words"</button>
                        <button class="button quiet" name="act" value="look">"Check and preview"</button>
                    </div>
                </form>
                <TemplateCheck looked/>
            </div>
            <section class="card" aria-labelledby="variables">
                <h2 id="variables">"What you can put in"</h2>
                <p>"Each of these becomes what it stands for. A paragraph that needs something which there is not, such as a telephone
                number, is left out. A paragraph that is only a list or the link becomes the list or the button."</p>
                <dl class="known wide-terms">{variables}</dl>
                <p class="hint">"Reading age is measured with "{formula(v.language)}". Nine is the oldest that a message may need."</p>
            </section>
            {history}
        </Shell>
    }
}

/// A word at the beginning of a line.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn body_field(form: &kept_api::console::Form, channel: Channel) -> impl IntoView + use<> {
    let problem = form.mistake("body").map(str::to_owned);
    let wrong = problem.is_some();
    let described = if wrong { "body-hint body-error" } else { "body-hint" };
    let rows = if channel == Channel::Sms { "5" } else { "22" };
    let hint = match channel {
        Channel::Sms => "One line, short enough for one text message",
        Channel::Call => "What to say, and what not to say to whoever else picks up",
        _ => "An empty line begins a new paragraph; lines that begin with “- ” are a list",
    };
    view! {
        <div class="field" class:wrong=wrong>
            <label for="body">"Message"</label>
            <p class="hint" id="body-hint">{hint}</p>
            <FieldError name="body" problem/>
            <textarea id="body" name="body" rows=rows aria-describedby=described aria-invalid=wrong.then_some("true")>
                {in_textarea(form.value("body"))}
            </textarea>
        </div>
    }
}

fn history(action: &str, own: Option<i64>, seen: i64, versions: Vec<VersionRow>) -> Option<impl IntoView + use<>> {
    if versions.is_empty() {
        return None;
    }
    let restore = |version: String, words: String| {
        let action = action.to_owned();
        view! {
            <form method="post" action=action class="inline">
                <input type="hidden" name="seen" value=seen.to_string()/>
                <input type="hidden" name="version" value=version/>
                <button class="button quiet" name="act" value="restore">"Restore"<span class="sr">{words}</span></button>
            </form>
        }
    };
    let rows: Vec<_> = versions
        .into_iter()
        .map(|row| {
            let current = own == Some(row.version) || (own.is_none() && row.version == seen);
            let what = if row.delivered { "Back to the words as delivered" } else { "Your words" };
            let change = match (current, row.delivered) {
                (true, _) => view! { <Tag tone=Tone::Good words="In force"/> }.into_any(),
                (false, true) => ().into_any(),
                (false, false) => restore(row.version.to_string(), format!(" version {}", row.version)).into_any(),
            };
            view! {
                <tr>
                    <th scope="row">"Version "{row.version}</th>
                    <td data-label="What">{what}</td>
                    <td data-label="Who">{row.who}</td>
                    <td data-label="When">{row.at}</td>
                    <td data-label="Change">{change}</td>
                </tr>
            }
        })
        .collect();
    let first = match own {
        None => view! { <Tag tone=Tone::Good words="In force"/> }.into_any(),
        Some(_) => restore(String::new(), " the words as delivered".to_owned()).into_any(),
    };
    Some(view! {
        <section aria-labelledby="history">
            <h2 id="history">"Earlier words"</h2>
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Version"</th><th scope="col">"What"</th><th scope="col">"Who"</th><th scope="col">"When"</th>
                    <th scope="col">"Change"</th>
                </tr></thead>
                <tbody>
                    {rows}
                    <tr>
                        <th scope="row">"As delivered"</th>
                        <td data-label="What">"The words that came with Kept"</td><td></td><td></td>
                        <td data-label="Change">{first}</td>
                    </tr>
                </tbody>
            </table>
        </section>
    })
}
