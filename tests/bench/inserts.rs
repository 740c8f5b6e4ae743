//! What commitments are compared with: the rows that they wrote are taken out of the database again and put back as bare inserts, one transaction
//! for each commitment, with the server's own settings for durability and as many at once.

use kept_tests::{Db, Kept};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Column as _, PgPool, Row, SqlitePool, TypeInfo as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The tables that a commitment is written to, in an order that foreign keys allow, and whose a row is.
const TABLES: [(&str, &str); 6] = [
    ("commitments", "SELECT t.debtor_id, t.* FROM commitments t WHERE t.id > $1"),
    (
        "instalments",
        "SELECT c.debtor_id, t.* FROM instalments t
         JOIN commitments c ON c.business_id = t.business_id AND c.id = t.commitment_id WHERE c.id > $1",
    ),
    (
        "commitment_invoices",
        "SELECT c.debtor_id, t.* FROM commitment_invoices t
         JOIN commitments c ON c.business_id = t.business_id AND c.id = t.commitment_id WHERE c.id > $1",
    ),
    ("events", "SELECT t.debtor_id, t.* FROM events t WHERE t.id > $1"),
    ("contacts", "SELECT t.debtor_id, t.* FROM contacts t WHERE t.id > $1"),
    ("outbox", "SELECT t.debtor_id, t.* FROM outbox t WHERE t.id > $1"),
];

/// A moment: ids made later sort after it.
pub struct Mark(String);

impl Mark {
    pub async fn now() -> Self {
        let mark = uuid::Uuid::now_v7().to_string();
        tokio::time::sleep(Duration::from_millis(5)).await;
        Self(mark)
    }
}

enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

/// A row of one of [`TABLES`].
pub struct Stored {
    insert: Arc<str>,
    values: Vec<Value>,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

async fn open(kept: &Kept, connections: u32) -> Pool {
    match kept.db() {
        Db::Sqlite => {
            let options = SqliteConnectOptions::new()
                .filename(kept.data().join("kept.db"))
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(20));
            let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
            Pool::Sqlite(pool.connect_with(options).await.unwrap())
        }
        Db::Postgres => {
            let pool = PgPoolOptions::new().min_connections(connections).max_connections(connections);
            Pool::Postgres(pool.test_before_acquire(false).connect(kept.database_url().unwrap()).await.unwrap())
        }
    }
}

/// Reads the rows that were written since a moment, by whose they are, and deletes them.
pub async fn take_out(kept: &Kept, since: &Mark) -> Vec<Vec<Stored>> {
    let pool = open(kept, 1).await;
    let mut found: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
    for (table, select) in TABLES {
        match &pool {
            Pool::Sqlite(pool) => {
                for row in sqlx::query(select).bind(&since.0).fetch_all(pool).await.unwrap() {
                    found.entry(row.get(0)).or_default().push(stored(table, &row));
                }
            }
            Pool::Postgres(pool) => {
                for row in sqlx::query(select).bind(&since.0).fetch_all(pool).await.unwrap() {
                    found.entry(row.get(0)).or_default().push(stored(table, &row));
                }
            }
        }
    }
    let kept_rule = allow_deletes(&pool).await;
    for (table, _) in TABLES.iter().rev() {
        let key = if ["instalments", "commitment_invoices"].contains(table) { "commitment_id" } else { "id" };
        let delete = AssertSqlSafe(format!("DELETE FROM {table} WHERE {key} > $1"));
        match &pool {
            Pool::Sqlite(pool) => drop(sqlx::query(delete).bind(&since.0).execute(pool).await.unwrap()),
            Pool::Postgres(pool) => drop(sqlx::query(delete).bind(&since.0).execute(pool).await.unwrap()),
        }
    }
    forbid_deletes(&pool, kept_rule).await;
    settle(&pool).await;
    found.into_values().collect()
}

/// Takes away the rule by which the database refuses to delete an event; the words that bring it back.
async fn allow_deletes(pool: &Pool) -> String {
    match pool {
        Pool::Sqlite(pool) => {
            let rule = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'events_remain'";
            let words: String = sqlx::query(rule).fetch_one(pool).await.unwrap().get(0);
            sqlx::query("DROP TRIGGER events_remain").execute(pool).await.unwrap();
            words
        }
        Pool::Postgres(pool) => {
            sqlx::query("ALTER TABLE events DISABLE TRIGGER events_stay").execute(pool).await.unwrap();
            "ALTER TABLE events ENABLE TRIGGER events_stay".to_owned()
        }
    }
}

async fn forbid_deletes(pool: &Pool, words: String) {
    let words = AssertSqlSafe(words);
    match pool {
        Pool::Sqlite(pool) => drop(sqlx::query(words).execute(pool).await.unwrap()),
        Pool::Postgres(pool) => drop(sqlx::query(words).execute(pool).await.unwrap()),
    }
}

fn stored<R: Row>(table: &str, row: &R) -> Stored
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: sqlx::Type<R::Database> + for<'r> sqlx::Decode<'r, R::Database>,
    Option<i64>: sqlx::Type<R::Database> + for<'r> sqlx::Decode<'r, R::Database>,
{
    // The first column says whose it is.
    let values: Vec<Value> = row.columns()[1..]
        .iter()
        .map(|column| match column.type_info().name() {
            "TEXT" => Value::Text(row.get(column.ordinal())),
            _ => Value::Int(row.get(column.ordinal())),
        })
        .collect();
    let marks: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
    Stored { insert: format!("INSERT INTO {table} VALUES ({})", marks.join(", ")).into(), values }
}

/// Puts everything that was written into its place, so that neither side pays for what the other left to be done.
async fn settle(pool: &Pool) {
    match pool {
        Pool::Sqlite(pool) => drop(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(pool).await.unwrap()),
        Pool::Postgres(pool) => drop(sqlx::query("CHECKPOINT").execute(pool).await.unwrap()),
    }
}

/// See [`settle`].
pub async fn settled(kept: &Kept) {
    settle(&open(kept, 1).await).await;
}

/// Inserts the rows again, and answers how long that took.
pub async fn put_back(kept: &Kept, all: Vec<Vec<Stored>>, concurrency: usize) -> Duration {
    let pool = Arc::new(open(kept, u32::try_from(concurrency).unwrap()).await);
    let (all, next) = (Arc::new(all), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..concurrency)
        .map(|_| {
            let (pool, all, next) = (Arc::clone(&pool), Arc::clone(&all), Arc::clone(&next));
            tokio::spawn(async move {
                while let Some(rows) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    insert(&pool, rows).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    begun.elapsed()
}

macro_rules! insert_in {
    ($tx:expr, $rows:expr) => {{
        let mut tx = $tx;
        for row in $rows {
            let mut query = sqlx::query(AssertSqlSafe(row.insert.to_string()));
            for value in &row.values {
                query = match value {
                    Value::Text(text) => query.bind(text.as_deref()),
                    Value::Int(int) => query.bind(*int),
                };
            }
            query.execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }};
}

async fn insert(pool: &Pool, rows: &[Stored]) {
    match pool {
        Pool::Sqlite(pool) => insert_in!(pool.begin_with("BEGIN IMMEDIATE").await.unwrap(), rows),
        Pool::Postgres(pool) => insert_in!(pool.begin().await.unwrap(), rows),
    }
}
