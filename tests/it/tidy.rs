//! Style that matters is a test: where SQL stands, what the domain may not reach for, and that no arrow between the rooms runs back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Breaches as `file: what`, for the whole repository.
#[test]
fn the_repository_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
    let mut breaches = Vec::new();
    let mut seen = 0;
    for file in ["server/src", "server/intake/src", "app"].into_iter().flat_map(|room| rust_files(&root.join(room))) {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let source = std::fs::read_to_string(&file).unwrap();
        breaches.extend(breaches_in(&path, &source).into_iter().map(|what| format!("{path}: {what}")));
        seen += 1;
    }
    for (krate, allowed) in CRATES {
        let manifest = std::fs::read_to_string(root.join(format!("app/{krate}/Cargo.toml"))).unwrap();
        let breached = breaches_of_arrows(&manifest, allowed);
        breaches.extend(breached.into_iter().map(|what| format!("app/{krate}/Cargo.toml: {what}")));
    }
    let manifest = std::fs::read_to_string(root.join("server/intake/Cargo.toml")).unwrap();
    let breached = breaches_of_arrows(&manifest, &["kept-domain"]);
    breaches.extend(breached.into_iter().map(|what| format!("server/intake/Cargo.toml: {what}")));
    assert!(seen >= 9, "only {seen} source files were looked at: did the rooms move?");
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

/// What each of the browser's crates may depend on within the workspace.
const CRATES: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("api", &["kept-domain"]),
    ("ui", &["kept-domain"]),
    ("portal", &["kept-ui", "kept-api", "kept-domain"]),
    ("console", &["kept-ui", "kept-api", "kept-domain"]),
];

const DOORS: [&str; 5] = ["portal", "console", "api", "hooks", "router"];
const PORTS: [&str; 4] = ["gateway", "mail", "sms", "letter"];
const WEB: [&str; 4] = ["axum", "tower_http", "tower", "http_body_util"];

/// What would make a decision depend on anything but its arguments, or reach outside.
const IMPURE: [&str; 13] = [
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
    "std::time::Instant",
    "rand",
    "getrandom",
    "fastrand",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
];

fn breaches_in(path: &str, source: &str) -> Vec<String> {
    let code = without_comments(source);
    let mut breaches = Vec::new();
    if let Some(inner) = path.strip_prefix("server/src/") {
        let room = inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs");
        if room != "store" {
            breaches.extend(find_sql(&code).map(|sql| format!("SQL outside store/: {sql}")));
        }
        for (driver, home) in [("sqlx", "store/db.rs"), ("rusqlite", "store/sqlite.rs")] {
            if inner != home && names(&code, driver) {
                breaches.push(format!("only {home} may name the database driver {driver}"));
            }
        }
        breaches.extend(
            rooms_named(&code)
                .iter()
                .filter(|named| !may_name(room, named))
                .map(|named| format!("{room} must not know {named}")),
        );
        if DOORS.contains(&room) && names(&code, "store::db") {
            breaches.push("a door must not know store::db".to_owned());
        }
        if ["acts", "store", "jobs", "templates"].contains(&room) {
            breaches.extend(
                WEB.iter().filter(|web| names(&code, web)).map(|web| format!("{room} must not know HTTP ({web})")),
            );
        }
    }
    for (room, name) in [("app/domain/", "the domain"), ("server/intake/", "intake")] {
        if path.starts_with(room) {
            breaches.extend(
                IMPURE.iter().filter(|word| names(&code, word)).map(|word| format!("{name} must not know {word}")),
            );
        }
    }
    breaches
}

/// Whether one of the server's rooms may name another: main -> doors, jobs -> acts -> store, ports.
fn may_name(room: &str, named: &str) -> bool {
    let (door, port) = (DOORS.contains(&named), PORTS.contains(&named));
    match room {
        "acts" => !door && named != "jobs",
        "jobs" => !door,
        "store" | "templates" => !door && !port && !["acts", "jobs"].contains(&named),
        _ if PORTS.contains(&room) => !door && !["acts", "jobs", "store"].contains(&named),
        _ if DOORS.contains(&room) => named != "jobs",
        _ => true,
    }
}

/// The rooms that a source names after `crate::`, `kept::` or `super::super::`, also inside braces.
fn rooms_named(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for anchor in ["crate::", "kept::", "super::super::"] {
        for (at, _) in code.match_indices(anchor) {
            if code[..at].ends_with(is_word) {
                continue;
            }
            let rest = code[at + anchor.len()..].trim_start();
            match rest.strip_prefix('{') {
                Some(group) => rooms.extend(top_level_names(group)),
                None => rooms.extend([first_word(rest)]),
            }
        }
    }
    rooms.remove("super");
    rooms
}

/// The first words of the parts between the commas of `{…}`, whose opening brace has been taken off.
fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut parts, mut part) = (1, Vec::new(), String::new());
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',') {
            parts.push(first_word(part.trim()));
            part.clear();
        } else {
            part.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    parts
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| is_word(*letter)).collect()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether the word (or path) stands in the code, and not as a part of another word.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word))
}

/// A statement of SQL in capitals anywhere, or in small letters at the start of a string.
fn find_sql(code: &str) -> Option<String> {
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let within = |text: &str, word: &str| text.chars().take(200).collect::<String>().contains(word);
    let capitals = |text: &str| {
        ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "].iter().any(|start| text.starts_with(start))
            || (text.starts_with("UPDATE ") && within(text, " SET "))
    };
    let small = |text: &str| {
        ["insert into ", "delete from ", "create table "].iter().any(|start| text.starts_with(start))
            || (text.starts_with("update ") && within(text, " set "))
            || (text.starts_with("select ") && within(text, " from "))
    };
    line.char_indices().filter(|(at, _)| !line[..*at].ends_with(is_word)).find_map(|(at, letter)| {
        let rest = &line[at..];
        let found = capitals(rest) || (letter == '"' && small(rest[1..].trim_start()));
        found.then(|| rest.chars().take(40).collect())
    })
}

/// The code without lines that are only a comment.
fn without_comments(source: &str) -> String {
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Workspace crates in the manifest's dependencies (those of its tests aside) that are not among the allowed.
fn breaches_of_arrows(manifest: &str, allowed: &[&str]) -> Vec<String> {
    let mut section = "";
    let mut breaches = Vec::new();
    for line in manifest.lines().map(str::trim) {
        let mut named = None;
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            named = section.strip_prefix("dependencies.");
        } else if section.ends_with("dependencies") && !section.ends_with("dev-dependencies") {
            named = line.split(['=', '.', ' ']).next();
        }
        let named = named.unwrap_or_default();
        if (named == "kept" || named.starts_with("kept-")) && !allowed.contains(&named) {
            breaches.push(format!("must not depend on {named}"));
        }
    }
    breaches
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every check finds what it is there for, and leaves alone what is right.
#[test]
fn each_check_can_fail() {
    for (path, source, expected) in [
        ("server/src/acts/pay.rs", r#"let q = "SELECT id FROM invoice";"#, "SQL outside store/"),
        ("server/src/portal/account.rs", "db.execute(\"\n   update invoice\n set paid = 1\")", "SQL outside store/"),
        ("server/src/main.rs", "\"DELETE FROM link\"", "SQL outside store/"),
        ("server/src/jobs/run.rs", "\"insert into job values ($1)\"", "SQL outside store/"),
        ("server/src/store/link.rs", "use sqlx::Row;", "database driver"),
        ("server/src/acts/pay.rs", "fn f(e: sqlx::Error) {}", "database driver"),
        ("server/src/store/link.rs", "use rusqlite::Row;", "database driver"),
        ("server/src/acts/pay.rs", "use axum::Json;", "must not know HTTP (axum)"),
        ("server/src/store/link.rs", "use axum::Json;", "must not know HTTP (axum)"),
        ("server/src/acts/pay.rs", "use crate::portal::account;", "acts must not know portal"),
        ("server/src/acts/pay.rs", "use crate::{store::{link, hold}, console};", "acts must not know console"),
        ("server/src/store/link.rs", "crate::acts::open_link(x)", "store must not know acts"),
        ("server/src/store/link.rs", "use super::super::acts::open_link;", "store must not know acts"),
        ("server/src/store.rs", "use crate::gateway;", "store must not know gateway"),
        ("server/src/gateway/stripe.rs", "use crate::store::attempt;", "gateway must not know store"),
        ("server/src/mail/smtp.rs", "use crate::acts;", "mail must not know acts"),
        ("server/src/letter.rs", "use crate::hooks;", "letter must not know hooks"),
        ("server/src/sms/twilio.rs", "use crate::store;", "sms must not know store"),
        ("server/src/hooks/stripe.rs", "use crate::store::db::Db;", "a door must not know store::db"),
        ("server/src/api/v1.rs", "use crate::jobs;", "api must not know jobs"),
        ("server/src/jobs/schedule.rs", "use crate::router;", "jobs must not know router"),
        ("app/domain/src/plan.rs", "let now = chrono::Utc::now();", "must not know Utc::now"),
        ("app/domain/src/plan.rs", "use std::time::SystemTime;", "must not know SystemTime"),
        ("app/domain/src/link.rs", "rand::random()", "must not know rand"),
        ("server/intake/src/import.rs", "std::fs::read(path)", "intake must not know std::fs"),
        ("app/domain/src/link.rs", "std::env::var(\"X\")", "must not know std::env"),
    ] {
        let breaches = breaches_in(path, source);
        assert!(breaches.iter().any(|breach| breach.contains(expected)), "{path}: {source}: {breaches:?}");
    }
    for (path, source) in [
        ("server/src/store/link.rs", "\"SELECT hash FROM link\""),
        ("server/src/store/db.rs", "use sqlx::Row;"),
        ("server/src/acts/pay.rs", "use crate::{store, gateway::Port}; // UPDATE words only\n"),
        ("server/src/acts/pay.rs", "//! SELECT is for the store.\nlet said = \"Please update your settings\";"),
        ("server/src/portal/account.rs", "use crate::store::invoice; use axum::Json; let x = \"Select a date\";"),
        ("server/src/gateway/sandbox/mod.rs", "use axum::Router;"),
        ("server/src/router.rs", "use crate::{portal, console};"),
        ("app/domain/src/plan.rs", "/// Never Utc::now().\nlet brand = operand(strand);"),
    ] {
        assert_eq!(breaches_in(path, source), Vec::<String>::new(), "{path}: {source}");
    }
}

/// A dependency that runs back is found however it is written; what a crate's own tests use is theirs.
#[test]
fn an_arrow_that_runs_back_is_found() {
    for manifest in [
        "[dependencies]\nkept-portal = { workspace = true }",
        "[dependencies]\nkept-portal.workspace = true",
        "[dependencies.kept-portal]\npath = \"../portal\"",
        "[target.'cfg(unix)'.dependencies]\nkept-portal = \"0.1\"",
        "[build-dependencies]\nkept-portal = \"0.1\"",
    ] {
        assert_eq!(breaches_of_arrows(manifest, &["kept-domain"]), ["must not depend on kept-portal"], "{manifest}");
    }
    assert_eq!(
        breaches_of_arrows("[dependencies]\nkept = { path = \"../../server\" }", &["kept-domain"]),
        ["must not depend on kept"]
    );
    let allowed = "[package]\nname = \"kept-api\"\n[dependencies]\nkept-domain = { workspace = true }\nserde = \"1\"\n[dev-dependencies]\nkept-portal = \"0.1\"\n[features]\nclient = [\"kept-ui/x\"]";
    assert_eq!(breaches_of_arrows(allowed, &["kept-domain"]), Vec::<String>::new());
}
