//! What comes in from carriers: stored as it came, then settled by a job. A bounce marks an address, a reply stands on
//! the timeline, and whoever asks us to stop is not reminded there again.

use super::stop_contact::{self, Change};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::carrier::Way;
use crate::mail::inbound::{self as mail, Said};
use crate::mail::inbox;
use crate::secret;
use crate::store::address::{self, State};
use crate::store::contact::{self, Contact, Decided};
use crate::store::inbound::{self, Inbound};
use crate::store::{Error, Tx, debtor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kept_domain::contact::says_stop;
use kept_domain::ids::{BusinessId, DebtorId};

/// Things that are settled in one read.
const PAGE: u32 = 50;
/// Milliseconds to the next try of what could not be settled, doubled each time up to [`RETRY_MAX_MS`].
const RETRY_MS: i64 = 5_000;
/// See [`RETRY_MS`].
const RETRY_MAX_MS: i64 = 3_600_000;
/// Who reports what became of a message.
const CARRIER: &str = "carrier";
/// Numbers to which no text message can ever go: unknown, a landline, invalid, no mobile.
/// <https://www.twilio.com/docs/api/errors>
const HARD_CODES: [&str; 4] = ["30005", "30006", "21211", "21614"];
/// The number asked the carrier itself to stop.
const STOPPED_CODE: &str = "21610";

/// Stores what came in; `false` where it is known already. Nothing else happens here.
///
/// # Errors
/// The store's.
pub async fn receive(app: &App, kind: &str, id: &str, body: &str) -> Result<bool, Error> {
    let tx = app.db.begin().await?;
    let new = Inbound { id: id.to_owned(), kind: kind.to_owned(), body: body.to_owned(), tries: 0 };
    let stored = inbound::insert(&tx, &new, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Stores a form about text messages; `of` is what the address named that was called.
///
/// # Errors
/// The store's.
pub async fn receive_sms(app: &App, fields: &[(String, String)], of: &str) -> Result<bool, Error> {
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
    let (sid, status) = (field("MessageSid"), field("MessageStatus"));
    let (kind, id) = match status {
        "" => ("sms", format!("sms:{sid}")),
        status => ("sms_status", format!("sms:{sid}:{status}")),
    };
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    all.push(("of", of));
    let body = serde_urlencoded::to_string(all).map_err(|_| Error::Corrupt("body".into()))?;
    receive(app, kind, &id, &body).await
}

/// Stores a raw message; the same bytes are the same message.
///
/// # Errors
/// The store's.
pub async fn receive_mail(app: &App, raw: &[u8]) -> Result<bool, Error> {
    receive(app, "mail", &format!("mail:{}", secret::sha256(raw)), &STANDARD.encode(raw)).await
}

/// Stores what lies in the mailbox's folder, then settles everything that is due; answers how many.
///
/// # Errors
/// When the store fails.
pub async fn run(app: &App) -> Result<u32, Error> {
    if let Some(folder) = &app.config.mail.inbox {
        match inbox::list(folder, PAGE as usize) {
            Ok(waiting) => {
                for message in waiting {
                    receive_mail(app, &message.raw).await?;
                    if let Err(error) = message.done(folder) {
                        tracing::warn!("{}: {error}", folder.display());
                    }
                }
            }
            Err(error) => tracing::warn!("{}: {error}", folder.display()),
        }
    }
    let mut done = 0;
    loop {
        let due = inbound::list_due(&app.db, app.clock.now_ms(), PAGE).await?;
        if due.is_empty() {
            return Ok(done);
        }
        for one in due {
            match settle(app, &one).await {
                Ok(()) => done += 1,
                Err(error @ Error::Database(_)) => return Err(error),
                // What is wrong with one does not hold up the others.
                Err(error) => {
                    tracing::warn!("{} could not be settled: {error}", one.kind);
                    let wait_ms = RETRY_MS.saturating_mul(1 << one.tries.clamp(0, 20)).min(RETRY_MAX_MS);
                    let tx = app.db.begin().await?;
                    inbound::retry(&tx, &one.id, app.clock.now_ms() + wait_ms).await?;
                    tx.commit().await?;
                }
            }
        }
    }
}

/// Settles one, once: what it changes commits with the note that it is settled.
async fn settle(app: &App, one: &Inbound) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let now_ms = app.clock.now_ms();
    // First, so that of two workers one waits and then finds it settled.
    if !inbound::settle(&tx, &one.id, "settled", now_ms).await? {
        return Ok(());
    }
    match one.kind.as_str() {
        "mail" => settle_mail(app, &tx, &one.body).await?,
        "sms_status" => settle_status(app, &tx, &Form::of(&one.body)?).await?,
        _ => settle_sms(app, &tx, &Form::of(&one.body)?).await?,
    }
    tx.commit().await
}

/// The fields of a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn of(body: &str) -> Result<Self, Error> {
        serde_urlencoded::from_str(body).map(Self).map_err(|_| Error::Corrupt("body".into()))
    }

    fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }
}

async fn settle_mail(app: &App, tx: &Tx, body: &str) -> Result<(), Error> {
    let raw = STANDARD.decode(body).map_err(|_| Error::Corrupt("body".into()))?;
    let Some(read) = mail::read(&raw) else { return Ok(()) };
    let mut found = None;
    for id in read.about.iter().take(20) {
        found = contact::find_by_provider_id(tx, Way::Mail.channel(), id).await?;
        if found.is_some() {
            break;
        }
    }
    let Some((business, ours)) = found else { return Ok(()) };
    match read.said {
        Said::Machine => Ok(()),
        Said::Bounce { hard, recipient, why } => {
            // A copy that somebody forwarded and that came back from there says nothing of our own address.
            let hard = hard && (recipient.is_empty() || recipient == ours.address);
            returned(app, tx, &business, &ours, Way::Mail, hard, &why).await
        }
        Said::Person { subject, words } => {
            let said = Words { way: Way::Mail, address: &ours.address, subject: &subject, words: &words };
            hear(app, tx, &business, &ours.debtor, said, says_stop(&words)).await
        }
    }
}

async fn settle_status(app: &App, tx: &Tx, form: &Form) -> Result<(), Error> {
    let (sid, status, code) = (form.field("MessageSid"), form.field("MessageStatus"), form.field("ErrorCode"));
    let mut found = contact::find_by_provider_id(tx, Way::Sms.channel(), sid).await?;
    if found.is_none()
        && let Some((business, id)) = form.field("of").split_once('.')
    {
        // Nobody told us the message's id when we handed it over; the address that we gave with it did.
        let business = BusinessId::from(business.to_owned());
        let ours = contact::find(tx, &business, id).await?.filter(|c| c.channel == Way::Sms.channel());
        if let Some(ours) = ours.filter(|c| c.provider_id.is_empty()) {
            contact::set_provider_id(tx, &business, &ours.id, sid).await?;
            found = Some((business, ours));
        }
    }
    let Some((business, ours)) = found else { return Ok(()) };
    match status {
        "sent" | "delivered" => {
            debtor::lock(tx, &business, &ours.debtor).await?;
            contact::set_delivered(tx, &business, &ours.id, app.clock.now_ms()).await
        }
        "undelivered" | "failed" => {
            let why = format!("the carrier says {status} {code}");
            if code == STOPPED_CODE {
                let said = Words { way: Way::Sms, address: &ours.address, subject: "", words: "" };
                debtor::lock(tx, &business, &ours.debtor).await?;
                contact::set_returned(tx, &business, &ours.id, true, &why).await?;
                return stop(app, tx, &business, &ours.debtor, &said, None, "the carrier says that they asked it to")
                    .await;
            }
            returned(app, tx, &business, &ours, Way::Sms, HARD_CODES.contains(&code), &why).await
        }
        _ => Ok(()),
    }
}

/// A message came back: for good, then the address is not used again; or not, then it is only noted.
async fn returned(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    ours: &Contact,
    way: Way,
    hard: bool,
    why: &str,
) -> Result<(), Error> {
    let actor = Actor::local(CARRIER);
    debtor::lock(tx, business, &ours.debtor).await?;
    contact::set_returned(tx, business, &ours.id, hard, why).await?;
    if !hard {
        let detail = format!("{} to {} did not arrive yet: {why}", way.words(), ours.address);
        let happened = Happened { debtor: Some(&ours.debtor), kind: "message_delayed", subject: &ours.id, detail };
        return record(app, tx, business, &actor, happened).await;
    }
    let bounced = Change {
        business,
        debtor: &ours.debtor,
        channel: way.channel(),
        address: &ours.address,
        state: State::Bounced,
        reason: why,
        contact: Some(&ours.id),
    };
    stop_contact::change(app, tx, bounced, &actor).await.map(drop)
}

/// What somebody said, where and by which way.
struct Words<'a> {
    way: Way,
    address: &'a str,
    subject: &'a str,
    words: &'a str,
}

/// Puts what a debtor said on their timeline, and stops reminders there where they ask for it.
async fn hear(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    id: &DebtorId,
    said: Words<'_>,
    stops: bool,
) -> Result<(), Error> {
    debtor::lock(tx, business, id).await?;
    let heard = Contact {
        id: secret::new_id(),
        debtor: id.clone(),
        channel: said.way.channel().to_owned(),
        direction: "in".to_owned(),
        purpose: "reply".to_owned(),
        step: String::new(),
        state: "recorded".to_owned(),
        reason: String::new(),
        subject: said.subject.to_owned(),
        body: said.words.to_owned(),
        actor: "debtor".to_owned(),
        at_ms: app.clock.now_ms(),
        link: None,
        address: said.address.to_owned(),
        provider_id: String::new(),
        decided: Decided::default(),
        outcome: String::new(),
    };
    contact::insert(tx, business, &heard).await?;
    let first = said.words.lines().next().unwrap_or_default();
    let detail = format!("Wrote back by {}: {}", said.way.words().to_lowercase(), mail::bounded(first, 120));
    let happened = Happened { debtor: Some(id), kind: "reply_received", subject: &heard.id, detail };
    record(app, tx, business, &Actor::debtor(""), happened).await?;
    if stops {
        stop(app, tx, business, id, &said, Some(&heard.id), "they wrote that we should stop").await?;
    }
    Ok(())
}

async fn stop(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    id: &DebtorId,
    said: &Words<'_>,
    contact: Option<&str>,
    reason: &str,
) -> Result<(), Error> {
    let (channel, address) = (said.way.channel(), said.address);
    let change = Change { business, debtor: id, channel, address, state: State::OptedOut, reason, contact };
    stop_contact::change(app, tx, change, &Actor::debtor("")).await.map(drop)
}

/// The words that carriers know. <https://help.twilio.com/articles/223134027>
const STOP_WORDS: [&str; 7] = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "ARRET"];
const START_WORDS: [&str; 3] = ["START", "UNSTOP", "YES"];

async fn settle_sms(app: &App, tx: &Tx, form: &Form) -> Result<(), Error> {
    let (from, text) = (form.field("From"), mail::bounded(form.field("Body"), mail::WORDS_CHARS_MAX));
    let reached = contact::list_reached(tx, Way::Sms.channel(), from).await?;
    let word = text.trim_matches(|c: char| !c.is_alphanumeric()).to_uppercase();
    let stops = STOP_WORDS.contains(&word.as_str()) || says_stop(&text);
    for (at, (business, id, last)) in reached.iter().enumerate() {
        let said = Words { way: Way::Sms, address: from, subject: "", words: &text };
        if at == 0 {
            // Words are for whoever wrote last; they are nobody else's to read.
            hear(app, tx, business, id, said, stops).await?;
        } else if stops {
            // A number that stops the sender's number stops it for everybody who sends by it.
            debtor::lock(tx, business, id).await?;
            stop(app, tx, business, id, &said, Some(last), "they wrote that we should stop").await?;
        }
        if START_WORDS.contains(&word.as_str()) {
            debtor::lock(tx, business, id).await?;
            let known = address::find(tx, business, Way::Sms.channel(), from).await?;
            if known.is_some_and(|known| known.state == State::OptedOut) {
                let change = Change {
                    business,
                    debtor: id,
                    channel: Way::Sms.channel(),
                    address: from,
                    state: State::Ok,
                    reason: "they wrote that we may",
                    contact: None,
                };
                stop_contact::change(app, tx, change, &Actor::debtor("")).await?;
            }
        }
    }
    Ok(())
}
