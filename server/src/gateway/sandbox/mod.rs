//! A stand-in for Stripe, over the same HTTP: for the demo, for tests, and for building without an account.
//!
//! It keeps its books in memory and forgets them when it ends. `/v1/…` speaks as Stripe does, `/c/pay/…` is the
//! hosted page, and `/sandbox/…` lets a test make the weather: faults, held webhooks, refunds, disputes, accidents, time.

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    routing::{any, get, post},
};
use secrecy::SecretString;
use tokio::net::TcpListener;

mod accident;
mod books;
mod card;
mod charge;
mod control;
mod courier;
mod customer;
mod dispute;
mod door;
mod error;
mod event;
mod fault;
mod form;
mod hosted;
mod idempotency;
mod intent;
mod list;
mod money;
mod page;
mod pay;
mod refund;
mod session;
#[cfg(test)]
mod tests;

use books::Books;
use courier::Courier;

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// How browsers reach it, without a slash at the end; empty takes the listener's own address.
    pub public_url: String,
    /// The only API key it accepts.
    pub secret_key: SecretString,
    /// Where webhooks go; `None` sends none until `/sandbox/webhooks` names a place.
    pub webhook_url: Option<String>,
    /// Signs the webhooks.
    pub webhook_secret: SecretString,
    /// The first wait before a webhook that failed is sent again; it doubles each time.
    pub webhook_retry: Duration,
    /// How long the slow card takes, in seconds of the sandbox's clock.
    pub slow_settles_after_s: i64,
}

impl SandboxConfig {
    /// A sandbox with these secrets, webhooks retried after a second, and a slow card that takes twelve seconds.
    #[must_use]
    pub fn new(secret_key: SecretString, webhook_secret: SecretString) -> Self {
        Self {
            public_url: String::new(),
            secret_key,
            webhook_url: None,
            webhook_secret,
            webhook_retry: Duration::from_secs(1),
            slow_settles_after_s: 12,
        }
    }
}

/// One running sandbox.
#[derive(Clone)]
struct Sandbox {
    books: Arc<Mutex<Books>>,
    courier: Arc<Courier>,
}

impl Sandbox {
    fn new(config: SandboxConfig) -> Self {
        Self { courier: Arc::new(Courier::new(&config)), books: Arc::new(Mutex::new(Books::new(config))) }
    }

    /// Looks at or changes the books in one step, after what was due has happened.
    fn with<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        let mut books = self.lock();
        books.happen();
        let seen = look(&mut books);
        drop(books);
        self.courier.wake();
        seen
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn router(self) -> Router {
        Router::new()
            .route("/v1/{*path}", any(door::call))
            .route("/c/pay/{session}", get(hosted::show).post(hosted::pay))
            .route("/c/pay/{session}/challenge", get(hosted::challenge).post(hosted::answer))
            .route("/sandbox/accident", post(accident::happen))
            .route("/sandbox/charges", get(control::charges))
            .route("/sandbox/clock", post(control::clock))
            .route("/sandbox/dispute", post(control::dispute))
            .route("/sandbox/dispute/close", post(control::close_dispute))
            .route("/sandbox/faults", post(control::faults))
            .route("/sandbox/pay/{session}", post(control::pay))
            .route("/sandbox/refund", post(control::refund))
            .route("/sandbox/refund/fail", post(control::fail_refund))
            .route("/sandbox/signature", post(control::signature))
            .route("/sandbox/settle", post(control::settle))
            .route("/sandbox/stray", post(accident::stray))
            .route("/sandbox/webhooks", get(control::webhooks).post(control::set_webhooks))
            .route("/sandbox/webhooks/deliver", post(control::deliver))
            .with_state(self)
    }
}

/// Serves a sandbox on `listener` until the future is dropped.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, mut config: SandboxConfig) -> std::io::Result<()> {
    if config.public_url.is_empty() {
        config.public_url = format!("http://{}", listener.local_addr()?);
    }
    let sandbox = Sandbox::new(config);
    let router = sandbox.clone().router();
    let served = async move { axum::serve(listener, router).await };
    tokio::select! {
        served = served => served,
        () = courier::run(sandbox) => Ok(()),
    }
}

/// What `kept sandbox` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct SandboxArgs {
    /// Where it listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7301")]
    pub listen: SocketAddr,
    /// How browsers reach it; the listening address unless said.
    #[arg(long, default_value = "")]
    pub public_url: String,
    /// The only API key it accepts.
    #[arg(long, default_value = "sk_test_sandbox")]
    pub secret_key: SecretString,
    /// Where webhooks go.
    #[arg(long)]
    pub webhook_url: Option<String>,
    /// Signs the webhooks.
    #[arg(long, default_value = "whsec_sandbox")]
    pub webhook_secret: SecretString,
}

/// Serves a sandbox by itself, after printing `listening<TAB>url` on standard output.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn run_standalone(args: SandboxArgs) -> std::io::Result<()> {
    let listener = TcpListener::bind(args.listen).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening\thttp://{}", listener.local_addr()?)?;
    out.flush()?;
    let mut config = SandboxConfig::new(args.secret_key, args.webhook_secret);
    config.public_url = args.public_url.trim_end_matches('/').to_owned();
    config.webhook_url = args.webhook_url;
    serve(listener, config).await
}
