//! The command line: a file per command. Each opens what it needs, calls one act and says what came of it.

mod account_statement;
mod business;
mod demo;
mod doctor;
mod export;
mod import;
mod late_charges;
mod letters;
mod links;
mod migrate;
mod reconcile;
mod rehearse;
mod serve;
mod statement;
mod work;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::schedule::Job;
use crate::store::business::{self as businesses, Business};
use crate::store::db::QUIET;
use clap::{Args, Parser, Subcommand};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Courteous reminders with a link, and a record of what was agreed.
#[derive(Debug, Parser)]
#[command(name = "kept", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command can be told.
#[derive(Debug, Args)]
struct Global {
    /// The folder of the SQLite database and of mail that goes into a folder [default: kept-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL database to use instead of SQLite
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The configuration [default: kept.toml in the data folder, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The business, by its id or name, where there are several
    #[arg(long, global = true, value_name = "NAME")]
    business: Option<String>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring in customers, invoices (also e-invoices) or a bank statement
    #[command(subcommand)]
    Import(import::What),
    /// Add another business to this installation
    #[command(subcommand)]
    Business(business::What),
    /// Show what was invoiced and paid on one account, as of any day
    Statement(account_statement::Asked),
    /// Make a link for everybody who owes something, for letters of your own
    Links(links::Asked),
    /// Hand letters to a print house
    #[command(subcommand)]
    Letters(letters::What),
    /// Work out what the law adds to late invoices between businesses, day by day, without booking it
    LateCharges(late_charges::Asked),
    /// Write a list into a file
    #[command(subcommand)]
    Export(export::What),
    /// Bring the database's schema up to date
    Migrate,
    /// Serve the pages for customers and the business, and hear the payment gateway
    Serve {
        /// The address to listen on [default: 127.0.0.1:7300]
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// Send what is due, settle payments, and move agreements on
    Work {
        /// Stop when nothing is due any more
        #[arg(long)]
        once: bool,
        /// Run this job alone
        #[arg(long, value_name = "JOB", requires = "once")]
        only: Option<Job>,
    },
    /// Show what the policy would send, to whom and when, without sending anything
    Rehearse(rehearse::Asked),
    /// Compare card payments, refunds and disputes with the gateway; fails where a discrepancy remains
    Reconcile(reconcile::Asked),
    /// Try everything: a business with customers in every state, a stand-in for the gateway, all of it served
    Demo(demo::Asked),
    /// Check the configuration, and everything that must always be true of the data
    Doctor,
    /// Serve a stand-in for the payment gateway, for trying things out
    Sandbox(crate::gateway::sandbox::SandboxArgs),
    /// Serve a stand-in for the carrier of text messages, for trying things out
    SmsSandbox(crate::sms::standin::Args),
}

impl Command {
    async fn run(&self, shell: &Shell) -> Result<(), Failure> {
        match self {
            Self::Import(what) => import::run(shell, what).await,
            Self::Business(what) => business::run(shell, what).await,
            Self::Statement(asked) => account_statement::run(shell, asked).await,
            Self::Links(asked) => links::run(shell, asked).await,
            Self::Letters(what) => letters::run(shell, what).await,
            Self::LateCharges(asked) => late_charges::run(shell, asked).await,
            Self::Export(what) => export::run(shell, what).await,
            Self::Migrate => migrate::run(shell).await,
            Self::Serve { listen } => serve::run(shell, listen.clone()).await,
            Self::Work { once, only } => work::run(shell, *once, *only).await,
            Self::Rehearse(asked) => rehearse::run(shell, asked).await,
            Self::Reconcile(asked) => reconcile::run(shell, asked).await,
            Self::Demo(asked) => demo::run(shell, asked).await,
            Self::Doctor => doctor::run(shell).await,
            Self::Sandbox(args) => Ok(crate::gateway::sandbox::run_standalone(args.clone()).await?),
            Self::SmsSandbox(args) => Ok(crate::sms::standin::run_standalone(args.clone()).await?),
        }
    }
}

/// Why a command failed: one line that says where and why.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure at a place, such as a file or a setting.
    pub(crate) fn at(place: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self(format!("{place}: {why}"))
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// What a command works with.
pub(crate) struct Shell {
    /// The configuration, with what the command line said.
    pub(crate) config: Config,
    /// The time.
    pub(crate) clock: Clock,
    /// Whether a program reads the answer.
    pub(crate) json: bool,
    business: Option<String>,
}

impl Shell {
    fn new(global: Global) -> Result<Self, Failure> {
        let env = |name: &str| std::env::var(name).ok();
        let folder = global.data.clone().or_else(|| env("KEPT_DATA").map(PathBuf::from));
        let usual = folder.unwrap_or_else(|| Config::default().data_dir()).join("kept.toml");
        let file = global.config.clone().or_else(|| usual.is_file().then_some(usual));
        let mut config = Config::read(file.as_deref(), env).map_err(|e| Failure::at("configuration", e))?;
        config.data = global.data.or(config.data);
        config.database = global.database.or(config.database);
        let clock = match env("KEPT_NOW") {
            None => Clock::system(),
            Some(text) => {
                let at = chrono::DateTime::parse_from_rfc3339(text.trim());
                Clock::starting_at(at.map_err(|e| Failure::at("KEPT_NOW", e))?.to_utc())
            }
        };
        Ok(Self { config, clock, json: global.json, business: global.business })
    }

    /// Opens the database.
    pub(crate) async fn open(&self) -> Result<App, Failure> {
        Ok(App::open(self.config.clone(), self.clock).await?)
    }

    /// The business that is meant; `None` where there is none yet.
    pub(crate) async fn find_business(&self, app: &App) -> Result<Option<Business>, Failure> {
        let mut all = businesses::list(&app.db).await?;
        if let Some(wanted) = &self.business {
            let is_it = |b: &Business| b.id.as_str() == wanted || b.name.to_lowercase() == wanted.to_lowercase();
            all.retain(is_it);
        }
        match (all.len(), &self.business) {
            (0, Some(wanted)) => Err(Failure::at("business", format!("there is none called {wanted}"))),
            (0 | 1, _) => Ok(all.pop()),
            _ => {
                let names: Vec<String> = all.iter().map(|b| format!("{} ({})", b.name, b.id)).collect();
                Err(Failure::at("business", format!("say which with --business: {}", names.join(", "))))
            }
        }
    }

    /// The business that is meant.
    pub(crate) async fn get_business(&self, app: &App) -> Result<Business, Failure> {
        let found = self.find_business(app).await?;
        found.ok_or_else(|| Failure::at("business", "there is none yet; import invoices, or open the console"))
    }

    /// Prints a line, or several, on standard output.
    pub(crate) fn say(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        match write!(out, "{text}{end}").and_then(|()| out.flush()) {
            // Whoever reads has read enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|e| Failure::at("standard output", e)),
        }
    }

    /// Prints a value as JSON.
    pub(crate) fn say_json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        self.say(&serde_json::to_string(value)?)
    }
}

/// Runs the command line; 0 where it did what it was told, 1 where it could not, 2 where it was not understood.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("KEPT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("warn,{QUIET},kept::request=info")));
    // It would repeat the words of messages, and a password.
    let filter = match "async_imap=off".parse() {
        Ok(silence) => filter.add_directive(silence),
        Err(_) => filter,
    };
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(async { cli.command.run(&Shell::new(cli.global)?).await }));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            let line: Vec<&str> = why.split_whitespace().collect();
            // Where standard error is closed, the exit status still says it.
            let _ = writeln!(std::io::stderr(), "kept: {}", line.join(" "));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
