//! What Kept costs, measured: each file here measures one thing, always as a ratio to something measured in the same run.
//! `tests/bench/run` builds the server and starts this.

mod books;
mod budgets;
mod charges;
mod http;
mod inserts;
mod ledger;
mod reminders;
mod sink;
mod statements;

/// What was asked for on the command line.
pub struct Args(Vec<String>);

impl Args {
    /// Whether it was asked for.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|arg| arg == name)
    }

    /// The number behind a name, or the usual one.
    pub fn number(&self, name: &str, usual: usize) -> usize {
        let value = self.0.iter().position(|arg| arg == name).and_then(|at| self.0.get(at + 1));
        value.map_or(usual, |text| text.parse().unwrap())
    }
}

fn main() {
    let args = Args(std::env::args().skip(1).collect());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let missed = match args.0.first().map(String::as_str) {
        Some("reminders") => runtime.block_on(reminders::run(&args)),
        Some("ledger") => runtime.block_on(ledger::run(&args)),
        Some("statements") => runtime.block_on(statements::run(&args)),
        Some("charges") => runtime.block_on(charges::run(&args)),
        _ => runtime.block_on(budgets::run(&args)),
    };
    if missed {
        std::process::exit(1);
    }
}
