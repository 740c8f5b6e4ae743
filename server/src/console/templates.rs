//! The words of messages: the list, and one of them with its rules, preview and versions.

use super::{Answer, Refused, Visitor, form, query, refused, send, text};
use crate::acts::edit_template::{Refusal, Which, edit_template, restore_template};
use crate::door::{No, see_other};
use crate::store::template::Version;
use crate::store::{debtor, invoice, template};
use crate::templates::{self, Item, Texts};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use chrono::NaiveDate;
use kept_api::console::Form;
use kept_api::templates::{TemplateRow, TemplateState, TemplateView, TemplatesView, VersionRow};
use kept_console::templates::{address, template_page, templates_page};
use kept_domain::calendar::{plus_days, show_in};
use kept_domain::contact::Channel;
use kept_domain::ids::DebtorId;
use kept_domain::language::Language;
use kept_domain::money::Money;
use kept_domain::template::{Fault, KINDS, Value, Values, find_kind};
use kept_domain::tone::{Finding, Part};

/// Debtors that the preview can be tried with.
const DEBTORS: u32 = 100;
/// Versions that are shown.
const VERSIONS: u32 = 50;
/// Invoices of a preview at most.
const ITEMS: usize = 5;

/// Shows every message.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor) -> Answer {
    let texts = Texts(template::in_force(&visitor.app.db, &visitor.business.id).await?);
    let rows = KINDS
        .iter()
        .map(|kind| {
            let each = kind.channels.iter().flat_map(|channel| Language::ALL.map(|language| (*channel, language)));
            let state = |(channel, language)| {
                let own = texts.own(kind.code, channel, language).map(|v| v.version);
                TemplateState { channel, language, own }
            };
            TemplateRow { kind, states: each.map(state).collect() }
        })
        .collect();
    let v = TemplatesView { frame: visitor.frame().await?, rows };
    Ok(send("Messages", None, || templates_page(v)))
}

/// The message of an address, where there is such a one.
fn which(code: &str, channel: &str, language: &str) -> Result<Which, Refused> {
    let kind = find_kind(code).ok_or(No::NotFound)?;
    let channel = Channel::parse(channel).filter(|c| kind.channels.contains(c)).ok_or(No::NotFound)?;
    let language = Language::parse(language).ok_or(No::NotFound)?;
    Ok(Which { kind, channel, language })
}

/// Shows one message with the words in force.
///
/// # Errors
/// 404 where there is no such message, or the store's.
pub async fn show_one(
    visitor: Visitor,
    Path((code, channel, language)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Answer {
    let which = which(&code, &channel, &language)?;
    let values = query(&raw.unwrap_or_default());
    let mut shown = Form::default();
    shown.preset("debtor", text(&values, "debtor"));
    page(&visitor, which, shown).await
}

/// Saves words, brings earlier ones back, or only looks at what was typed.
///
/// # Errors
/// 404 where there is no such message or version, or the store's.
pub async fn save(
    visitor: Visitor,
    Path((code, channel, language)): Path<(String, String, String)>,
    body: Bytes,
) -> Answer {
    let which = which(&code, &channel, &language)?;
    let mut typed = form(&body)?;
    for (_, value) in &mut typed.values {
        *value = value.replace("\r\n", "\n");
    }
    let seen = typed.value("seen").parse::<i64>().map_err(|_| No::Unreadable)?;
    let (app, business, actor) = (&visitor.app, &visitor.business.id, &visitor.actor);
    let result = match typed.value("act") {
        "save" => {
            let words = (typed.value("subject"), typed.value("body"));
            edit_template(app, business, which, words, seen, actor).await
        }
        "restore" => {
            let version = match typed.value("version") {
                "" => None,
                number => Some(number.parse::<i64>().map_err(|_| No::NotFound)?),
            };
            restore_template(app, business, which, version, seen, actor).await
        }
        _ => return page(&visitor, which, typed).await,
    };
    match refused(result)? {
        Ok(()) => Ok(see_other(&format!("{}?done=words", address(which.kind.code, which.channel, which.language)))),
        Err(Refusal::Stale) => {
            typed.wrong("body", "Somebody else saved other words in the meantime. Open the page again to see them");
            page(&visitor, which, typed).await
        }
        Err(Refusal::Wrong(faults, findings)) => {
            note(&mut typed, &faults, &findings);
            page(&visitor, which, typed).await
        }
    }
}

/// Every mistake, at its field.
fn note(typed: &mut Form, faults: &[Fault], findings: &[Finding]) {
    let field = |part| if part == Part::Subject { "subject" } else { "body" };
    for fault in faults {
        typed.wrong(field(fault.part), format!("{} (line {})", fault.say, fault.line));
    }
    for finding in findings {
        typed.wrong(field(finding.part), finding.sentence());
    }
}

async fn page(visitor: &Visitor, which: Which, mut shown: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let Which { kind, channel, language } = which;
    let versions = template::list(db, business, kind.code, channel, language, VERSIONS).await?;
    let newest = versions.first();
    let own = newest.filter(|v| !v.body.is_empty()).map(|v| v.version);
    let seen = newest.map_or(0, |v| v.version);
    let texts = Texts(newest.cloned().into_iter().collect());
    let words = texts.find(kind.code, channel, language).ok_or(No::NotFound)?;
    shown.preset("subject", words.subject);
    shown.preset("body", words.body);
    let names = visitor.names().await?;
    let row = |v: &Version| VersionRow {
        version: v.version,
        delivered: v.body.is_empty(),
        who: names.who(&v.actor),
        at: visitor.at(v.created_at_ms),
    };
    let debtors = debtor::list(db, business, "", DEBTORS).await?;
    let v = TemplateView {
        frame: visitor.frame().await?,
        kind,
        channel,
        language,
        own,
        // A form that was sent says itself what its writer had seen.
        seen: shown.value("seen").parse().unwrap_or(seen),
        values: values(visitor, which, shown.value("debtor")).await?,
        debtors: debtors.into_iter().map(|d| (d.id.to_string(), d.name)).collect(),
        versions: versions.iter().map(row).collect(),
        form: shown,
    };
    let form = v.form.clone();
    Ok(send(kind.title, Some(&form), || template_page(v)))
}

/// What stands for the variables in the preview: the figures of a debtor, or invented ones where none is named or
/// nothing is open.
async fn values(visitor: &Visitor, which: Which, id: &str) -> Result<Values, Refused> {
    let Which { kind, channel, language } = which;
    let (home, today) = (&visitor.business, visitor.today());
    let id = DebtorId::from(id.to_owned());
    let found = debtor::find(&visitor.app.db, &home.id, &id).await?;
    let mut plain = templates::Values {
        business: home.name.clone(),
        phone: home.phone.clone(),
        address: home.address.clone(),
        name: found.as_ref().map_or("Ann Archer".to_owned(), |d| d.name.clone()),
        by_card: visitor.app.config.stripe.secret_key.is_some(),
        link: (channel != Channel::Call).then(|| format!("{}/l/example", visitor.app.public_url())),
        link_until: Some(plus_days(today, 60)),
        pay_on: Some(today),
        ..templates::Values::default()
    };
    if let Some(debtor) = &found {
        for s in invoice::list_open(&visitor.app.db, &home.id, &debtor.id).await? {
            plain.some_disputed |= s.disputed_minor > 0;
            let left = Money::new(s.left_minor - s.disputed_minor, s.invoice.currency);
            if left.minor > 0 && plain.items.len() < ITEMS {
                add(&mut plain.totals, left);
                plain.items.push(Item { number: s.invoice.number, due_on: s.invoice.due_on, left });
            }
        }
    }
    if plain.items.is_empty() {
        let left = Money::new(123 * home.currency.unit_minor(), home.currency);
        plain.items.push(Item { number: "2026-17".into(), due_on: today, left });
        plain.totals.push(left);
    }
    if kind.variables.contains(&"payments") {
        plain.items.truncate(1);
        plain.items.iter_mut().for_each(|item| item.number.clear());
        plain.totals = plain.items.iter().map(|item| item.left).collect();
    }
    let mut values = plain.fill(channel, language, templates::label(kind.code));
    invent(&mut values, plain.totals.first().copied(), today, language);
    Ok(values)
}

fn add(totals: &mut Vec<Money>, left: Money) {
    match totals.iter_mut().find(|t| t.currency == left.currency) {
        Some(total) => total.minor += left.minor,
        None => totals.push(left),
    }
}

/// What only something that happens would say.
fn invent(values: &mut Values, amount: Option<Money>, today: NaiveDate, language: Language) {
    let amount = amount.map_or(String::new(), |m| m.show_in(language));
    for name in ["words", "reason", "answer"] {
        values.set(name, Value::Quote("“…”".to_owned()));
    }
    for name in ["amount", "credited", "left"] {
        values.text(name, &*amount);
    }
    values.text("paid_on", show_in(today, language));
    values.text("answer_by", show_in(plus_days(today, 7), language));
    values.text("card", "4242");
    values.text("charge_on", show_in(plus_days(today, 3), language));
    values.text("again", "…");
    values.text("reference", "2026-0001");
    values.set("code", Value::Code("042917".to_owned()));
    values.text("minutes", "15");
}
