//! A debtor chooses how they are written to: where reminders may go, which way comes first, and in which language.

use super::stop_contact::{self, Change};
use super::{Actor, Failure, Happened, reach, record};
use crate::app::App;
use crate::carrier::Way;
use crate::store::address::{self, State};
use crate::store::debtor;
use crate::store::preference::{self, Preference};
use kept_api::portal::LANGUAGES;
use kept_domain::ids::{BusinessId, DebtorId};

/// What is chosen.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The ways by which reminders may come.
    pub reminders: Vec<Way>,
    /// The way that comes first; empty to leave it as it is.
    pub channel: String,
    /// A language's code.
    pub language: String,
}

/// Why it is not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no address for that way.
    Channel,
    /// Nothing is written in that language.
    Language,
}

/// Writes what was chosen.
///
/// # Errors
/// What cannot be chosen, `NotFound`, or the store's.
pub async fn set(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    wish: &Wish,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    if !LANGUAGES.iter().any(|(code, _)| *code == wish.language) {
        return Err(Failure::Refused(Refusal::Language));
    }
    let tx = app.db.begin().await?;
    let debtor = debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let reachable = |way: Way| reach::normalised(&debtor, way);
    if !wish.channel.is_empty() && Way::of_channel(&wish.channel).and_then(reachable).is_none() {
        return Err(Failure::Refused(Refusal::Channel));
    }
    for way in Way::ALL {
        let Some(address) = reachable(way) else { continue };
        let known = address::find(&tx, business, way.channel(), &address).await?.map_or(State::Ok, |a| a.state);
        // What bounced is no wish of theirs that they could take back here.
        let state = match (wish.reminders.contains(&way), known) {
            (false, State::Ok) => State::OptedOut,
            (true, State::OptedOut) => State::Ok,
            (_, known) => known,
        };
        let (channel, reason) = (way.channel(), "on their own page");
        let change = Change { business, debtor: id, channel, address: &address, state, reason, contact: None };
        stop_contact::change(app, &tx, change, actor).await?;
    }
    let before = preference::find(&tx, business, id).await?;
    let channel = if wish.channel.is_empty() { before.channel.clone() } else { wish.channel.clone() };
    let chosen = Preference { channel, language: wish.language.clone() };
    if chosen != before {
        preference::put(&tx, business, id, &chosen, app.clock.now_ms()).await?;
        let way = Way::of_channel(&chosen.channel).map(|way| format!("{} first, ", way.words().to_lowercase()));
        let detail = format!("Chose how to be written to: {}language {}", way.unwrap_or_default(), chosen.language);
        let happened = Happened { debtor: Some(id), kind: "preferences_chosen", subject: id.as_str(), detail };
        record(app, &tx, business, actor, happened).await?;
    }
    tx.commit().await?;
    Ok(())
}
