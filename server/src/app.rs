//! What every act is handed: the database, the clock, the configuration.

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::gateway::stripe::STRIPE_URL;
use crate::gateway::{Gateway, GatewayConfig};
use crate::store::Error;
use crate::store::db::Db;
use std::sync::Arc;

/// An open installation of Kept. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// Where everything is kept.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What the installation says.
    pub config: Config,
    /// Where cards are charged; none without a key.
    pub gateway: Option<Gateway>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Why an installation does not open.
#[derive(Debug)]
pub enum OpenError {
    /// What it was told cannot be used.
    Config(ConfigError),
    /// The database does not open.
    Store(Error),
    /// The data folder cannot be made.
    Folder(std::io::Error),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(e) => write!(f, "configuration: {e}"),
            Self::Store(e) => write!(f, "{e}"),
            Self::Folder(e) => write!(f, "the data folder: {e}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl App {
    /// Opens the database that the configuration names and brings its schema up to date.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, OpenError> {
        let db = match &config.database {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => Db::postgres(url).await,
            Some(url) => {
                // The URL may hold a password: only its beginning is repeated.
                let scheme = url.split("://").next().unwrap_or_default();
                return Err(OpenError::Config(ConfigError(format!("database: write postgres://…, not {scheme}://…"))));
            }
            None => {
                let dir = config.data_dir();
                std::fs::create_dir_all(&dir).map_err(OpenError::Folder)?;
                Db::sqlite(&dir.join("kept.db")).await
            }
        }
        .map_err(OpenError::Store)?;
        db.migrate().await.map_err(OpenError::Store)?;
        let gateway = match &config.stripe.secret_key {
            None => None,
            Some(key) => {
                let config = GatewayConfig {
                    base_url: config.stripe.api_url.clone().unwrap_or_else(|| STRIPE_URL.to_owned()),
                    secret_key: key.clone(),
                    timeout: std::time::Duration::from_secs(config.stripe.timeout_s.unwrap_or(20).max(1).into()),
                };
                let made = Gateway::new(config).map_err(|e| OpenError::Config(ConfigError(format!("stripe: {e}"))))?;
                Some(made)
            }
        };
        Ok(Self(Arc::new(Parts { db, clock, config, gateway })))
    }

    /// The same installation at another time.
    pub fn at(&self, clock: Clock) -> Self {
        let parts = &*self.0;
        Self(Arc::new(Parts {
            db: parts.db.clone(),
            clock,
            config: parts.config.clone(),
            gateway: parts.gateway.clone(),
        }))
    }

    /// What links begin with, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.config.listen.as_deref().unwrap_or(DEFAULT_LISTEN)),
        }
    }
}

/// Where `serve` listens unless it is told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7300";
