//! Mandates: cards that are kept by consent, and the charges that were announced.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::charge::Notice;
use kept_domain::ids::{AttemptId, BusinessId, CommitmentId, DebtorId, MandateId};
use kept_domain::mandate::State;
use kept_domain::money::Currency;

/// A consent as it is stored.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// Its id.
    pub id: MandateId,
    /// Whose card.
    pub debtor: DebtorId,
    /// The agreement whose later payments it is for.
    pub commitment: CommitmentId,
    /// The currency.
    pub currency: Currency,
    /// The payment on a page that brings the card.
    pub attempt: AttemptId,
    /// Where it stands.
    pub state: State,
    /// Exactly what was shown before it was agreed to.
    pub words: String,
    /// The version of the words.
    pub words_version: String,
    /// The language of the words.
    pub words_language: String,
    /// SHA-256 of the words.
    pub words_sha256: String,
    /// How identity was checked.
    pub identity: String,
    /// The network address it came from.
    pub address: String,
    /// Epoch milliseconds.
    pub agreed_at_ms: i64,
    /// The gateway's customer; empty until the card has come.
    pub customer: String,
    /// The gateway's card; empty until it has come.
    pub payment_method: String,
    /// Such as `visa`; empty where the gateway did not say.
    pub brand: String,
    /// The last four digits; empty where the gateway did not say.
    pub last4: String,
    /// Who ended it; empty before.
    pub ended_by: String,
    /// Epoch milliseconds.
    pub ended_at_ms: Option<i64>,
}

pub(super) fn read(row: &Row) -> Result<Mandate, Error> {
    Ok(Mandate {
        id: row.text(0)?.into(),
        debtor: row.text(1)?.into(),
        commitment: row.text(2)?.into(),
        currency: row.currency(3)?,
        attempt: row.text(4)?.into(),
        state: row.code(5, State::parse)?,
        words: row.text(6)?,
        words_version: row.text(7)?,
        words_language: row.text(8)?,
        words_sha256: row.text(9)?,
        identity: row.text(10)?,
        address: row.text(11)?,
        agreed_at_ms: row.int(12)?,
        customer: row.text(13)?,
        payment_method: row.text(14)?,
        brand: row.text(15)?,
        last4: row.text(16)?,
        ended_by: row.text(17)?,
        ended_at_ms: row.int_or_null(18)?,
    })
}

/// The columns that `read` reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, debtor_id, commitment_id, currency, attempt_id, state, words, words_version, words_language,
             words_sha256, identity, address, agreed_at_ms, customer, payment_method, brand, last4, ended_by, ended_at_ms
             FROM mandates ",
            $rest
        )
    };
}

/// Stores a new consent.
pub async fn insert(tx: &Tx, business: &BusinessId, m: &Mandate) -> Result<(), Error> {
    let sql = "INSERT INTO mandates (business_id, id, debtor_id, commitment_id, currency, attempt_id, state, words,
               words_version, words_language, words_sha256, identity, address, agreed_at_ms, customer, payment_method,
               brand, last4, ended_by, ended_at_ms, look_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0)";
    let args = args![
        business,
        &m.id,
        &m.debtor,
        &m.commitment,
        m.currency,
        &m.attempt,
        m.state.code(),
        &m.words,
        &m.words_version,
        &m.words_language,
        &m.words_sha256,
        &m.identity,
        &m.address,
        m.agreed_at_ms,
        &m.customer,
        &m.payment_method,
        &m.brand,
        &m.last4,
        &m.ended_by,
        m.ended_at_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// Finds a consent of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &MandateId) -> Result<Option<Mandate>, Error> {
    q.row(select!("WHERE business_id = $1 AND id = $2"), args![business, id]).await?.as_ref().map(read).transpose()
}

/// Those of a debtor whose card may be charged, at most one a currency. `$1` is the business, `$2` the debtor.
pub(super) const ACTIVE: &str =
    select!("WHERE business_id = $1 AND debtor_id = $2 AND state = 'active' ORDER BY currency");

/// Those of a debtor whose card may be charged, at most one a currency.
pub async fn list_active(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Mandate>, Error> {
    q.rows(ACTIVE, args![business, debtor]).await?.iter().map(read).collect()
}

/// All consents of a debtor, newest first, at most `limit`.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId, limit: u32) -> Result<Vec<Mandate>, Error> {
    let sql = select!("WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT $3");
    q.rows(sql, args![business, debtor, limit]).await?.iter().map(read).collect()
}

/// The card of a consent that waited for it: from now on it may be charged.
pub async fn activate(tx: &Tx, business: &BusinessId, m: &Mandate) -> Result<(), Error> {
    let sql = "UPDATE mandates SET state = 'active', customer = $3, payment_method = $4, brand = $5, last4 = $6,
               look_at_ms = 0 WHERE business_id = $1 AND id = $2 AND state = 'asked'";
    tx.run(sql, args![business, &m.id, &m.customer, &m.payment_method, &m.brand, &m.last4]).await.map(drop)
}

/// Notes the card that came with a consent that had ended meanwhile, so that it can be taken away at the gateway.
pub async fn set_card(tx: &Tx, business: &BusinessId, m: &Mandate) -> Result<(), Error> {
    let sql = "UPDATE mandates SET customer = $3, payment_method = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, &m.id, &m.customer, &m.payment_method]).await.map(drop)
}

/// Ends a consent; `false` where it had ended.
pub async fn end(
    tx: &Tx,
    business: &BusinessId,
    id: &MandateId,
    state: State,
    by: &str,
    now_ms: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE mandates SET state = $3, ended_by = $4, ended_at_ms = $5
               WHERE business_id = $1 AND id = $2 AND state IN ('asked', 'active')";
    Ok(tx.run(sql, args![business, id, state.code(), by, now_ms]).await? > 0)
}

/// The agreement has healed: the card goes on with the one that took its place.
pub async fn carry(tx: &Tx, business: &BusinessId, from: &CommitmentId, to: &CommitmentId) -> Result<(), Error> {
    let sql = "UPDATE mandates SET commitment_id = $3, look_at_ms = 0
               WHERE business_id = $1 AND commitment_id = $2 AND state IN ('asked', 'active')";
    tx.run(sql, args![business, from, to]).await.map(drop)
}

/// Whether a card may be charged by any consent of a business.
pub async fn is_card_kept(q: &impl Query, business: &BusinessId, payment_method: &str) -> Result<bool, Error> {
    let sql = "SELECT id FROM mandates WHERE business_id = $1 AND payment_method = $2 AND state = 'active' LIMIT 1";
    Ok(q.row(sql, args![business, payment_method]).await?.is_some())
}

/// Says when the job looks at it again.
pub async fn look_at(tx: &Tx, business: &BusinessId, id: &MandateId, at_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE mandates SET look_at_ms = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, at_ms]).await.map(drop)
}

/// Cards over all businesses that the job must look at by an instant, whose agreements are running, the longest waiting
/// first, at most `limit`. Answers business, debtor, consent.
pub async fn list_due(
    q: &impl Query,
    now_ms: i64,
    limit: u32,
) -> Result<Vec<(BusinessId, DebtorId, MandateId)>, Error> {
    let sql = "SELECT m.business_id, m.debtor_id, m.id FROM mandates m
               JOIN commitments c ON c.business_id = m.business_id AND c.id = m.commitment_id
               WHERE m.state = 'active' AND m.look_at_ms <= $1 AND c.state IN ('active', 'missed')
               ORDER BY m.look_at_ms, m.id LIMIT $2";
    let rows = q.rows(sql, args![now_ms, limit]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text(1)?.into(), r.text(2)?.into()))).collect()
}

/// Notes that a charge is announced.
pub async fn announce(
    tx: &Tx,
    business: &BusinessId,
    commitment: &CommitmentId,
    notice: &Notice,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO charge_notices (business_id, commitment_id, seq, charge_on, amount_minor, announced_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (business_id, commitment_id, seq) DO UPDATE SET charge_on = excluded.charge_on,
               amount_minor = excluded.amount_minor, announced_at_ms = excluded.announced_at_ms";
    let seq = i64::try_from(notice.seq).unwrap_or(i64::MAX);
    tx.run(sql, args![business, commitment, seq, notice.charge_on, notice.amount_minor, now_ms]).await.map(drop)
}

/// What was announced for an agreement.
pub async fn notices(q: &impl Query, business: &BusinessId, commitment: &CommitmentId) -> Result<Vec<Notice>, Error> {
    let sql = "SELECT seq, charge_on, amount_minor FROM charge_notices
               WHERE business_id = $1 AND commitment_id = $2 ORDER BY seq";
    let rows = q.rows(sql, args![business, commitment]).await?;
    rows.iter()
        .map(|r| {
            let seq = usize::try_from(r.int(0)?).map_err(|_| Error::Corrupt("seq".into()))?;
            Ok(Notice { seq, charge_on: r.date(1)?, amount_minor: r.int(2)? })
        })
        .collect()
}
