//! Listings of what happened in a range of time: what a reconciliation is made of. A page that fails is the whole listing's
//! failure, so that what is missing is never taken for what is not there.

use serde::de::DeserializeOwned;

use super::{Fields, PAGE_LIMIT, segment, shapes};
use crate::gateway::{Dispute, Gateway, GatewayError, Of, Payment, Refund};

/// Pages read in one listing: a hundred thousand things. Whoever has more in a range asks for a shorter one.
const PAGES_MAX: usize = 1000;

/// Seconds since 1970: from the first to before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    /// The first second that belongs to it.
    pub from_s: i64,
    /// The first second that does not.
    pub until_s: i64,
}

impl Gateway {
    /// Every payment that was made in a range of time, newest first, as far as a listing tells: without its charge.
    ///
    /// # Errors
    /// Any [`GatewayError`]; reading changes nothing, so it may be repeated after each.
    pub async fn list_payments(&self, created: Created) -> Result<Vec<Payment>, GatewayError> {
        let all: Vec<shapes::Intent> = self.list("/v1/payment_intents", created, &[]).await?;
        all.into_iter().map(shapes::Intent::payment).collect()
    }

    /// Every refund that was made in a range of time, newest first.
    ///
    /// # Errors
    /// Any [`GatewayError`]; reading changes nothing, so it may be repeated after each.
    pub async fn list_refunds(&self, created: Created) -> Result<Vec<Of<Refund>>, GatewayError> {
        let all: Vec<shapes::Refund> = self.list("/v1/refunds", created, &["data.payment_intent"]).await?;
        all.into_iter().map(shapes::Refund::of_payment).collect()
    }

    /// Every dispute that was opened in a range of time, newest first.
    ///
    /// # Errors
    /// Any [`GatewayError`]; reading changes nothing, so it may be repeated after each.
    pub async fn list_disputes(&self, created: Created) -> Result<Vec<Of<Dispute>>, GatewayError> {
        let all: Vec<shapes::Dispute> = self.list("/v1/disputes", created, &["data.payment_intent"]).await?;
        all.into_iter().map(shapes::Dispute::of_payment).collect()
    }

    /// A payment, or nothing where the gateway knows none with this id.
    ///
    /// # Errors
    /// Any other [`GatewayError`].
    pub async fn find_payment_by_id(&self, id: &str) -> Result<Option<Payment>, GatewayError> {
        let found: Option<shapes::Intent> = self.find(&format!("/v1/payment_intents/{}", segment(id)?), &[]).await?;
        found.map(shapes::Intent::payment).transpose()
    }

    /// A refund, or nothing where the gateway knows none with this id.
    ///
    /// # Errors
    /// Any other [`GatewayError`].
    pub async fn find_refund(&self, id: &str) -> Result<Option<Of<Refund>>, GatewayError> {
        let path = format!("/v1/refunds/{}", segment(id)?);
        let found: Option<shapes::Refund> = self.find(&path, &["payment_intent"]).await?;
        found.map(shapes::Refund::of_payment).transpose()
    }

    /// A dispute, or nothing where the gateway knows none with this id.
    ///
    /// # Errors
    /// Any other [`GatewayError`].
    pub async fn find_dispute(&self, id: &str) -> Result<Option<Of<Dispute>>, GatewayError> {
        let path = format!("/v1/disputes/{}", segment(id)?);
        let found: Option<shapes::Dispute> = self.find(&path, &["payment_intent"]).await?;
        found.map(shapes::Dispute::of_payment).transpose()
    }

    async fn find<T: DeserializeOwned>(&self, path: &str, expand: &[&str]) -> Result<Option<T>, GatewayError> {
        let query: Fields<'_> = expand.iter().map(|path| ("expand[]", (*path).to_owned())).collect();
        match self.get(path, &query).await {
            Ok(found) => Ok(Some(found)),
            Err(GatewayError::Refused(refusal)) if refusal.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list<T: DeserializeOwned + shapes::Identified>(
        &self,
        path: &str,
        created: Created,
        expand: &[&str],
    ) -> Result<Vec<T>, GatewayError> {
        let mut all: Vec<T> = Vec::new();
        for _ in 0..PAGES_MAX {
            let mut query = vec![
                ("limit", PAGE_LIMIT.to_owned()),
                ("created[gte]", created.from_s.to_string()),
                ("created[lt]", created.until_s.to_string()),
            ];
            query.extend(expand.iter().map(|path| ("expand[]", (*path).to_owned())));
            query.extend(all.last().map(|last| ("starting_after", last.id().to_owned())));
            let page: shapes::List<T> = self.get(path, &query).await?;
            let (more, empty) = (page.has_more, page.data.is_empty());
            all.extend(page.data);
            if !more || empty {
                return Ok(all);
            }
        }
        Err(GatewayError::Unknown { reason: format!("more than {PAGES_MAX} pages of {path}") })
    }
}
