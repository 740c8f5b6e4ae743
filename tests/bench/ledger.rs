//! The ledger, measured:
//!
//! - the statement of a debtor with many entries, as the console answers it (every line with its balance, as CSV), over the plain SQL sum of
//!   that debtor's entries;
//! - the ageing figures over the balances of all debtors, as the console's first page shows them, over the plain SQL sum of all entries.
//!
//! Both are medians of turns in one run, on the same data and the same machine. `tests/bench/run ledger` builds the server and starts this;
//! `--debtors`, `--entries` and `--rounds` make it smaller. The data of a million debtors is PostgreSQL's; SQLite is for a tenth of that.

use super::Args;
use super::books::name;
use kept_tests::{Db, Kept, Visitor, has_postgres};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use std::time::{Duration, Instant};

/// Invoices of each debtor but the one with many entries.
const INVOICES: usize = 3;
const OPEN: &str = "account IN ('receivable', 'on_account')";

/// Measures; there is no budget to miss.
pub async fn run(args: &Args) -> bool {
    let (debtors, entries) = (args.number("--debtors", 1_000_000), args.number("--entries", 10_000));
    let rounds = args.number("--rounds", 15);
    if has_postgres() {
        measure(Db::Postgres, debtors, entries, rounds).await;
    }
    measure(Db::Sqlite, debtors / 10, entries, rounds).await;
    false
}

async fn measure(db: Db, debtors: usize, entries: usize, rounds: usize) {
    let name = name(db);
    eprintln!("{name}: {debtors} debtors, one of them with {entries} entries");
    let mut kept = Kept::prepare(db).await;
    let added =
        kept.run_json(&["business", "add", "Harlow Joinery", "--owner", "Owner", "--email", "owner@example.com"]);
    fill(&kept, debtors, entries).await;
    kept.serve(&[]);
    let owner = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    owner.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    let mut sql = Sql::open(&kept).await;

    let (mut statements, mut sums) = (Vec::new(), Vec::new());
    let of_one = format!("SELECT CAST(SUM(amount_minor) AS BIGINT) FROM entries WHERE debtor_id = 'many' AND {OPEN}");
    for _ in 0..=rounds {
        let (took, csv) = asked(&owner, "/console/debtors/many/statement.csv").await;
        // A head, the balance before and after, and a line for each transfer.
        assert_eq!(csv.lines().count(), 1 + 2 + entries / 2);
        statements.push(took);
        let (took, minor) = sql.sum(&of_one).await;
        let closing = csv.lines().last().unwrap().rsplit(',').next().unwrap().replace('.', "");
        assert_eq!(closing, minor.to_string(), "the statement ends with the sum");
        sums.push(took);
    }
    tell(name, &format!("a statement of {} entries", entries), statements, sums);

    let (mut pages, mut sums) = (Vec::new(), Vec::new());
    let of_all = format!("SELECT CAST(SUM(amount_minor) AS BIGINT) FROM entries WHERE {OPEN}");
    for _ in 0..=rounds {
        let (took, page) = asked(&owner, "/console").await;
        assert!(page.contains("class=\"ageing\""), "no ageing figures: {page}");
        pages.push(took);
        sums.push(sql.sum(&of_all).await.0);
    }
    tell(name, &format!("the ageing figures of {debtors} debtors"), pages, sums);
}

/// The first turn only warms up.
fn tell(name: &str, what: &str, ours: Vec<Duration>, sums: Vec<Duration>) {
    let (ours, sums) = (median(ours), median(sums));
    println!("{name}: {what}: {:.1} ms, the plain sum {:.1} ms: {:.2}", ours * 1e3, sums * 1e3, ours / sums);
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.remove(0);
    all.sort();
    all[all.len() / 2].as_secs_f64()
}

async fn asked(owner: &Visitor, path: &str) -> (Duration, String) {
    let begun = Instant::now();
    let answer = owner.get(path).await.expect(200);
    (begun.elapsed(), answer.body)
}

/// A connection that stays open, for the plain sums.
enum Sql {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Sql {
    async fn open(kept: &Kept) -> Self {
        match kept.database_url() {
            Some(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
            None => {
                let url = format!("sqlite://{}", kept.data().join("kept.db").display());
                Self::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            }
        }
    }

    async fn sum(&mut self, sql: &str) -> (Duration, i64) {
        let begun = Instant::now();
        let sql = AssertSqlSafe(sql.to_owned());
        let minor = match self {
            Self::Sqlite(db) => sqlx::query(sql).fetch_one(db).await.unwrap().get(0),
            Self::Postgres(db) => sqlx::query(sql).fetch_one(db).await.unwrap().get(0),
        };
        (begun.elapsed(), minor)
    }
}

/// Debtors with invoices of every age, of which one in three is paid in part, and one debtor with many entries. What an import of that size
/// writes is written by the database itself.
async fn fill(kept: &Kept, debtors: usize, entries: usize) {
    let postgres = kept.db() == Db::Postgres;
    let series = |name: &str, count: usize| {
        let last = count - 1;
        if postgres {
            format!("generate_series(0, {last}) AS {name}(n)")
        } else {
            format!(
                "(WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < {last}) SELECT n FROM r) AS {name}"
            )
        }
    };
    let pad = |n: &str, tag: &str| {
        if postgres { format!("'{tag}' || lpad(({n})::text, 9, '0')") } else { format!("printf('{tag}%09d', {n})") }
    };
    let business = "(SELECT business_id FROM businesses)";
    let (debtor, invoice) = (pad("s.n", "d"), pad(&format!("s.n * {INVOICES} + k.n"), "i"));
    let payment = pad(&format!("s.n * {INVOICES} + k.n"), "p");
    let numbers = format!("{} CROSS JOIN {}", series("s", debtors), series("k", INVOICES));
    // By turns a month, half a year and a year late, and not due yet.
    let due_on = "CASE (s.n + k.n) % 4 WHEN 0 THEN '2026-10-20' WHEN 1 THEN '2026-06-01' WHEN 2 THEN '2025-11-01' ELSE '2027-12-01' END";
    let many = entries / 4;
    let (own_invoice, own_payment) = (pad("s.n", "mi"), pad("s.n", "mp"));
    let own = series("s", many);
    let transfers = "INSERT INTO transfers (business_id, id, debtor_id, kind, moved_on, at_ms, currency, amount_minor, method, actor, note)";
    let bills = "INSERT INTO invoices (business_id, id, debtor_id, number, issued_on, due_on, amount_minor, currency, description, created_at_ms)";
    let into_entries =
        "INSERT INTO entries (business_id, transfer_id, seq, debtor_id, account, invoice_id, currency, amount_minor)";
    let people = "INSERT INTO debtors (business_id, id, reference, name, email, phone, address, postcode, country, language, zone, kind, version,
        created_at_ms, look_at_ms)";
    let mut statements = vec![
        format!(
            "{people} SELECT {business}, {debtor}, 'C' || s.n, 'Customer ' || s.n, '', '', '', '', 'GB', 'en', '', 'company', 1, 1, 0 FROM {}",
            series("s", debtors)
        ),
        format!("{people} SELECT {business}, 'many', 'many', 'Many', '', '', '', '', 'GB', 'en', '', 'company', 1, 1, 0"),
        format!(
            "{bills} SELECT {business}, {invoice}, {debtor}, 'N' || (s.n * {INVOICES} + k.n), '2025-10-01', {due_on}, 12025, 'GBP', '', 1 FROM {numbers}"
        ),
        format!(
            "{bills} SELECT {business}, {own_invoice}, 'many', 'M' || s.n, '2025-10-01', '2025-11-01', 12025, 'GBP', '', 1 FROM {own}"
        ),
        format!("{transfers} SELECT {business}, {invoice}, {debtor}, 'invoice', '2025-10-01', 1, 'GBP', 12025, '', 'import', '' FROM {numbers}"),
        format!(
            "{transfers} SELECT {business}, {payment}, {debtor}, 'payment', '2025-12-01', 1, 'GBP', 2025, 'bank', 'import', '' FROM {numbers}
             WHERE k.n = 0"
        ),
        format!("{transfers} SELECT {business}, {own_invoice}, 'many', 'invoice', '2025-10-01', 1, 'GBP', 12025, '', 'import', '' FROM {own}"),
        format!("{transfers} SELECT {business}, {own_payment}, 'many', 'payment', '2025-12-01', 1, 'GBP', 2025, 'bank', 'import', '' FROM {own}"),
    ];
    let rows = [
        (&invoice, &debtor, &numbers, "", [("receivable", 12025), ("sales", -12025)]),
        (&payment, &debtor, &numbers, "WHERE k.n = 0", [("receivable", -2025), ("money", 2025)]),
    ];
    for (transfer, whose, of, which, sides) in rows {
        for (seq, (account, minor)) in sides.into_iter().enumerate() {
            let on = if account == "receivable" { invoice.as_str() } else { "NULL" };
            statements.push(format!(
                "{into_entries} SELECT {business}, {transfer}, {seq}, {whose}, '{account}', {on}, 'GBP', {minor} FROM {of} {which}"
            ));
        }
    }
    for (transfer, sides) in [
        (&own_invoice, [("receivable", 12025), ("sales", -12025)]),
        (&own_payment, [("receivable", -2025), ("money", 2025)]),
    ] {
        for (seq, (account, minor)) in sides.into_iter().enumerate() {
            let on = if account == "receivable" { own_invoice.as_str() } else { "NULL" };
            statements.push(format!(
                "{into_entries} SELECT {business}, {transfer}, {seq}, 'many', '{account}', {on}, 'GBP', {minor} FROM {own}"
            ));
        }
    }
    // What refers to what is right by how it is made.
    let unchecked = if postgres { "SET session_replication_role = replica;" } else { "PRAGMA foreign_keys = OFF;" };
    for statement in statements {
        kept.change(&format!("{unchecked} {statement}")).await;
    }
    kept.change(if postgres { "VACUUM ANALYZE" } else { "PRAGMA wal_checkpoint(TRUNCATE)" }).await;
}
