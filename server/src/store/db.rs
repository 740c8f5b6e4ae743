//! The only file that names a database driver: one SQL text runs on SQLite and on PostgreSQL.

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Postgres, Row as _, Sqlite, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// How the driver is logged unless somebody asks: its remarks on slow statements are for developers.
pub const QUIET: &str = "sqlx=error";

/// What can go wrong in the store.
#[derive(Debug)]
pub enum Error {
    /// A unique rule of the schema was about to be broken.
    Conflict,
    /// The database refused or did not answer.
    Database(sqlx::Error),
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
            _ => Self::Database(error),
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
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
    /// From one of several statements that were put [`Together`].
    Packed(Vec<Cell>),
}

/// A value of a packed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// NULL in either.
    Null,
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AnyCell;

        impl Visitor<'_> for AnyCell {
            type Value = Cell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a whole number or null")
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }

            fn visit_i64<E>(self, int: i64) -> Result<Cell, E> {
                Ok(Cell::Int(int))
            }

            fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Cell, E> {
                i64::try_from(int).map(Cell::Int).map_err(E::custom)
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }
        }

        from.deserialize_any(AnyCell)
    }
}

macro_rules! column {
    ($($(#[$doc:meta])* $name:ident -> $type:ty: $($cell:pat => $value:expr),+);* $(;)?) => {$(
        $(#[$doc])*
        pub fn $name(&self, at: usize) -> Result<$type, Error> {
            match self {
                Self::Sqlite(row) => row.try_get(at).map_err(Error::from),
                Self::Postgres(row) => row.try_get(at).map_err(Error::from),
                Self::Packed(cells) => match cells.get(at) {
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
        text -> String: Cell::Text(text) => text.clone();
        /// A TEXT column that may be null.
        text_or_null -> Option<String>: Cell::Text(text) => Some(text.clone()), Cell::Null => None;
        /// A BIGINT column that is never null.
        int -> i64: Cell::Int(int) => *int;
        /// A BIGINT column that may be null.
        int_or_null -> Option<i64>: Cell::Int(int) => Some(*int), Cell::Null => None;
    }

    /// An ISO date.
    pub fn date(&self, at: usize) -> Result<chrono::NaiveDate, Error> {
        let text = self.text(at)?;
        kept_domain::calendar::parse_iso(&text).ok_or(Error::Corrupt(text))
    }

    /// An ISO date that may be null.
    pub fn date_or_null(&self, at: usize) -> Result<Option<chrono::NaiveDate>, Error> {
        let Some(text) = self.text_or_null(at)? else { return Ok(None) };
        kept_domain::calendar::parse_iso(&text).map(Some).ok_or(Error::Corrupt(text))
    }

    /// A currency's code.
    pub fn currency(&self, at: usize) -> Result<kept_domain::money::Currency, Error> {
        let text = self.text(at)?;
        kept_domain::money::Currency::parse(&text).ok_or(Error::Corrupt(text))
    }

    /// A code that `parse` knows, such as a state.
    pub fn code<T>(&self, at: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let text = self.text(at)?;
        parse(&text).ok_or(Error::Corrupt(text))
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

/// Statements that read, put together so that one trip to the database answers them all. SQLite works on a thread of its
/// own and hands over row by row, PostgreSQL is at the other end of a wire: going there and back costs more than a small
/// read. So all rows of a statement come as one text, a JSON array of arrays.
#[derive(Debug)]
pub struct Together {
    sqlite: String,
    postgres: String,
}

impl Together {
    /// Puts statements together behind another one, each with how many columns it has. `first` is given the values; it
    /// answers with one row or none, and what the others call `$1` and `$2` are the two columns of it that are named.
    /// Without a row they answer as for null.
    pub fn behind(first: &str, [one, two]: [&str; 2], statements: &[(usize, &'static str)]) -> Self {
        let statements: Vec<_> = statements
            .iter()
            .map(|(columns, sql)| {
                let sql = sql.replace("$1", &format!("(SELECT {one} FROM first_of_all)"));
                (*columns, sql.replace("$2", &format!("(SELECT {two} FROM first_of_all)")))
            })
            .collect();
        let Self { sqlite, postgres } = Self::new(&statements);
        let with = |select: String| format!("WITH first_of_all AS MATERIALIZED ({first})\n{select}");
        Self { sqlite: with(sqlite), postgres: with(postgres) }
    }

    /// Puts statements together, all of which are given the same values.
    fn new(statements: &[(usize, impl AsRef<str>)]) -> Self {
        let each = |one: fn(&str, &str) -> String| {
            let all: Vec<String> = statements
                .iter()
                .map(|(columns, sql)| {
                    let names: Vec<String> = (0..*columns).map(|at| format!("c{at}")).collect();
                    one(&names.join(", "), sql.as_ref())
                })
                .collect();
            format!("SELECT {}", all.join(",\n"))
        };
        // Both aggregate in the order in which the statement itself answers.
        Self {
            sqlite: each(|names, sql| {
                format!("(WITH t ({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM t)")
            }),
            postgres: each(|names, sql| {
                format!(
                    "(SELECT COALESCE(json_agg(json_build_array({names})), '[]')::text FROM ({sql}) AS t ({names}))"
                )
            }),
        }
    }

    /// The rows of each statement.
    fn unpack(&self, row: &Row) -> Result<Vec<Vec<Row>>, Error> {
        let many = match row {
            Row::Sqlite(row) => row.len(),
            Row::Postgres(row) => row.len(),
            Row::Packed(cells) => cells.len(),
        };
        (0..many)
            .map(|at| {
                let rows: Vec<Vec<Cell>> =
                    serde_json::from_str(&row.text(at)?).map_err(|e| Error::Corrupt(format!("packed rows: {e}")))?;
                Ok(rows.into_iter().map(Row::Packed).collect())
            })
            .collect()
    }
}

/// The database: SQLite with one writer and a pool of readers, or PostgreSQL.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file in WAL mode; every commit is synced to disk.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        readers: Readers,
    },
    /// A server.
    Postgres(PgPool),
}

/// PostgreSQL's TEXT holds every character but NUL, which nobody types: it becomes the mark of an unreadable one.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for value in $args {
            query = match value {
                Value::Text(text) => query.bind(storable(text)),
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
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(20));
        // A file does not go away while nobody looks, as a server may: no connection is tried out before it is used.
        let pool = SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(Duration::from_secs(30));
        let writer = pool.max_connections(1).connect_with(options.clone()).await?;
        let readers = Readers::open(&options.create_if_missing(false).read_only(true)).await?;
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

    /// The rows of each of several statements, from one trip. All see what is committed at the same moment.
    pub async fn together(&self, statements: &'static Together, args: Vec<Value>) -> Result<Vec<Vec<Row>>, Error> {
        let row = match self {
            Self::Sqlite { readers, .. } => {
                let mut reader = readers.borrow().await?;
                let query = bound!(sqlx::query::<Sqlite>(statements.sqlite.as_str()), args);
                query.fetch_optional(reader.get()?).await?.map(Row::Sqlite)
            }
            Self::Postgres(pool) => {
                let query = bound!(sqlx::query::<Postgres>(statements.postgres.as_str()), args);
                query.fetch_optional(pool).await?.map(Row::Postgres)
            }
        };
        statements.unpack(&row.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let inner = match self {
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
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
                tx.run(statement, vec![]).await?;
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
                readers.close().await;
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
    ("0009_fresh_asks", include_str!("../../migrations/0009_fresh_asks.sql")),
    ("0010_refunds", include_str!("../../migrations/0010_refunds.sql")),
    ("0012_einvoices", include_str!("../../migrations/0012_einvoices.sql")),
];

impl Query for Db {
    async fn rows(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                let mut reader = readers.borrow().await?;
                let rows = bound!(sqlx::query::<Sqlite>(sql), args).fetch_all(reader.get()?).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let rows = bound!(sqlx::query::<Postgres>(sql), args).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

/// SQLite's connections that only read, lent out one by one. The driver's own pool asks a connection how it is whenever
/// it comes back, which costs as much as a small read; a file does not go away, so here nobody asks.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    idle: std::sync::Mutex<Vec<SqliteConnection>>,
    seats: Semaphore,
}

impl Readers {
    async fn open(options: &SqliteConnectOptions) -> Result<Self, Error> {
        let many = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let mut idle = Vec::with_capacity(many);
        for _ in 0..many {
            idle.push(options.connect().await?);
        }
        Ok(Self(Arc::new(Shelf { idle: std::sync::Mutex::new(idle), seats: Semaphore::new(many) })))
    }

    /// Waits for a connection; it comes back when what is answered is dropped.
    async fn borrow(&self) -> Result<Borrowed, Error> {
        let seat = self.0.seats.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        seat.forget();
        // There is one for every seat.
        let taken = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Borrowed { connection: Some(taken.ok_or(sqlx::Error::PoolClosed)?), from: Arc::clone(&self.0) })
    }

    /// Closes those that nobody has, and lends none any more.
    async fn close(&self) {
        self.0.seats.close();
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // What cannot be closed goes away with the process.
            let _ = connection.close().await;
        }
    }
}

/// A connection that was lent out.
struct Borrowed {
    connection: Option<SqliteConnection>,
    from: Arc<Shelf>,
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.from.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            self.from.seats.add_permits(1);
        }
    }
}

impl Borrowed {
    fn get(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.connection.as_mut().ok_or(Error::Database(sqlx::Error::PoolClosed))
    }
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
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
            Inner::Sqlite(tx) => bound!(sqlx::query::<Sqlite>(sql), args).execute(&mut **tx).await?.rows_affected(),
            Inner::Postgres(tx) => bound!(sqlx::query::<Postgres>(sql), args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Commits; when it answers, the change is on disk.
    pub async fn commit(self) -> Result<(), Error> {
        match self.inner.into_inner() {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Query for Tx {
    async fn rows(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, Error> {
        Ok(match &mut *self.inner.lock().await {
            Inner::Sqlite(tx) => {
                let rows = bound!(sqlx::query::<Sqlite>(sql), args).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
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

    static TOGETHER: LazyLock<Together> = LazyLock::new(|| {
        Together::new(&[
            (4, "SELECT CAST($1 AS TEXT), $2, NULL, -$2"),
            (1, "SELECT $1 WHERE $2 = 0"),
            (1, "SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 3 UNION ALL SELECT 2) a ORDER BY n DESC LIMIT 2"),
        ])
    });

    #[tokio::test]
    async fn rows_that_come_together_are_what_each_statement_answers() {
        let file = std::env::temp_dir().join(format!("kept-{}.db", uuid::Uuid::now_v7()));
        let db = Db::sqlite(&file).await.unwrap();
        for text in
            ["", "plain", "'\"\\/\u{8}\u{1f}\u{7f}\r\n\t", "£ 李 🙂 \u{2028}\u{fffd}", "[null]", "{\"a\":1}", "12"]
        {
            let all = db.together(&TOGETHER, args![text, i64::MAX]).await.unwrap();
            let [first, none, ordered] = &all[..] else { panic!("{} statements", all.len()) };
            assert_eq!(first.len(), 1);
            assert_eq!(first[0].text(0).unwrap(), text);
            assert_eq!(first[0].text_or_null(0).unwrap().as_deref(), Some(text));
            assert_eq!(first[0].int(1).unwrap(), i64::MAX);
            assert_eq!(first[0].text_or_null(2).unwrap(), None);
            assert_eq!(first[0].int_or_null(2).unwrap(), None);
            assert_eq!(first[0].int(3).unwrap(), -i64::MAX);
            assert!(none.is_empty());
            assert_eq!(ordered.iter().map(|row| row.int(0).unwrap()).collect::<Vec<_>>(), [3, 2]);
            for wrong in [first[0].text(1).err(), first[0].text(2).err(), first[0].int(0).err(), first[0].int(4).err()]
            {
                assert!(matches!(wrong, Some(Error::Corrupt(_))), "{wrong:?}");
            }
        }
        db.close().await;
        std::fs::remove_file(file).unwrap();
    }
}
