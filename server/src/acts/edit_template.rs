//! Giving a message words of the business's own: held against the rules first, kept as a new version.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::template::{self, Version};
use crate::templates::texts;
use kept_domain::contact::Channel;
use kept_domain::ids::BusinessId;
use kept_domain::language::Language;
use kept_domain::template::{Fault, Kind, check};
use kept_domain::tone::{Finding, lint};

/// Which message.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    /// What it is for.
    pub kind: &'static Kind,
    /// How it goes out.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
}

impl Which {
    /// The message in words: “First nudge (E-mail, German)”.
    pub fn words(&self) -> String {
        format!("{} ({}, {})", self.kind.title, self.channel.words(), self.language.words())
    }
}

/// Why the words cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They break rules: every one of them.
    Wrong(Vec<Fault>, Vec<Finding>),
    /// Somebody else saved other words since these were looked at.
    Stale,
}

/// Saves words as the version after `seen`, the newest one that their writer saw (0 where there was none). Whoever
/// saves what is in force already changes nothing.
///
/// A language is never missing from a changed message: where the business wrote none, the words as delivered stand.
///
/// # Errors
/// Everything that is wrong with them, or the store's.
pub async fn edit_template(
    app: &App,
    business: &BusinessId,
    which: Which,
    (subject, body): (&str, &str),
    seen: i64,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let (subject, body) = (subject.trim(), body.trim());
    let faults = check(which.kind, which.channel, which.language, subject, body);
    let findings = lint(which.language, which.channel, subject, body);
    if !faults.is_empty() || !findings.is_empty() {
        return Err(Failure::Refused(Refusal::Wrong(faults, findings)));
    }
    save(app, business, which, (subject, body), seen, actor).await
}

/// Brings words back: a version of the business's, or with `None` those as delivered. They too become a new version.
///
/// # Errors
/// Not found, everything that is wrong with them by the rules of today, or the store's.
pub async fn restore_template(
    app: &App,
    business: &BusinessId,
    which: Which,
    version: Option<i64>,
    seen: i64,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let Some(version) = version else { return save(app, business, which, ("", ""), seen, actor).await };
    let (code, channel, language) = (which.kind.code, which.channel, which.language);
    let old = template::find(&app.db, business, code, channel, language, version).await?;
    let old = old.filter(|old| !old.body.is_empty()).ok_or(Failure::NotFound)?;
    edit_template(app, business, which, (&old.subject, &old.body), seen, actor).await
}

async fn save(
    app: &App,
    business: &BusinessId,
    which: Which,
    (subject, body): (&str, &str),
    seen: i64,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let (code, channel, language) = (which.kind.code, which.channel, which.language);
    let delivered = texts::delivered(code, channel, language).ok_or(Failure::NotFound)?;
    let tx = app.db.begin().await?;
    let newest = template::list(&tx, business, code, channel, language, 1).await?.pop();
    if newest.as_ref().map_or(0, |v| v.version) != seen {
        return Err(Failure::Refused(Refusal::Stale));
    }
    let back = body.is_empty() || (subject == delivered.subject && body == delivered.body);
    let (subject, body) = if back { ("", "") } else { (subject, body) };
    let now = newest.as_ref().map_or(("", ""), |v| (v.subject.as_str(), v.body.as_str()));
    if (subject, body) == now {
        return Ok(());
    }
    let version = Version {
        code: code.to_owned(),
        channel,
        language,
        version: seen + 1,
        subject: subject.to_owned(),
        body: body.to_owned(),
        actor: actor.name.clone(),
        created_at_ms: app.clock.now_ms(),
    };
    if !template::insert(&tx, business, &secret::new_id::<String>(), &version).await? {
        return Err(Failure::Refused(Refusal::Stale));
    }
    let detail = match back {
        true => format!("Brought the delivered words of {} back", which.words()),
        false => format!("Changed the words of {}: version {}", which.words(), version.version),
    };
    let happened = Happened { debtor: None, kind: "template_changed", subject: code, detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
