//! The first business: an import may come before anybody has said who the business is.

use crate::store::business::{Business, IdentityQuestion};
use kept_domain::money::Currency;
use kept_domain::terms::Policy;

/// The id of the business that is founded first, so that two first runs at the same moment cannot make two.
const FIRST: &str = "00000000-0000-7000-8000-000000000001";

/// The first business, without a name and not yet stored; the console's first page asks for the name.
pub fn unnamed(currency: Currency, zone: &str) -> Business {
    Business {
        id: FIRST.into(),
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
