//! `kept business add`: another business on the same installation, with its owner.

use super::{Failure, Shell};
use crate::acts::found_business::unnamed;
use crate::acts::set_up::{self, Founder};
use crate::acts::{self};
use crate::secret;
use crate::store;
use clap::{Args, Subcommand};
use kept_domain::money::Currency;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Add a business; its owner's first password is made up and printed once
    Add(New),
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// Its trading name
    name: String,
    /// The owner's name
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// The address with which the owner signs in
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The currency of its terms, an ISO 4217 code
    #[arg(long, default_value = "GBP")]
    currency: String,
    /// The IANA time zone in which its days are counted
    #[arg(long, default_value = "UTC")]
    zone: String,
}

pub(super) async fn run(shell: &Shell, what: &What) -> Result<(), Failure> {
    let What::Add(new) = what;
    let currency = Currency::parse(&new.currency).ok_or_else(|| Failure::at("--currency", "not an ISO 4217 code"))?;
    if new.zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(Failure::at("--zone", "not an IANA time zone, such as Europe/London"));
    }
    let password = secret::token().map_err(|e| Failure::at("random numbers", e))?;
    let founder = Founder { business: &new.name, name: &new.owner, email: &new.email, password: &password };
    let app = shell.open().await?;
    let added = set_up::add(&app, &founder, unnamed(currency, &new.zone)).await;
    app.db.close().await;
    match added {
        Ok(()) => {}
        Err(acts::Failure::Refused(wrong)) => {
            let (field, words) = wrong.first().copied().unwrap_or(("business", "it cannot be added"));
            return Err(Failure::at(field, words));
        }
        Err(acts::Failure::Store(store::Error::Conflict)) => {
            return Err(Failure::at("--email", "somebody signs in with this address already"));
        }
        Err(acts::Failure::Store(error)) => return Err(error.into()),
        Err(acts::Failure::NotFound) => return Err(Failure::at("business", "it cannot be added")),
    }
    if shell.json {
        return shell.say_json(&serde_json::json!({ "login": new.email, "password": password }));
    }
    shell.say(&format!("{} can be signed in to as {} with the password {password}", new.name, new.email))
}
