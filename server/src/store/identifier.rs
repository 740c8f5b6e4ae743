//! What no two debtors of a business share.

use super::bulk::Bulk;
use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::party::{Identifier, IdentifierKind};
use std::sync::LazyLock;

static IDENTIFIERS: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("debtor_identifiers", "business_id, kind, value, debtor_id, created_at_ms"));

/// Every identifier that is known of a business's debtors.
pub async fn list(q: &impl Query, business: &BusinessId) -> Result<Vec<(Identifier, DebtorId)>, Error> {
    let sql = "SELECT kind, value, debtor_id FROM debtor_identifiers WHERE business_id = $1";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter()
        .map(|row| {
            let kind = row.code(0, IdentifierKind::parse)?;
            Ok((Identifier { kind, value: row.text(1)? }, row.text(2)?.into()))
        })
        .collect()
}

/// Stores identifiers that were nobody's so far. The caller holds the business's row.
pub async fn insert(tx: &Tx, business: &BusinessId, new: &[(Identifier, DebtorId)], now_ms: i64) -> Result<(), Error> {
    let mut values = Vec::new();
    for (identifier, debtor) in new {
        values.extend(args![business, identifier.kind.code(), &identifier.value, debtor, now_ms]);
    }
    IDENTIFIERS.insert(tx, values).await
}
