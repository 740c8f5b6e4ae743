//! Books of any size, written by the database itself.

use kept_tests::{Db, Kept};

/// A business without anybody yet.
pub async fn business(db: Db) -> Kept {
    let kept = Kept::prepare(db).await;
    kept.run_ok(&["business", "add", "Harlow Joinery", "--owner", "Owner", "--email", "owner@example.com"]);
    kept
}

/// Invoices of each debtor.
pub const INVOICES: usize = 5;

/// Debtors of whom so many, evenly spread, have invoices that are late: two of five. All the others' are not due for a year, and were looked
/// at before. What an import of that size writes is written by the database itself.
pub async fn fill(kept: &Kept, debtors: usize, due: usize) {
    let every = debtors / due;
    let postgres = kept.db() == Db::Postgres;
    let series = |from: usize, to: usize| {
        if postgres {
            format!("generate_series({from}, {to}) AS s(n)")
        } else {
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM s WHERE n < {to}) SELECT n FROM s) AS s"
            )
        }
    };
    let business = "(SELECT business_id FROM businesses)";
    let pad = |n: &str, tag: &str| {
        if postgres { format!("'{tag}' || lpad(({n})::text, 8, '0')") } else { format!("printf('{tag}%08d', {n})") }
    };
    let is_due = format!("s.n % {every} = 0");
    let (debtor, invoice) = (pad("s.n", "d"), pad(&format!("s.n * {INVOICES} + k.n"), "i"));
    let numbers = format!(
        "{} CROSS JOIN {}",
        series(0, debtors - 1),
        series(0, INVOICES - 1).replace("AS s(n)", "AS k(n)").replace(") AS s", ") AS k")
    );
    let due_on = format!("CASE WHEN {is_due} AND k.n < 2 THEN '2026-11-0' || (k.n + 1) ELSE '2027-11-1' || k.n END");
    let mut statements = vec![
        format!(
            "INSERT INTO debtors (business_id, id, reference, name, email, phone, address, postcode, country, language, zone, kind, version,
               created_at_ms, look_at_ms)
             SELECT {business}, {debtor}, 'C' || s.n, 'Customer ' || s.n, 'customer' || s.n || '@example.com', '', '', 'LS26 7NP', 'GB', 'en', '',
               'company', 1, 1, CASE WHEN {is_due} THEN 0 ELSE 1800000000000 END FROM {}",
            series(0, debtors - 1)
        ),
        format!(
            "INSERT INTO invoices (business_id, id, debtor_id, number, issued_on, due_on, amount_minor, currency, description, created_at_ms)
             SELECT {business}, {invoice}, {debtor}, 'N' || (s.n * {INVOICES} + k.n), '2026-10-01', {due_on}, 12025, 'GBP', 'Stationery', 1 FROM {numbers}"
        ),
        format!(
            "INSERT INTO transfers (business_id, id, debtor_id, kind, moved_on, at_ms, currency, amount_minor, method, actor, note)
             SELECT {business}, {invoice}, {debtor}, 'invoice', '2026-10-01', 1, 'GBP', 12025, '', 'import', '' FROM {numbers}"
        ),
    ];
    for (seq, account, of, sign) in [(0, "receivable", invoice.as_str(), ""), (1, "sales", "NULL", "-")] {
        statements.push(format!(
            "INSERT INTO entries (business_id, transfer_id, seq, debtor_id, account, invoice_id, currency, amount_minor)
             SELECT {business}, {invoice}, {seq}, {debtor}, '{account}', {of}, 'GBP', {sign}12025 FROM {numbers}"
        ));
    }
    // The day before yesterday somebody looked at what arrived.
    statements.push(format!(
        "INSERT INTO payments_known (business_id, source, until_ms, at_ms) SELECT {business}, 'import', 1795478400000, 1795478400000"
    ));
    // What refers to what is right by how it is made.
    let unchecked = if postgres { "SET session_replication_role = replica;" } else { "PRAGMA foreign_keys = OFF;" };
    for statement in statements {
        kept.change(&format!("{unchecked} {statement}")).await;
    }
    kept.change(if postgres { "VACUUM ANALYZE" } else { "PRAGMA wal_checkpoint(TRUNCATE)" }).await;
}

/// What the database is called.
pub fn name(db: Db) -> &'static str {
    match db {
        Db::Sqlite => "SQLite",
        Db::Postgres => "PostgreSQL",
    }
}
