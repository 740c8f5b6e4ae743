//! What stands in the database, read beside the server: the tests' own eye, which trusts no page.

use crate::{Db, Kept};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use std::collections::BTreeMap;

/// Every row of every table, as text, sorted.
pub type Dump = BTreeMap<String, Vec<String>>;

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Kept {
    /// The first column of a statement's answer; cast it to text in the statement.
    pub async fn ask(&self, sql: &str) -> Vec<String> {
        let mut connection = self.connect().await;
        connection.ask(sql).await
    }

    /// Changes the database behind the server's back, as time or an administrator does.
    pub async fn change(&self, sql: &str) {
        self.try_change(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The same where the database may say no.
    ///
    /// # Errors
    /// What it says.
    pub async fn try_change(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.connect().await {
            Connection::Sqlite(mut db) => sqlx::raw_sql(sql).execute(&mut db).await.map(drop),
            Connection::Postgres(mut db) => sqlx::raw_sql(sql).execute(&mut db).await.map(drop),
        }
    }

    /// Everything that is stored.
    pub async fn dump(&self) -> Dump {
        let mut connection = self.connect().await;
        let (tables, columns) = match &connection {
            Connection::Sqlite(_) => (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name",
                "SELECT name FROM pragma_table_info('{table}') ORDER BY cid",
            ),
            Connection::Postgres(_) => (
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'
                 AND table_name NOT LIKE '\\_%' ORDER BY 1",
                "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'
                 AND table_schema = 'public' ORDER BY ordinal_position",
            ),
        };
        let mut dump = Dump::new();
        for table in connection.ask(tables).await {
            let columns = connection.ask(&columns.replace("{table}", &table)).await;
            let cells: Vec<String> =
                columns.iter().map(|c| format!("'{c}=' || COALESCE(CAST({c} AS TEXT), 'null')")).collect();
            let mut rows = connection.ask(&format!("SELECT {} FROM {table}", cells.join(" || ' | ' || "))).await;
            rows.sort();
            dump.insert(table, rows);
        }
        assert!(dump.contains_key("commitments"), "the dump sees the tables");
        dump
    }

    async fn connect(&self) -> Connection {
        match self.db() {
            Db::Sqlite => {
                let url = format!("sqlite://{}", self.data().join("kept.db").display());
                Connection::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            }
            Db::Postgres => {
                Connection::Postgres(PgConnection::connect(self.database.as_deref().unwrap()).await.unwrap())
            }
        }
    }
}

impl Connection {
    async fn ask(&mut self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(db) => {
                let rows = sqlx::query(sql).fetch_all(db).await.unwrap();
                rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
            }
            Self::Postgres(db) => {
                let rows = sqlx::query(sql).fetch_all(db).await.unwrap();
                rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_default()).collect()
            }
        }
    }
}

/// The rows in which two dumps differ, `-` for what is gone and `+` for what came, each after its table's name.
pub fn differences(before: &Dump, after: &Dump) -> Vec<String> {
    let mut found = Vec::new();
    for table in before.keys().chain(after.keys().filter(|table| !before.contains_key(*table))) {
        let none = Vec::new();
        let (old, new) = (before.get(table).unwrap_or(&none), after.get(table).unwrap_or(&none));
        found.extend(old.iter().filter(|row| !new.contains(row)).map(|row| format!("-{table}: {row}")));
        found.extend(new.iter().filter(|row| !old.contains(row)).map(|row| format!("+{table}: {row}")));
    }
    found
}
