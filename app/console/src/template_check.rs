//! What the rules say of a message's words, and how they will look, while they are typed.
#![expect(missing_docs, reason = "the island macro makes a struct that takes no comment")]

use kept_domain::contact::Channel;
use kept_domain::language::Language;
use kept_domain::sms;
use kept_domain::template::{Block, PREVIEW_CHARS, Values, check, fill, fill_words, find_kind};
use kept_domain::tone::{Part, lint};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The words that are looked at, and what stands for their variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// The kind of message.
    pub kind: String,
    /// How it goes out.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// What stands for the variables.
    pub values: Values,
    /// The subject as typed.
    pub subject: String,
    /// The body as typed.
    pub body: String,
}

/// One thing that is wrong, for the list beside the words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    name: String,
    place: String,
    words: String,
    why: String,
    instead: String,
}

impl Looked {
    fn wrong(&self) -> Vec<Wrong> {
        let Some(kind) = find_kind(&self.kind) else { return Vec::new() };
        let place = |part: Part, line: usize| match part {
            Part::Subject => "subject".to_owned(),
            Part::Body => format!("line {line}"),
        };
        let faults = check(kind, self.channel, self.language, self.subject.trim(), self.body.trim());
        let faults = faults.into_iter().map(|f| Wrong {
            name: f.say,
            place: place(f.part, f.line),
            words: String::new(),
            why: String::new(),
            instead: String::new(),
        });
        let findings = lint(self.language, self.channel, self.subject.trim(), self.body.trim());
        let findings = findings.into_iter().map(|f| Wrong {
            name: f.rule.words().to_owned(),
            place: if f.words.is_empty() { String::new() } else { place(f.part, f.line) },
            words: f.words,
            why: f.why,
            instead: f.instead,
        });
        faults.chain(findings).collect()
    }

    fn blocks(&self) -> Vec<Block> {
        fill(self.body.trim(), &self.values)
    }

    fn sms(&self) -> String {
        let filled = fill_words(self.body.trim(), &self.values).unwrap_or_default();
        sms::plain(&filled.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Looks at the words while they are typed. Without JavaScript a button asks the server.
#[island]
pub fn TemplateCheck(
    /// The words as they were sent.
    looked: Looked,
) -> impl IntoView {
    let looked = RwSignal::new(looked);
    #[cfg(feature = "hydrate")]
    crate::browser::watch_template(looked);
    view! {
        <div class="looked">
            <section class="card" aria-labelledby="findings">
                <h2 id="findings">"What we noticed"</h2>
                <div role="status">{move || looked.with(findings)}</div>
            </section>
            <section class="card preview" aria-labelledby="preview">
                <h2 id="preview">"How it will look"</h2>
                {move || looked.with(preview)}
            </section>
        </div>
    }
}

fn findings(looked: &Looked) -> AnyView {
    let wrong = looked.wrong();
    if wrong.is_empty() {
        return view! { <p class="fine">"Nothing stands in the way. It is courteous, and easy to read."</p> }
            .into_any();
    }
    let rows: Vec<_> = wrong
        .into_iter()
        .map(|w| {
            let place = (!w.place.is_empty()).then(|| view! { <span class="soft">" ("{w.place}")"</span> });
            let words = (!w.words.is_empty()).then(|| view! { <p><q>{w.words}</q></p> });
            let why = (!w.why.is_empty()).then(|| view! { <p>{w.why}</p> });
            let instead = (!w.instead.is_empty()).then(|| view! { <p class="hint">"Instead: "{w.instead}</p> });
            view! { <li><p><strong>{w.name}</strong>{place}</p>{words}{why}{instead}</li> }
        })
        .collect();
    view! { <ul class="noticed">{rows}</ul> }.into_any()
}

fn preview(looked: &Looked) -> AnyView {
    if looked.channel == Channel::Sms {
        let text = looked.sms();
        let parts = sms::segments(&text);
        let (room, _) = parts.encoding.room();
        let size = match parts.segments {
            0 | 1 => format!("{} of {room} characters: one text message", parts.characters),
            many => format!("{} characters: {many} text messages, where one holds {room}", parts.characters),
        };
        return view! { <p class="bubble">{text}</p><p class="hint">{size}</p> }.into_any();
    }
    let blocks = looked.blocks();
    let subject = fill_words(looked.subject.trim(), &looked.values).unwrap_or_default();
    let heading = (looked.channel == Channel::Email).then(|| {
        let first = first_words(&blocks);
        let subject = subject.clone();
        view! {
            <div class="inbox">
                <p class="hint">"Before it is opened, anybody who sees the screen can read this:"</p>
                <p><strong>{subject}</strong>" "<span class="soft">{first}</span></p>
            </div>
        }
    });
    let lines: Vec<_> = blocks.into_iter().map(block).collect();
    let subject = (looked.channel == Channel::Letter).then(|| view! { <p><strong>{subject}</strong></p> });
    view! { {heading}<div class="paper" lang=looked.language.code()>{subject}{lines}</div> }.into_any()
}

/// What a mail program shows beside the subject.
fn first_words(blocks: &[Block]) -> String {
    let words = blocks.iter().map(|b| match b {
        Block::Words(words) | Block::Quote(words) | Block::Code(words) => words.clone(),
        Block::List(lines) => lines.join(" "),
        Block::Link { label, .. } => label.clone(),
    });
    words.collect::<Vec<_>>().join(" ").chars().take(PREVIEW_CHARS).collect()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Words(words) => view! { <p class="message">{words}</p> }.into_any(),
        Block::List(lines) => {
            let lines: Vec<_> = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
            view! { <ul>{lines}</ul> }.into_any()
        }
        Block::Link { label, url } => {
            view! { <p><span class="press">{label}</span><br/><span class="soft small">{url}</span></p> }.into_any()
        }
        Block::Quote(words) => view! { <blockquote class="exact">{words}</blockquote> }.into_any(),
        Block::Code(code) => view! { <p class="left">{code}</p> }.into_any(),
    }
}
