//! Writing a message whose turn has come: decided on again, with its link or code, in the words of its channel.

use super::carriers::{Carriers, Parcel};
use super::matter::{Unwanted, matter};
use super::notify::Message;
use super::reach;
use crate::app::App;
use crate::carrier::Way;
use crate::clock::date_of;
use crate::mail::{self, Mailer, Party};
use crate::secret;
use crate::sms;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::link::{self, NewLink};
use crate::store::outbox::Item;
use crate::store::stop_link::{self, StopLink};
use crate::store::{Error, Tx, business, preference, template};
use crate::templates::{self, Language, Matter, Sides, Texts};
use kept_domain::ids::LinkId;

/// Milliseconds for which an unsubscribe link works: longer than anybody keeps a reminder.
const STOP_LINK_MS: i64 = 400 * 86_400_000;

/// Why there is nothing to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// It is not wanted any more: a code.
    Unwanted(String),
    /// It never can be.
    Unusable(String),
    /// Something has to be set first.
    Later(String),
    /// It may not leave before this instant, epoch milliseconds.
    Until(i64),
}

/// A message that is ready, and the secrets in it that nothing else may hold.
pub(super) struct Ready {
    /// What is handed over.
    pub(super) parcel: Parcel,
    /// The link that it carries.
    pub(super) link: Option<LinkId>,
    secrets: Vec<(String, &'static str)>,
}

impl Ready {
    /// A text in which no secret stands.
    pub(super) fn redacted(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, (secret, mask)| text.replace(secret, mask))
    }
}

/// Decides again, mints the link or the code, and writes the message; or says why there is none to send. The caller
/// holds the debtor's row.
pub(super) async fn write(
    app: &App,
    carriers: &Carriers,
    tx: &Tx,
    item: &Item,
    debtor: Option<Debtor>,
    now_ms: i64,
) -> Result<Result<Ready, Unwritten>, Error> {
    let unwanted = |reason: &str| Ok(Err(Unwritten::Unwanted(reason.to_owned())));
    let Some(way) = Way::of_kind(&item.kind).filter(|way| Way::ALL.contains(way)) else {
        return Ok(Err(Unwritten::Unusable(format!("not a kind that is known: {}", item.kind))));
    };
    let message: Message = serde_json::from_str(&item.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    let (Some(home), Some(debtor)) = (business::find(tx, &item.business).await?, debtor) else {
        return unwanted("not_found");
    };
    let address = match reach::address(tx, &item.business, &debtor, way, message.is_reminder()).await? {
        Ok(address) => address,
        Err(reach::UNUSABLE) => return Ok(Err(Unwritten::Unusable(reach::UNUSABLE.into()))),
        Err(reason) => return unwanted(reason),
    };
    let Some((from, reply_to)) = sender(app, carriers, way, &home) else {
        return Ok(Err(Unwritten::Later("no sender: set mail.from, or the business's e-mail address".into())));
    };
    let matter = match matter(app, tx, item, &home, &debtor, &message, now_ms).await? {
        Ok(matter) => matter,
        Err(Unwanted::Never(reason)) => return unwanted(&reason),
        Err(Unwanted::Until(until_ms)) => return Ok(Err(Unwritten::Until(until_ms))),
    };
    let mut secrets = Vec::new();
    if let Matter::OneTimeCode { code, .. } = &matter {
        secrets.push((code.clone(), "••••••"));
    }
    let mut sides = Sides {
        business: from.name.clone(),
        phone: home.phone.clone(),
        address: home.address.clone(),
        name: debtor.name.clone(),
        url: None,
        url_until: date_of(now_ms + app.config.link_ms(), &home.zone),
    };
    let mut unsubscribe = None;
    if let (Way::Mail, true, Some(contact)) = (way, message.is_reminder(), &item.contact) {
        let token = secret::token().map_err(|_| Error::Corrupt("the system's randomness".into()))?;
        let stop = StopLink {
            business: item.business.clone(),
            debtor: debtor.id.clone(),
            contact: contact.clone(),
            channel: way.channel().into(),
            address: address.clone(),
            expires_at_ms: now_ms + STOP_LINK_MS,
        };
        stop_link::insert(tx, &secret::sha256(&token), &stop).await?;
        unsubscribe = Some(format!("{}/u/{token}", app.public_url()));
        secrets.push((token, "…"));
    }
    let mut link = None;
    if !matches!(message, Message::OneTimeCode { .. }) {
        let (id, token) = mint(app, tx, item, &message, now_ms).await?;
        sides.url = Some(format!("{}/l/{token}", app.public_url()));
        secrets.push((token, "…"));
        link = Some(id);
    }
    let chosen = preference::find(tx, &item.business, &debtor.id).await?.language;
    let language = Language::of(if chosen.is_empty() { &debtor.language } else { &chosen });
    let texts = Texts(template::in_force(tx, &item.business).await?);
    let parcel = match way {
        Way::Mail => {
            let written = templates::write(&texts, language, &sides, &matter);
            let mut outgoing = mail::Outgoing {
                id: item.id.clone(),
                from,
                reply_to,
                // As it is on file: only its owner's server knows whether small letters are the same.
                to: Party { address: reach::on_file(&debtor, way).to_owned(), name: debtor.name },
                subject: written.subject.clone(),
                text: written.text(),
                html: written.html(),
                unsubscribe,
                return_path: None,
                at_ms: now_ms,
            };
            let bounces = app.config.mail.bounces.as_deref();
            outgoing.return_path = bounces.and_then(|b| mail::inbound::return_path(b, &outgoing.message_id()));
            Parcel::Mail(Box::new(outgoing))
        }
        // Nobody hands it over here: it is written when its batch is closed.
        Way::Letter => return Ok(Err(Unwritten::Unusable("a letter waits for its batch".into()))),
        Way::Sms => Parcel::Sms(sms::Outgoing {
            id: item.id.clone(),
            to: address,
            text: templates::short(&texts, language, &sides, &matter),
            callback: format!(
                "{}/hooks/sms?of={}.{}",
                app.public_url(),
                item.business,
                item.contact.as_deref().unwrap_or_default()
            ),
        }),
    };
    Ok(Ok(Ready { parcel, link, secrets }))
}

/// Who it is from and where answers go. `None` where nobody could answer and mail leaves this machine.
fn sender(app: &App, carriers: &Carriers, way: Way, home: &Business) -> Option<(Party, Option<Party>)> {
    let own = Party { name: home.name.clone(), address: home.email.clone() };
    let own = mail::is_address(&own.address).then_some(own);
    let said = app.config.mail.from.as_deref().and_then(mail::parse_party);
    let nobody = || Party { name: home.name.clone(), address: "kept@localhost".into() };
    // A text message needs no address of ours beyond the number that the configuration names.
    let harmless = way != Way::Mail || Mailer::stays_here(&carriers.mail);
    let mut from = said.or_else(|| own.clone()).or_else(|| harmless.then(nobody))?;
    if from.name.is_empty() {
        from.name = home.name.clone();
    }
    Some((from, own))
}

/// A link of the message's own; only its fingerprint is stored.
pub(super) async fn mint(
    app: &App,
    tx: &Tx,
    item: &Item,
    message: &Message,
    now_ms: i64,
) -> Result<(LinkId, String), Error> {
    let token = secret::token().map_err(|_| Error::Corrupt("the system's randomness".into()))?;
    let new = NewLink {
        id: secret::new_id(),
        debtor: item.debtor.clone(),
        token_hash: secret::sha256(&token),
        origin: match message {
            Message::Reminder => "reminder",
            Message::FreshLink => "fresh",
            _ => "message",
        }
        .into(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + app.config.link_ms(),
    };
    link::insert(tx, &item.business, &new).await?;
    Ok((new.id, token))
}
