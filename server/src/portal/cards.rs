//! `/account/cards/{id}`: a kept card is taken back.

use super::Visitor;
use crate::acts::keep_card::{self, Ended};
use crate::acts::{Actor, Failure};
use crate::app::App;
use crate::clock::date_of;
use crate::door::{Answer, see_other};
use crate::store::mandate::Mandate;
use axum::extract::{Path, State};
use kept_api::portal::KeptCard;
use kept_domain::ids::MandateId;

/// `POST /account/cards/{id}`: it is not charged any more.
pub async fn stop(State(app): State<App>, visitor: Visitor, Path(id): Path<MandateId>) -> Answer {
    let s = &visitor.session;
    match keep_card::revoke(&app, &s.business, &s.debtor, &id, &Actor::debtor(&visitor.address)).await {
        // One that has ended already is as it should be.
        Ok(()) | Err(Failure::Refused(Ended)) => Ok(see_other("/account")),
        Err(other) => Err(other.into()),
    }
}

/// A kept card as the pages show it.
pub(super) fn shown(m: &Mandate, zone: &str) -> KeptCard {
    let name = if m.last4.is_empty() { "you paid with".to_owned() } else { format!("{} ending {}", m.brand, m.last4) };
    KeptCard { id: m.id.to_string(), name, agreed_on: date_of(m.agreed_at_ms, zone), words: m.words.clone() }
}
