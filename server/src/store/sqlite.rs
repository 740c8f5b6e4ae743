//! SQLite: the connections that only read and the one that writes. All answer on the thread that asks: going to another
//! thread and back for every row costs more than what is asked for, which is some tens of microseconds from the page
//! cache. The only file that names this driver.

use super::db::{Error, Row, Value, storable};
use super::packed::{Cell, Rows};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedMutexGuard, Semaphore};

/// Statements that a connection keeps prepared; there are some 200 texts in all.
const STATEMENTS_KEPT: usize = 256;
/// How long a writer waits for one of another process, and a reader where a log is just being recovered after a crash.
const BUSY: Duration = Duration::from_secs(20);
/// How long one waits for the writers of this process.
const TURN: Duration = Duration::from_secs(30);

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
        match error.sqlite_error().map(|e| e.extended_code) {
            Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID | SQLITE_CONSTRAINT_UNIQUE) => Self::Conflict,
            _ => Self::Database(error.into()),
        }
    }
}

/// Connections, lent out one by one and opened when none is idle.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    file: PathBuf,
    /// Taken for a moment, never while a statement runs.
    idle: Mutex<Vec<Connection>>,
    /// How many are kept.
    kept: usize,
    /// Reads of any size that may run at once.
    seats: Semaphore,
}

impl Readers {
    /// Readers of a file that is there. Opens one connection.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let kept = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let shelf =
            Shelf { file: file.to_owned(), idle: Mutex::default(), kept: 2 * kept, seats: Semaphore::new(kept) };
        let first = shelf.connect()?;
        shelf.put_back(first);
        Ok(Self(Arc::new(shelf)))
    }

    /// The rows of a statement of any size: many rows would keep others on this thread waiting, so it is read on another.
    pub async fn rows(&self, sql: &'static str, args: Vec<Value>) -> Result<Vec<Row>, Error> {
        let seat = self.0.seats.acquire().await.map_err(|_| closed())?;
        let shelf = Arc::clone(&self.0);
        let read = move || shelf.lend(|reader| rows(&mut reader.prepare_cached(sql)?, &args));
        let answer = tokio::task::spawn_blocking(read).await.map_err(|e| Error::Database(e.into()))?;
        drop(seat);
        answer
    }

    /// The rows of `first`, and of each of `others` behind it: these are given the first row's columns of those numbers.
    /// All see the same moment. It is read here and now: only for what stays small however large the database is.
    pub fn rows_behind(
        &self,
        first: &str,
        args: &[Value],
        given: [usize; 2],
        others: &[(usize, &str)],
    ) -> Result<Vec<Vec<Row>>, Error> {
        if self.0.seats.is_closed() {
            return Err(closed());
        }
        self.0.lend(|reader| {
            // One snapshot for all, and its locks are taken once.
            reader.prepare_cached("BEGIN")?.execute([])?;
            let found = rows(&mut reader.prepare_cached(first)?, args)?;
            let args = given.map(|at| match &found.first() {
                Some(row) => row.text(at).map(Value::Text),
                None => Ok(Value::NullText),
            });
            let [one, two] = args;
            let args = [one?, two?];
            let all = others.iter().map(|(_, sql)| rows(&mut reader.prepare_cached(sql)?, &args)).collect();
            reader.prepare_cached("COMMIT")?.execute([])?;
            all
        })
    }

    /// Closes those that nobody has, and lends none any more.
    pub fn close(&self) {
        self.0.seats.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Shelf {
    fn connect(&self) -> Result<Connection, Error> {
        // What is open belongs to one thread at a time: SQLite need not lock it once more.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    }

    /// Reads with a connection. One that failed is not used again: it may be in the middle of something.
    fn lend<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let answer = read(&connection)?;
        self.put_back(connection);
        Ok(answer)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock, so that none comes back behind the one who closes.
        if idle.len() < self.kept && !self.seats.is_closed() {
            idle.push(connection);
        }
    }
}

/// The connection that writes, lent to one transaction after the other, first come, first served.
#[derive(Clone, Debug)]
pub struct Writer(Arc<tokio::sync::Mutex<Desk>>);

#[derive(Debug)]
struct Desk {
    file: PathBuf,
    /// None before the first transaction, after one that could not be ended, and once all is closed.
    connection: Option<Connection>,
    closed: bool,
}

impl Writer {
    /// Opens the file, or makes it, in WAL mode; every commit is synced to disk.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let mut desk = Desk { file: file.to_owned(), connection: None, closed: false };
        desk.connect()?;
        Ok(Self(Arc::new(tokio::sync::Mutex::new(desk))))
    }

    /// Begins a transaction and takes SQLite's write lock.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.0).lock_owned()).await;
        let mut desk = turn.map_err(|_| Error::Database("other writers take too long".into()))?;
        if desk.closed {
            return Err(closed());
        }
        let connection = desk.connect()?;
        connection.busy_timeout(Duration::ZERO)?;
        let begun = connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
        connection.busy_timeout(BUSY)?;
        match begun {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                // Another process writes.
                let again = slowly(|| Ok(connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?));
                again.map(drop)?;
            }
            begun => drop(begun?),
        }
        Ok(Transaction { desk })
    }

    /// Closes the connection once nobody has it, and lends it no more. The last one out folds the log into the file.
    pub async fn close(&self) {
        let mut desk = self.0.lock().await;
        desk.closed = true;
        desk.connection = None;
    }
}

impl Desk {
    fn connect(&mut self) -> Result<&Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.file, flags)?;
                connection.busy_timeout(BUSY)?;
                connection
                    .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }
}

/// A transaction of SQLite's: dropped before its commit, nothing of it has happened.
#[derive(Debug)]
pub struct Transaction {
    desk: OwnedMutexGuard<Desk>,
}

impl Transaction {
    /// Runs a statement and answers how many rows it changed.
    pub fn run(&self, sql: &str, args: &[Value]) -> Result<u64, Error> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(sql)?;
        bind(&mut statement, args)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        Ok(connection.changes())
    }

    /// The rows that a statement answers with.
    pub fn rows(&self, sql: &str, args: &[Value]) -> Result<Vec<Row>, Error> {
        rows(&mut self.connection()?.prepare_cached(sql)?, args)
    }

    /// Commits; when it answers, the change is on disk.
    pub fn commit(self) -> Result<(), Error> {
        slowly(|| Ok(self.connection()?.prepare_cached("COMMIT")?.execute([]).map(drop)?))
    }

    fn connection(&self) -> Result<&Connection, Error> {
        self.desk.connection.as_ref().ok_or_else(closed)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let ended = self.desk.connection.as_ref().is_none_or(|connection| {
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() || connection.is_autocommit()
        });
        if !ended {
            // Whatever state it is in, the next one does not begin there.
            self.desk.connection = None;
        }
    }
}

/// Does what may wait for a disk or another process; what else this thread has to do goes on elsewhere meanwhile.
fn slowly<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn closed() -> Error {
    Error::Database("the database is closed".into())
}

fn bind(statement: &mut CachedStatement<'_>, args: &[Value]) -> Result<(), Error> {
    for at in 1..=statement.parameter_count() {
        // `$2` is a name to SQLite, which counts names as they appear: its number says which value it stands for.
        let number = statement.parameter_name(at).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        match number.and_then(|number| args.get(number.checked_sub(1)?)) {
            Some(Value::Text(text)) => statement.raw_bind_parameter(at, storable(text).as_ref())?,
            Some(Value::Int(int)) => statement.raw_bind_parameter(at, int)?,
            Some(Value::NullText | Value::NullInt) => statement.raw_bind_parameter(at, rusqlite::types::Null)?,
            None => return Err(Error::Corrupt(format!("parameter {at} of a statement"))),
        }
    }
    Ok(())
}

fn rows(statement: &mut CachedStatement<'_>, args: &[Value]) -> Result<Vec<Row>, Error> {
    bind(statement, args)?;
    let columns = statement.column_count();
    let mut read = statement.raw_query();
    let mut all = Rows::of(columns);
    while let Some(row) = read.next()? {
        for at in 0..columns {
            all.push(&match row.get_ref(at)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(int) => Cell::Int(int),
                ValueRef::Text(text) => {
                    let text = std::str::from_utf8(text).map_err(|e| Error::Corrupt(format!("column {at}: {e}")))?;
                    Cell::Text(text.into())
                }
                ValueRef::Real(_) | ValueRef::Blob(_) => return Err(Error::Corrupt(format!("column {at}"))),
            });
        }
    }
    Ok(all.each().map(Row::Packed).collect())
}
