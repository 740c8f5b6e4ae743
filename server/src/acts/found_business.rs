//! The first business: an import may come before anybody has said who the business is.

use crate::app::App;
use crate::secret::new_id;
use crate::store::Error;
use crate::store::business::{self, Business, IdentityQuestion};
use kept_domain::money::Currency;
use kept_domain::terms::Policy;

/// A business without a name, not yet stored; the console's first page asks for the name.
pub fn unnamed(currency: Currency, zone: &str) -> Business {
    Business {
        id: new_id(),
        name: String::new(),
        email: String::new(),
        phone: String::new(),
        address: String::new(),
        zone: zone.to_owned(),
        currency,
        identity_question: IdentityQuestion::Postcode,
        policy: Policy::courteous(currency.unit_minor()),
    }
}

/// The oldest business, or a new one without a name.
pub async fn default_business(app: &App, currency: Currency, zone: &str) -> Result<Business, Error> {
    let tx = app.db.begin().await?;
    if let Some(found) = business::list(&tx).await?.into_iter().next() {
        return Ok(found);
    }
    let found = unnamed(currency, zone);
    business::insert(&tx, &found, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(found)
}
