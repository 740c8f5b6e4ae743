//! `kept demo`: a business with customers in every state, a stand-in for the payment gateway, and everything served.

use super::{Failure, Shell, serve, work};
use crate::app::{App, DEFAULT_LISTEN};
use crate::config::{Costs, Sms};
use crate::demo;
use crate::gateway::sandbox::{self, SandboxConfig};
use crate::jobs::runner;
use clap::Args;
use secrecy::SecretString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

#[derive(Debug, Args)]
pub(super) struct Asked {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_LISTEN)]
    listen: String,
}

/// The file that marks a folder as the demo's own, to be emptied at the next demo.
const MARK: &str = "this-is-a-kept-demo";

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    let folder = shell.config.data.clone().unwrap_or_else(|| PathBuf::from("kept-demo"));
    if shell.config.database.is_none() {
        empty(&folder).map_err(|e| Failure::at(folder.display(), e))?;
    }
    let listener = TcpListener::bind(&asked.listen).await.map_err(|e| Failure::at(&asked.listen, e))?;
    let address = listener.local_addr()?;
    let gateway = TcpListener::bind((address.ip(), 0)).await?;
    let gateway_url = format!("http://{}", gateway.local_addr()?);
    let spoken = serve::spoken(&asked.listen, address);
    let url = format!("http://{spoken}");

    let key = SecretString::from("sk_test_demo");
    let webhook_secret = SecretString::from(crate::secret::token().map_err(|e| Failure::at("random numbers", e))?);
    let mut stand_in = SandboxConfig::new(key.clone(), webhook_secret.clone());
    stand_in.webhook_url = Some(format!("{url}/hooks/stripe"));
    tokio::spawn(sandbox::serve(gateway, stand_in));

    let mut config = shell.config.clone();
    config.data = Some(folder);
    config.listen = Some(spoken);
    config.public_url.get_or_insert_with(|| url.clone());
    // Whatever is configured: nothing leaves this machine.
    config.sms = Sms::default();
    // A rehearsal says what its messages would cost.
    let price = |text: &str| Some(text.to_owned());
    config.costs = Costs { email: price("0.01"), sms: price("0.04"), letter: price("0.95"), call: price("3.00") };
    config.stripe.secret_key = Some(key);
    config.stripe.webhook_secrets = vec![webhook_secret];
    config.stripe.api_url = Some(gateway_url.clone());
    config.stripe.checkout_origin = Some(gateway_url);
    // Nothing in the demo reaches anybody: its mail goes into a folder whatever the configuration says.
    config.mail.smtp_url = None;
    let app = App::open(config, shell.clock).await?;

    let progress = |what: &str| {
        // Where standard error is closed nobody waits for it.
        let _ = writeln!(std::io::stderr(), "seeding: {what}");
    };
    let shown = demo::seed(&app, &progress).await?;
    let mut lines = String::new();
    for (situation, url) in &shown.links {
        lines.push_str(&format!("link\t{situation}\t{url}\n"));
    }
    for (situation, answer) in &shown.answers {
        lines.push_str(&format!("answer\t{situation}\t{answer}\n"));
    }
    lines.push_str(&format!("console\t{}/console\t{}\t{}\n", app.public_url(), demo::LOGIN, shown.password));
    lines.push_str("ready\n");
    let jobs = tokio::spawn({
        let app = app.clone();
        async move { runner::run(&app, work::stopped()).await }
    });
    serve::serve(app, listener, &lines).await?;
    jobs.await??;
    Ok(())
}

/// Makes the folder, or empties it of an earlier demo. A folder with anything else in it is left alone.
fn empty(folder: &Path) -> std::io::Result<()> {
    let mark = folder.join(MARK);
    if mark.is_file() {
        std::fs::remove_dir_all(folder)?;
    } else if folder.read_dir().is_ok_and(|mut found| found.next().is_some()) {
        let why = "there is something in this folder that is not a demo; name another with --data";
        return Err(std::io::Error::other(why));
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(mark, "Everything in this folder is made anew by every `kept demo`.\n")
}
