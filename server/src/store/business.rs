//! Businesses: the tenants.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::BusinessId;
use kept_domain::money::Currency;
use kept_domain::terms::Policy;

/// A creditor, as it is stored.
#[derive(Clone, Debug)]
pub struct Business {
    /// Its id.
    pub id: BusinessId,
    /// Its trading name; empty until the first run has asked.
    pub name: String,
    /// Where debtors write to.
    pub email: String,
    /// Where debtors call.
    pub phone: String,
    /// Its postal address, a line each.
    pub address: String,
    /// The IANA zone in which its days are counted.
    pub zone: String,
    /// The currency of its terms, and of imports that name none.
    pub currency: Currency,
    /// What a debtor is asked before anything is shown.
    pub identity_question: IdentityQuestion,
    /// What it accepts without being asked.
    pub policy: Policy,
}

/// What a debtor is asked before anything is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityQuestion {
    /// The postcode of the address on file.
    Postcode,
    /// The number of any open invoice.
    InvoiceNumber,
    /// The date of birth.
    BirthDate,
    /// A one-time code, sent to the e-mail address on file.
    Code,
}

impl IdentityQuestion {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Postcode, Self::InvoiceNumber, Self::BirthDate, Self::Code];

    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Postcode => "postcode",
            Self::InvoiceNumber => "invoice_number",
            Self::BirthDate => "birth_date",
            Self::Code => "code",
        }
    }

    /// Reads a name written by [`IdentityQuestion::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.code() == code)
    }
}

pub(super) fn read(row: &Row) -> Result<Business, Error> {
    let policy = row.text(8)?;
    Ok(Business {
        id: row.text(0)?.into(),
        name: row.text(1)?,
        email: row.text(2)?,
        phone: row.text(3)?,
        address: row.text(4)?,
        zone: row.text(5)?,
        currency: row.currency(6)?,
        identity_question: row.code(7, IdentityQuestion::parse)?,
        policy: serde_json::from_str(&policy).map_err(|_| Error::Corrupt("policy".into()))?,
    })
}

/// Finds a business by its id.
pub async fn find(q: &impl Query, id: &BusinessId) -> Result<Option<Business>, Error> {
    let sql = "SELECT business_id, name, email, phone, address, zone, currency, identity_question, policy
               FROM businesses WHERE business_id = $1";
    q.row(sql, args![id]).await?.as_ref().map(read).transpose()
}

/// All businesses, oldest first.
pub async fn list(q: &impl Query) -> Result<Vec<Business>, Error> {
    let sql = "SELECT business_id, name, email, phone, address, zone, currency, identity_question, policy
               FROM businesses ORDER BY business_id";
    q.rows(sql, vec![]).await?.iter().map(read).collect()
}

/// Stores a new business.
pub async fn insert(tx: &Tx, business: &Business, now_ms: i64) -> Result<(), Error> {
    let policy = serde_json::to_string(&business.policy).map_err(|_| Error::Corrupt("policy".into()))?;
    let sql = "INSERT INTO businesses
               (business_id, name, email, phone, address, zone, currency, identity_question, policy, created_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let b = business;
    let args = args![
        &b.id,
        &b.name,
        &b.email,
        &b.phone,
        &b.address,
        &b.zone,
        b.currency,
        b.identity_question.code(),
        policy,
        now_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// Replaces what a business says of itself.
pub async fn update(tx: &Tx, business: &Business) -> Result<(), Error> {
    let policy = serde_json::to_string(&business.policy).map_err(|_| Error::Corrupt("policy".into()))?;
    let sql = "UPDATE businesses SET name = $2, email = $3, phone = $4, address = $5, zone = $6, currency = $7,
               identity_question = $8, policy = $9 WHERE business_id = $1";
    let b = business;
    let args =
        args![&b.id, &b.name, &b.email, &b.phone, &b.address, &b.zone, b.currency, b.identity_question.code(), policy];
    tx.run(sql, args).await.map(drop)
}
