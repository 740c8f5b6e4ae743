//! The only file, beside `sqlite.rs`, that names a database driver: one SQL text runs on SQLite and on PostgreSQL.

use super::packed::{Cell, Packed, Rows};
use super::sqlite::{self, Readers, Writer};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{Postgres, Row as _, Transaction};
use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::Mutex;

/// How the driver is logged unless somebody asks: its remarks on slow statements are for developers.
pub const QUIET: &str = "sqlx=error";

/// What can go wrong in the store.
#[derive(Debug)]
pub enum Error {
    /// A unique rule of the schema was about to be broken.
    Conflict,
    /// The database refused or did not answer.
    Database(Box<dyn std::error::Error + Send + Sync>),
    /// A stored value is not what its column holds: the column.
    Corrupt(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conflict => f.write_str("it exists already"),
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Corrupt(column) => write!(f, "a stored value cannot be read: {column}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => Self::Conflict,
            _ => Self::Database(error.into()),
        }
    }
}

/// A value bound to a statement. Nulls keep their column's type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub enum Value {
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// NULL in a TEXT column.
    NullText,
    /// NULL in a BIGINT column.
    NullInt,
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $to:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from($v: $from) -> Self { $to }
        }
    )*};
}

value_from! {
    &str => |v| Self::Text(v.to_owned()),
    String => |v| Self::Text(v),
    &String => |v| Self::Text(v.clone()),
    i64 => |v| Self::Int(v),
    u32 => |v| Self::Int(i64::from(v)),
    bool => |v| Self::Int(i64::from(v)),
    Option<String> => |v| v.map_or(Self::NullText, Self::Text),
    Option<&str> => |v| v.map_or(Self::NullText, |v| Self::Text(v.to_owned())),
    Option<i64> => |v| v.map_or(Self::NullInt, Self::Int),
    chrono::NaiveDate => |v| Self::Text(kept_domain::calendar::iso(v)),
    Option<chrono::NaiveDate> => |v| v.map_or(Self::NullText, |v| Self::Text(kept_domain::calendar::iso(v))),
    kept_domain::money::Currency => |v| Self::Text(v.code().to_owned()),
    &kept_domain::ids::BusinessId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::DebtorId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::InvoiceId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::LinkId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::CommitmentId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::DisputeId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::MandateId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::AttemptId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::TransferId => |v| Self::Text(v.0.clone()),
    &kept_domain::ids::UserId => |v| Self::Text(v.0.clone()),
}

/// Values for the `$1, $2, …` of a statement.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Value::from($value)),*] };
}

/// One row of an answer; columns are counted from 0.
pub enum Row {
    /// From PostgreSQL.
    Postgres(PgRow),
    /// From SQLite, or from one of several statements that were put [`Together`].
    Packed(Packed),
}

macro_rules! column {
    ($($(#[$doc:meta])* $name:ident -> $type:ty: $($cell:pat => $value:expr),+);* $(;)?) => {$(
        $(#[$doc])*
        pub fn $name(&self, at: usize) -> Result<$type, Error> {
            match self {
                Self::Postgres(row) => row.try_get(at).map_err(Error::from),
                Self::Packed(row) => match row.cell(at) {
                    $(Some($cell) => Ok($value),)+
                    other => Err(Error::Corrupt(format!("column {at}: {other:?}"))),
                },
            }
        }
    )*};
}

impl Row {
    column! {
        /// A TEXT column that is never null.
        text -> String: Cell::Text(text) => text.into_owned();
        /// A TEXT column that may be null.
        text_or_null -> Option<String>: Cell::Text(text) => Some(text.into_owned()), Cell::Null => None;
        /// A BIGINT column that is never null.
        int -> i64: Cell::Int(int) => int;
        /// A BIGINT column that may be null.
        int_or_null -> Option<i64>: Cell::Int(int) => Some(int), Cell::Null => None;
    }

    /// A TEXT column that is never null, where it stands.
    fn words(&self, at: usize) -> Result<&str, Error> {
        match self {
            Self::Postgres(row) => row.try_get(at).map_err(Error::from),
            Self::Packed(row) => row.text(at).ok_or_else(|| Error::Corrupt(format!("column {at}: {:?}", row.cell(at)))),
        }
    }

    /// A code that `parse` knows, such as a state.
    pub fn code<T>(&self, at: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let text = self.words(at)?;
        parse(text).ok_or_else(|| Error::Corrupt(text.to_owned()))
    }

    /// An ISO date.
    pub fn date(&self, at: usize) -> Result<chrono::NaiveDate, Error> {
        self.code(at, kept_domain::calendar::parse_iso)
    }

    /// An ISO date that may be null.
    pub fn date_or_null(&self, at: usize) -> Result<Option<chrono::NaiveDate>, Error> {
        let Some(text) = self.text_or_null(at)? else { return Ok(None) };
        kept_domain::calendar::parse_iso(&text).map(Some).ok_or(Error::Corrupt(text))
    }

    /// A currency's code.
    pub fn currency(&self, at: usize) -> Result<kept_domain::money::Currency, Error> {
        self.code(at, kept_domain::money::Currency::parse)
    }
}

/// Where statements run: on the database itself (reads) or inside a transaction.
pub trait Query: Sync {
    /// The rows that a statement answers with.
    fn rows(&self, sql: &'static str, args: Vec<Value>) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// The first row, if there is one.
    fn row(&self, sql: &'static str, args: Vec<Value>) -> impl Future<Output = Result<Option<Row>, Error>> + Send {
        async move { Ok(self.rows(sql, args).await?.into_iter().next()) }
    }
}

/// Small statements that read, put together so that one trip to the database answers them all. PostgreSQL is at the other
/// end of a wire: there, all rows of a statement come as one text, a JSON array of arrays. SQLite is within this process
/// and runs them one after the other.
#[derive(Debug)]
pub struct Together {
    first: &'static str,
    given: [usize; 2],
    others: &'static [(usize, &'static str)],
    postgres: String,
}

impl Together {
    /// Puts statements together behind another one, each with how many columns it has. `first` is given the values; it
    /// answers with one row or none, and what the others call `$1` and `$2` are the two columns of it whose numbers and
    /// names are given. Without a row they answer as for null.
    pub fn behind(
        first: &'static str,
        given: [(usize, &'static str); 2],
        others: &'static [(usize, &'static str)],
    ) -> Self {
        let packed = |(columns, sql): &(usize, &'static str)| {
            let names: Vec<String> = (0..*columns).map(|at| format!("c{at}")).collect();
            let names = names.join(", ");
            let [sql_1, sql_2] = given.map(|(_, name)| format!("(SELECT {name} FROM first_of_all)"));
            let sql = sql.replace("$1", &sql_1).replace("$2", &sql_2);
            // It aggregates in the order in which the statement itself answers.
            format!("(SELECT COALESCE(json_agg(json_build_array({names})), '[]')::text FROM ({sql}) AS t ({names}))")
        };
        let all: Vec<String> = others.iter().map(packed).collect();
        let postgres = format!("WITH first_of_all AS MATERIALIZED ({first})\nSELECT {}", all.join(",\n"));
        Self { first, given: given.map(|(at, _)| at), others, postgres }
    }

    /// The rows of each statement, from PostgreSQL's answer.
    fn unpack(&self, row: &PgRow) -> Result<Vec<Vec<Row>>, Error> {
        let columns = self.others.iter().map(|(columns, _)| *columns).enumerate();
        columns.map(|(at, of)| Ok(Rows::of_json(of, row.try_get(at)?)?.each().map(Row::Packed).collect())).collect()
    }

    /// What SQLite is sent.
    #[cfg(test)]
    pub(super) fn statements(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.first).chain(self.others.iter().map(|(_, sql)| *sql))
    }
}

/// The database: SQLite with one writer and a pool of readers, or PostgreSQL.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file in WAL mode; every commit is synced to disk.
    Sqlite {
        /// The one connection that writes.
        writer: Writer,
        /// Connections that only read.
        readers: Readers,
    },
    /// A server.
    Postgres(PgPool),
}

/// PostgreSQL's TEXT holds every character but NUL, which nobody types: it becomes the mark of an unreadable one.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for value in $args {
            query = match value {
                Value::Text(text) => query.bind(storable(&text).into_owned()),
                Value::Int(int) => query.bind(int),
                Value::NullText => query.bind(None::<String>),
                Value::NullInt => query.bind(None::<i64>),
            };
        }
        query
    }};
}

impl Db {
    /// Opens (and where it is missing makes) the SQLite file.
    pub async fn sqlite(file: &Path) -> Result<Self, Error> {
        let writer = Writer::open(file)?;
        let readers = Readers::open(file)?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to `postgres://…`.
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        let options = sqlx::postgres::PgConnectOptions::from_str(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// The rows of each of the other statements, from one trip. All see what is committed at the same moment.
    pub async fn together(&self, all: &'static Together, args: Vec<Value>) -> Result<Vec<Vec<Row>>, Error> {
        match self {
            Self::Sqlite { readers, .. } => readers.rows_behind(all.first, &args, all.given, all.others),
            Self::Postgres(pool) => {
                let query = bound!(sqlx::query::<Postgres>(all.postgres.as_str()), args);
                all.unpack(&query.fetch_one(pool).await?)
            }
        }
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let inner = match self {
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.begin().await?),
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner: Mutex::new(inner) })
    }

    /// Brings the schema up to date; any number of processes may try at once.
    pub async fn migrate(&self) -> Result<(), Error> {
        let tx = self.begin().await?;
        if let Inner::Postgres(pg) = &mut *tx.inner.lock().await {
            sqlx::query("SELECT pg_advisory_xact_lock(7245100)").execute(&mut **pg).await?;
        }
        tx.run("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)", vec![]).await?;
        for (name, text) in MIGRATIONS {
            if tx.row("SELECT name FROM migrations WHERE name = $1", args![*name]).await?.is_some() {
                continue;
            }
            for statement in text.split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
                if !is_for_another(statement, self.kind()) {
                    tx.run(statement, vec![]).await?;
                }
            }
            tx.run("INSERT INTO migrations (name) VALUES ($1)", args![*name]).await?;
        }
        tx.commit().await
    }

    /// What the database is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether nothing changes between the beginning of a transaction and its end but what the transaction changes itself.
    pub fn has_one_writer(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// The clause that lets several workers claim rows of a queue without waiting for each other. SQLite has one
    /// writer and needs none.
    pub async fn claim(
        &self,
        tx: &Tx,
        sqlite: &'static str,
        postgres: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite { .. } => tx.rows(sqlite, args).await,
            Self::Postgres(_) => tx.rows(postgres, args).await,
        }
    }

    /// Closes every connection, so that SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close();
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_first", include_str!("../../migrations/0001_first.sql")),
    ("0002_set_up", include_str!("../../migrations/0002_set_up.sql")),
    ("0003_of_debtor", include_str!("../../migrations/0003_of_debtor.sql")),
    ("0004_people", include_str!("../../migrations/0004_people.sql")),
    ("0005_reminders", include_str!("../../migrations/0005_reminders.sql")),
    ("0006_templates", include_str!("../../migrations/0006_templates.sql")),
    ("0007_channels", include_str!("../../migrations/0007_channels.sql")),
    ("0008_letters", include_str!("../../migrations/0008_letters.sql")),
    ("0009_fresh_asks", include_str!("../../migrations/0009_fresh_asks.sql")),
    ("0010_refunds", include_str!("../../migrations/0010_refunds.sql")),
    ("0011_bank_details", include_str!("../../migrations/0011_bank_details.sql")),
    ("0011_statements", include_str!("../../migrations/0011_statements.sql")),
    ("0012_einvoices", include_str!("../../migrations/0012_einvoices.sql")),
    ("0014_cards", include_str!("../../migrations/0014_cards.sql")),
    ("0016_entries_of_debtor", include_str!("../../migrations/0016_entries_of_debtor.sql")),
    ("0017_append_only", include_str!("../../migrations/0017_append_only.sql")),
    ("0018_money_back", include_str!("../../migrations/0018_money_back.sql")),
    ("0019_healing", include_str!("../../migrations/0019_healing.sql")),
    ("0020_settlements", include_str!("../../migrations/0020_settlements.sql")),
    ("0021_reconciliation", include_str!("../../migrations/0021_reconciliation.sql")),
    ("0022_late_charges", include_str!("../../migrations/0022_late_charges.sql")),
    ("0023_dispute_credits", include_str!("../../migrations/0023_dispute_credits.sql")),
    ("0024_counted", include_str!("../../migrations/0024_counted.sql")),
    ("0025_events_stay", include_str!("../../migrations/0025_events_stay.sql")),
    ("0026_contested_cards", include_str!("../../migrations/0026_contested_cards.sql")),
];

/// Whether a statement of a migration is for the other database: a line above it names the one that it is for, where
/// the two have no words in common.
fn is_for_another(statement: &str, kind: &str) -> bool {
    let named = statement.lines().filter_map(|line| line.strip_prefix("-- ")?.strip_suffix(':'));
    let mut named = named.filter(|name| matches!(*name, "SQLite" | "PostgreSQL"));
    named.any(|name| name != kind)
}

impl Query for Db {
    async fn rows(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => readers.rows(sql, args).await?,
            Self::Postgres(pool) => {
                let rows = bound!(sqlx::query::<Postgres>(sql), args).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

enum Inner {
    Sqlite(sqlite::Transaction),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction: dropped without [`Tx::commit`], nothing of it has happened.
pub struct Tx {
    inner: Mutex<Inner>,
}

impl Tx {
    /// Runs a statement and answers how many rows it changed.
    pub async fn run(&self, sql: &'static str, args: Vec<Value>) -> Result<u64, Error> {
        Ok(match &mut *self.inner.lock().await {
            Inner::Sqlite(tx) => tx.run(sql, &args)?,
            Inner::Postgres(tx) => bound!(sqlx::query::<Postgres>(sql), args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Commits; when it answers, the change is on disk.
    pub async fn commit(self) -> Result<(), Error> {
        match self.inner.into_inner() {
            Inner::Sqlite(tx) => tx.commit()?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Query for Tx {
    async fn rows(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(match &mut *self.inner.lock().await {
            Inner::Sqlite(tx) => tx.rows(sql, &args)?,
            Inner::Postgres(tx) => {
                let rows = bound!(sqlx::query::<Postgres>(sql), args).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    const OTHERS: [(usize, &str); 3] = [
        (4, "SELECT CAST($1 AS TEXT), $2, NULL, 0 - 9223372036854775807"),
        (1, "SELECT $1 WHERE $2 = ''"),
        (1, "SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 3 UNION ALL SELECT 2) a ORDER BY n DESC LIMIT 2"),
    ];

    static TOGETHER: LazyLock<Together> = LazyLock::new(|| {
        let first = "SELECT 1 AS other, $1 AS text, 'x' AS fixed WHERE $2 = 1";
        Together::behind(first, [(1, "text"), (2, "fixed")], &OTHERS)
    });

    #[tokio::test]
    async fn rows_that_come_together_are_what_each_statement_answers() {
        let file = std::env::temp_dir().join(format!("kept-{}.db", uuid::Uuid::now_v7()));
        let db = Db::sqlite(&file).await.unwrap();
        for text in
            ["", "plain", "'\"\\/\u{8}\u{1f}\u{7f}\r\n\t", "£ 李 🙂 \u{2028}\u{fffd}", "[null]", "{\"a\":1}", "12"]
        {
            let all = db.together(&TOGETHER, args![text, 1i64]).await.unwrap();
            let [first, none, ordered] = &all[..] else { panic!("{} statements", all.len()) };
            assert_eq!(first.len(), 1);
            assert_eq!(first[0].text(0).unwrap(), text);
            assert_eq!(first[0].text_or_null(0).unwrap().as_deref(), Some(text));
            assert_eq!(first[0].text(1).unwrap(), "x");
            assert_eq!(first[0].text_or_null(2).unwrap(), None);
            assert_eq!(first[0].int_or_null(2).unwrap(), None);
            assert_eq!(first[0].int(3).unwrap(), -i64::MAX);
            assert!(none.is_empty());
            assert_eq!(ordered.iter().map(|row| row.int(0).unwrap()).collect::<Vec<_>>(), [3, 2]);
            for wrong in [first[0].int(1).err(), first[0].text(2).err(), first[0].int(0).err(), first[0].int(4).err()] {
                assert!(matches!(wrong, Some(Error::Corrupt(_))), "{wrong:?}");
            }
        }
        // A value is what its number says, in whatever order the numbers appear.
        let row = db.row("SELECT $2, $1, $3, $1", args!["one", "two", 3i64]).await.unwrap().unwrap();
        assert_eq!([0, 1, 3].map(|at| row.text(at).unwrap()), ["two", "one", "one"]);
        assert_eq!(row.int(2).unwrap(), 3);
        let all = db.together(&TOGETHER, args!["nobody", 0i64]).await.unwrap();
        assert_eq!(all[0][0].text_or_null(0).unwrap(), None, "without a first row the others are given nothing");
        db.close().await;
        std::fs::remove_file(file).unwrap();
    }

    /// A reader that was at work before sees what was committed since; nobody writes through one; and once all is
    /// closed nobody reads.
    #[tokio::test]
    async fn readers_see_what_is_committed_and_change_nothing() {
        let file = std::env::temp_dir().join(format!("kept-{}.db", uuid::Uuid::now_v7()));
        let db = Db::sqlite(&file).await.unwrap();
        db.migrate().await.unwrap();
        static SEEN: LazyLock<Together> = LazyLock::new(|| {
            Together::behind("SELECT $1 AS a, $1 AS b", [(0, "a"), (1, "b")], &[(1, "SELECT name FROM migrations")])
        });
        let before = db.together(&SEEN, args!["x"]).await.unwrap()[0].len();
        for more in 1..=3 {
            let tx = db.begin().await.unwrap();
            tx.run("INSERT INTO migrations (name) VALUES ($1)", args![format!("later {more}")]).await.unwrap();
            assert_eq!(db.together(&SEEN, args!["x"]).await.unwrap()[0].len(), before + more - 1);
            tx.commit().await.unwrap();
            assert_eq!(db.together(&SEEN, args!["x"]).await.unwrap()[0].len(), before + more);
            assert_eq!(db.rows("SELECT name FROM migrations", vec![]).await.unwrap().len(), before + more);
        }
        let refused = db.rows("DELETE FROM migrations", vec![]).await.err();
        assert!(refused.is_some_and(|e| e.to_string().contains("readonly")));
        db.close().await;
        assert!(db.together(&SEEN, args!["x"]).await.is_err() && db.rows("SELECT 1", vec![]).await.is_err());
        std::fs::remove_file(file).unwrap();
    }
}
