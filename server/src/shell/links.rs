//! `kept links`: a new link for everybody who owes something, for letters of one's own.

use super::{Failure, Shell};
use crate::acts::list_links::{Letter, list_links};
use crate::csv_out::{self, Cell};
use kept_domain::money::Money;

#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    let app = shell.open().await?;
    let business = shell.get_business(&app).await?;
    let letters = list_links(&app, &business.id, "shell").await?;
    app.db.close().await;
    if shell.json && !asked.csv {
        let rows: Vec<serde_json::Value> = letters.iter().map(json).collect();
        return shell.say_json(&rows);
    }
    if asked.csv {
        let rows: Vec<Vec<Cell>> = letters.iter().map(cells).collect();
        let header = ["debtor", "name", "email", "balance_minor", "currency", "url"];
        return shell.say(&csv_out::write(&header, &rows)?);
    }
    if letters.is_empty() {
        return shell.say("Nobody owes anything.");
    }
    for Letter { owing: o, url } in &letters {
        shell.say(&format!(
            "{}\t{}\t{}\t{url}",
            o.reference,
            o.name,
            Money::new(o.balance_minor, o.currency).show()
        ))?;
    }
    Ok(())
}

fn cells(Letter { owing: o, url }: &Letter) -> Vec<Cell> {
    vec![
        Cell::Text(o.reference.clone()),
        Cell::Text(o.name.clone()),
        Cell::Text(o.email.clone()),
        Cell::Figure(o.balance_minor.to_string()),
        Cell::Figure(o.currency.code().to_owned()),
        Cell::Text(url.clone()),
    ]
}

fn json(Letter { owing: o, url }: &Letter) -> serde_json::Value {
    serde_json::json!({
        "debtor": o.reference,
        "name": o.name,
        "email": o.email,
        "balance_minor": o.balance_minor,
        "currency": o.currency.code(),
        "url": url,
    })
}
