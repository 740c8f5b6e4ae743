//! What the tests stand on. A Kept of its own for every test: the real binary, a fresh database, and visitors who speak HTTP to it.

pub mod cards;
pub mod imap;
pub mod paper;
pub mod passkey;
pub mod standin;
pub mod tables;
pub mod texts;
pub mod town;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, Once, mpsc};
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, RequestBuilder, StatusCode};
use sqlx::Connection as _;
use tempfile::TempDir;

/// Where a cluster for the PostgreSQL tests is; `tests/run` makes one and sets this.
const POSTGRES_VARIABLE: &str = "KEPT_TEST_POSTGRES";

/// Runs a test on SQLite and on PostgreSQL: `both!(an_import_changes_nothing_twice, async |kept| { … });`, where `kept` is a running [`Kept`].
/// Makes `an_import_changes_nothing_twice::{sqlite, postgres}`; without a cluster the second says that it was skipped.
#[macro_export]
macro_rules! both {
    ($(#[$attribute:meta])* $name:ident, async |$kept:ident| $body:block) => {
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "what a test's file imports is there for its tests, which stand in modules of their own")]
            use super::*;

            async fn story($kept: &mut $crate::Kept) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                story(&mut $crate::Kept::start($crate::Db::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if $crate::has_postgres() {
                    story(&mut $crate::Kept::start($crate::Db::Postgres).await).await;
                }
            }
        }
    };
}

/// The same without a server, for stories told on the command line; who wants a server starts it.
#[macro_export]
macro_rules! on_both {
    ($name:ident, async |$kept:ident| $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "what a test's file imports is there for its tests, which stand in modules of their own")]
            use super::*;

            async fn story($kept: &mut $crate::Kept) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                story(&mut $crate::Kept::prepare($crate::Db::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if $crate::has_postgres() {
                    story(&mut $crate::Kept::prepare($crate::Db::Postgres).await).await;
                }
            }
        }
    };
}

/// Which database a Kept stores in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Whether there is a cluster to test on; says so where there is none.
pub fn has_postgres() -> bool {
    let present = std::env::var(POSTGRES_VARIABLE).is_ok_and(|url| !url.is_empty());
    if !present {
        eprintln!("skipped: {POSTGRES_VARIABLE} is not set (tests/run sets it where PostgreSQL's server is installed)");
    }
    present
}

/// One Kept: its database, and its server while that runs. Everything is removed on drop.
pub struct Kept {
    /// Where the server listens, without a slash at the end; empty while it does not run.
    pub url: String,
    db: Db,
    data: TempDir,
    database: Option<String>,
    environment: BTreeMap<String, String>,
    server: Option<Child>,
    log: Arc<Mutex<String>>,
}

impl Kept {
    /// A fresh database and a server on it.
    pub async fn start(db: Db) -> Self {
        let mut kept = Self::prepare(db).await;
        kept.serve(&[]);
        kept
    }

    /// A fresh database and no server yet, for tests of the command line.
    pub async fn prepare(db: Db) -> Self {
        let database = match db {
            Db::Sqlite => None,
            Db::Postgres => Some(create_database().await),
        };
        let data = tempfile::Builder::new().prefix("kept-it-").tempdir().unwrap();
        let environment = BTreeMap::new();
        Self { url: String::new(), db, data, database, environment, server: None, log: Arc::default() }
    }

    /// Says something to every command and server that is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Starts (or starts again) the server, with these arguments besides, and waits until it listens.
    pub fn serve(&mut self, args: &[&str]) {
        self.stop();
        let mut child = self
            .command(&[&["serve", "--listen", "127.0.0.1:0"], args].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (found, listening) = mpsc::channel();
        keep_log(child.stdout.take().unwrap(), Arc::clone(&self.log), Some(found));
        keep_log(child.stderr.take().unwrap(), Arc::clone(&self.log), None);
        self.server = Some(child);
        match listening.recv_timeout(Duration::from_secs(60)) {
            Ok(url) => self.url = url,
            Err(_) => panic!("kept serve did not say where it listens:\n{}", self.log()),
        }
    }

    /// Kills the server as `kill -9` does; the database stays for the next [`Kept::serve`].
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // It may have ended by itself; then there is nothing to kill.
            let _ = server.kill();
            server.wait().unwrap();
        }
        self.url.clear();
    }

    /// Runs another command of the binary on the same database: `kept.run(&["import", "debtors", "…"])`.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// The same, and its standard output; fails the test when the command did.
    pub fn run_ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "kept {args:?}: {}\n{out}{err}", output.status);
        out.into_owned()
    }

    /// The same with `--json`, read.
    pub fn run_json(&self, args: &[&str]) -> serde_json::Value {
        let out = self.run_ok(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("kept {args:?} --json: {error}\n{out}"))
    }

    /// A command of the binary, told where this Kept's data is.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.data.path()).envs(&self.environment);
        match &self.database {
            Some(url) => command.args(["--database", url]),
            None => command.arg("--data").arg(self.data.path()),
        };
        command
    }

    /// Somebody with a browser: an own cookie jar, and an eye for every redirect.
    pub fn visitor(&self) -> Visitor {
        assert!(!self.url.is_empty(), "the server does not run");
        Visitor {
            origin: self.url.clone(),
            client: client_builder().cookie_store(true).build().unwrap(),
            address: None,
        }
    }

    /// The same, coming from an address of their own, as a proxy that the server trusts (`KEPT_TRUSTED_PROXIES`) tells it.
    pub fn visitor_from(&self, address: &str) -> Visitor {
        Visitor { address: Some(address.to_owned()), ..self.visitor() }
    }

    /// A program: no cookies, and no word on where the request comes from.
    pub fn program(&self) -> Program {
        Program { origin: self.url.clone(), client: client_builder().build().unwrap() }
    }

    /// The directory that was given as `--data`, also a place for a test's own files.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Which database this one is on.
    pub fn db(&self) -> Db {
        self.db
    }

    /// The address of the PostgreSQL database, where this one is on PostgreSQL.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Everything that the server has said so far, on standard output and standard error.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- what the server said\n{}---", self.log());
        }
        if let Some(url) = self.database.take() {
            // A thread, because a drop inside a runtime cannot wait for another future.
            let dropped =
                std::thread::spawn(move || tokio::runtime::Runtime::new().unwrap().block_on(drop_database(&url)))
                    .join();
            if dropped.is_err() && !std::thread::panicking() {
                panic!("the test's database could not be dropped");
            }
        }
    }
}

/// The binary under test: `$KEPT_BIN`, or `kept` beside the directory of the tests' own binaries.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("KEPT_BIN") {
        return path.into();
    }
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join(format!("kept{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing: build it with `cargo build -p kept` (tests/run does), or name one with KEPT_BIN",
        path.display()
    );
    path
}

fn keep_log(stream: impl Read + Send + 'static, log: Arc<Mutex<String>>, listening: Option<mpsc::Sender<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let (Some(found), Some(url)) = (&listening, line.strip_prefix("listening\t")) {
                // Nobody waits any longer when the test has given up.
                let _ = found.send(url.trim_end_matches('/').to_owned());
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}

/// The address of a new, empty database in the cluster.
async fn create_database() -> String {
    let cluster = std::env::var(POSTGRES_VARIABLE).unwrap_or_else(|_| panic!("{POSTGRES_VARIABLE} is not set"));
    let name = format!("kept_it_{}", uuid::Uuid::new_v4().simple());
    administer(&cluster, format!("CREATE DATABASE {name}")).await;
    let (before, query) = cluster
        .split_once('?')
        .map_or((cluster.as_str(), String::new()), |(before, query)| (before, format!("?{query}")));
    let server = before.rsplit_once('/').map_or(before, |(server, _)| server);
    format!("{server}/{name}{query}")
}

async fn drop_database(url: &str) {
    let cluster = std::env::var(POSTGRES_VARIABLE).unwrap();
    let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap();
    administer(&cluster, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

async fn administer(cluster: &str, statement: String) {
    let mut connection =
        sqlx::PgConnection::connect(cluster).await.unwrap_or_else(|error| panic!("{POSTGRES_VARIABLE}: {error}"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn client_builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(Duration::from_secs(30))
}

/// A person with a browser: cookies are kept, redirects are looked at instead of followed, and every request says that it comes from our own pages.
#[derive(Clone)]
pub struct Visitor {
    origin: String,
    client: reqwest::Client,
    address: Option<String>,
}

impl Visitor {
    /// Asks for a page; a path, or an address of this server.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Sends a form.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::to(self.request(Method::POST, path).form(fields)).await
    }

    /// Sends JSON and asks for JSON, as an island does.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        Answer::to(self.request(Method::POST, path).header("accept", "application/json").json(body)).await
    }

    /// Sends a form with files.
    pub async fn post_multipart(&self, path: &str, form: reqwest::multipart::Form) -> Answer {
        Answer::to(self.request(Method::POST, path).multipart(form)).await
    }

    /// Follows one redirect after another until a page answers.
    pub async fn follow(&self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..10 {
            match answer.find_location() {
                Some(location) => answer = self.get(&location).await,
                None => return answer,
            }
        }
        panic!("ten redirects one after another")
    }

    /// A request to be completed by the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, address(&self.origin, path))
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin");
        match &self.address {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        }
    }

    /// The same browser with the same cookies, after the server has moved to another port.
    pub fn moved_to(&self, kept: &Kept) -> Self {
        Self { origin: kept.url.clone(), ..self.clone() }
    }
}

/// A program that speaks to `/api/v1` or the hooks.
#[derive(Clone)]
pub struct Program {
    origin: String,
    client: reqwest::Client,
}

impl Program {
    /// A request to be completed by the test and sent with [`Answer::to`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, address(&self.origin, path))
    }
}

fn address(origin: &str, path: &str) -> String {
    if path.starts_with("http://") || path.starts_with("https://") {
        path.to_owned()
    } else {
        format!("{origin}{path}")
    }
}

/// What came back, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Of the body as it came, compressed or not.
    pub bytes: usize,
    /// Of anything that is no text.
    pub content: Vec<u8>,
    pub body: String,
    what: String,
}

impl Answer {
    /// Sends a request and reads its answer.
    pub async fn to(request: RequestBuilder) -> Self {
        Self::find(request).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The same, for a server that may not be there to the end.
    ///
    /// # Errors
    /// When no whole answer came.
    pub async fn find(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let (client, request) = request.build_split();
        let request = request?;
        let what = format!("{} {}", request.method(), request.url().path());
        let response = client.execute(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let received = response.bytes().await?;
        let body = String::from_utf8_lossy(&received).into_owned();
        Ok(Self { status, headers, bytes: received.len(), content: received.to_vec(), body, what })
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}\n{}", self.what, self.body);
        self
    }

    /// Fails the test unless these words are on the page.
    #[track_caller]
    pub fn sees(self, words: &str) -> Self {
        assert!(self.body.contains(words), "{} does not say {words:?}:\n{}", self.what, self.body);
        self
    }

    /// Fails the test when these words are on the page.
    #[track_caller]
    pub fn does_not_see(self, words: &str) -> Self {
        assert!(!self.body.contains(words), "{} says {words:?}:\n{}", self.what, self.body);
        self
    }

    /// Fails the test unless this is a 303 to an address that ends with this.
    #[track_caller]
    pub fn leads_to(self, end: &str) -> Self {
        let answer = self.expect(303);
        assert!(
            answer.find_location().is_some_and(|location| location.ends_with(end)),
            "{} leads to {:?}, not {end}",
            answer.what,
            answer.find_location()
        );
        answer
    }

    /// The address of a redirect.
    pub fn find_location(&self) -> Option<String> {
        self.status.is_redirection().then(|| self.header(LOCATION.as_str())).flatten()
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{}: {error}\n{}", self.what, self.body))
    }
}
