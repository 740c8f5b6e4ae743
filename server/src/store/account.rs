//! Everything that a debtor's account page shows, read in one go.

use super::attempt::{self, Attempt};
use super::commitment::{self, Brief};
use super::db::{Db, Error, Row, Together};
use super::dispute::{self, Dispute};
use super::hold::{self, Hold};
use super::invoice::{self, Standing};
use super::ledger::{self, Movement};
use super::mandate::{self, Mandate};
use super::session;
use crate::args;
use kept_domain::ids::CommitmentId;
use kept_domain::money::Currency;
use kept_domain::plan::{Instalment, Schedule};
use kept_domain::settlement::Policy;
use std::sync::LazyLock;

/// A business as its customers see it.
#[derive(Clone, Debug)]
pub struct Creditor {
    /// The trading name, empty until it is told.
    pub name: String,
    /// An address for mail.
    pub email: String,
    /// A telephone number.
    pub phone: String,
    /// A postal address.
    pub address: String,
    /// Its time zone's name.
    pub zone: String,
    /// It takes offers of less than is owed.
    pub takes_offers: bool,
}

/// What is known of a debtor's account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whom they owe.
    pub creditor: Creditor,
    /// Who they are.
    pub payer: String,
    /// Invoices with something left, oldest first.
    pub open: Vec<Standing>,
    /// What is on account in each currency, in minor units; negative is owed to the debtor.
    pub on_account: Vec<(Currency, i64)>,
    /// All commitments, newest first.
    pub commitments: Vec<Brief>,
    /// All disputes, newest first.
    pub disputes: Vec<Dispute>,
    /// The latest attempts at paying by card, at most five.
    pub attempts: Vec<Attempt>,
    /// The latest movements other than invoices, at most 20.
    pub movements: Vec<Movement>,
    /// Holds, newest first.
    pub holds: Vec<Hold>,
    /// Cards that may be charged, at most one a currency.
    pub mandates: Vec<Mandate>,
    instalments: Vec<(CommitmentId, Instalment)>,
    paid: Vec<(CommitmentId, i64)>,
}

impl Account {
    /// The payments of one of the running commitments.
    pub fn schedule(&self, id: &CommitmentId) -> Schedule {
        let of = self.instalments.iter().filter(|(of, _)| of == id);
        Schedule { instalments: of.map(|(_, one)| *one).collect() }
    }

    /// Minor units that count towards a commitment: payments less what was taken back.
    pub fn paid_towards(&self, id: &CommitmentId) -> i64 {
        self.paid.iter().find(|(of, _)| of == id).map_or(0, |(_, minor)| *minor)
    }
}

const WHO: &str = "SELECT b.name, b.email, b.phone, b.address, b.zone, d.name,
                 COALESCE((SELECT s.policy FROM settlement_policies s WHERE s.business_id = b.business_id), '')
               FROM businesses b JOIN debtors d ON d.business_id = b.business_id
               WHERE b.business_id = $1 AND d.id = $2";

/// Each with how many columns it has.
const STATEMENTS: [(usize, &str); 11] = [
    (7, WHO),
    (11, invoice::LIST_OPEN),
    (2, ledger::ON_ACCOUNT),
    (7, commitment::BRIEFLY),
    (3, commitment::RUNNING_SCHEDULES),
    (2, ledger::PAID_TOWARDS_EACH),
    (18, dispute::OF_DEBTOR),
    (19, attempt::LATEST),
    (11, ledger::LATEST_MOVEMENTS),
    (10, hold::OF_DEBTOR),
    (19, mandate::ACTIVE),
];

/// The session is looked up on the same trip: whose account it is goes from one to the other within the database.
static TOGETHER: LazyLock<Together> =
    LazyLock::new(|| Together::behind(session::LIVE, [(0, "business_id"), (1, "debtor_id")], &STATEMENTS));

/// Finds the account that the cookie of a session opens, by the SHA-256 of its token; `None` where the session is over.
pub async fn find(db: &Db, token_hash: &str, now_ms: i64) -> Result<Option<Account>, Error> {
    let all = db.together(&TOGETHER, args![token_hash, now_ms]).await?;
    let Ok([who, open, on_account, commitments, instalments, paid, disputes, attempts, movements, holds, mandates]) =
        <[Vec<Row>; STATEMENTS.len()]>::try_from(all)
    else {
        return Err(Error::Corrupt("an account".into()));
    };
    let Some(who) = who.first() else { return Ok(None) };
    let instalment = |r: &Row| Ok((r.text(0)?.into(), Instalment { due_on: r.date(1)?, amount_minor: r.int(2)? }));
    Ok(Some(Account {
        creditor: Creditor {
            name: who.text(0)?,
            email: who.text(1)?,
            phone: who.text(2)?,
            address: who.text(3)?,
            zone: who.text(4)?,
            takes_offers: takes_offers(&who.text(6)?)?,
        },
        payer: who.text(5)?,
        open: invoice::read_open(&open)?,
        on_account: read(&on_account, ledger::read_balance)?,
        commitments: read(&commitments, commitment::read_brief)?,
        disputes: read(&disputes, dispute::read)?,
        attempts: read(&attempts, attempt::read)?,
        movements: read(&movements, ledger::read_movement)?,
        holds: read(&holds, hold::read)?,
        mandates: read(&mandates, mandate::read)?,
        instalments: read(&instalments, instalment)?,
        paid: read(&paid, |r| Ok((r.text(0)?.into(), r.int(1)?)))?,
    }))
}

fn takes_offers(policy: &str) -> Result<bool, Error> {
    if policy.is_empty() {
        return Ok(false);
    }
    let policy: Policy = serde_json::from_str(policy).map_err(|_| Error::Corrupt("a settlement policy".into()))?;
    Ok(policy.takes_offers())
}

fn read<T>(rows: &[Row], one: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    rows.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Db, Query as _};

    /// What a debtor waits for must not become slower with every other debtor of the business.
    #[tokio::test]
    async fn a_debtor_is_found_without_walking_through_the_business() {
        let file = std::env::temp_dir().join(format!("kept-{}.db", uuid::Uuid::now_v7()));
        let db = Db::sqlite(&file).await.unwrap();
        db.migrate().await.unwrap();
        for sql in TOGETHER.statements().chain([invoice::SETTLED]) {
            let explained: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            for step in db.rows(explained, args!["b", "d"]).await.unwrap() {
                let step = step.text(3).unwrap();
                // Of businesses themselves there is one; `b` stands for it, and for the balances of one debtor. So there is of
                // their rules for settlements.
                let one = step.starts_with("SEARCH b ") || step.contains("settlement_policies");
                let whole = step.ends_with("(business_id=?)") && !one;
                let walks = step.starts_with("SCAN") && step != "SCAN b";
                assert!(!whole && !walks, "{step}\n{sql}");
            }
        }
        db.close().await;
        std::fs::remove_file(file).unwrap();
    }

    /// Each statement has as many columns as is said beside it; the database refuses what does not fit.
    #[tokio::test]
    async fn nobody_has_an_account_without_a_session() {
        let file = std::env::temp_dir().join(format!("kept-{}.db", uuid::Uuid::now_v7()));
        let db = Db::sqlite(&file).await.unwrap();
        db.migrate().await.unwrap();
        assert!(find(&db, "nobody's", 0).await.unwrap().is_none());
        db.close().await;
        std::fs::remove_file(file).unwrap();
    }

    /// Only the first two values go from the session to what is behind it.
    #[test]
    fn nothing_asks_for_more_than_the_session_gives() {
        for (_, sql) in STATEMENTS {
            assert!(!sql.split('$').skip(1).any(|rest| !rest.starts_with(['1', '2'])), "{sql}");
        }
    }
}
