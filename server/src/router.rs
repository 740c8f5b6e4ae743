//! Every URL on one screen.

use crate::app::App;
use crate::door::{self, Limits, No};
use crate::{bundle, hooks, portal};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// Bytes that a form without a file may have.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Bytes that are read of a form with a file before it is cut off: more than a file may have, so that somebody with a
/// file that is too large is told so.
const FILE_FORM_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Smaller answers are not worth compressing.
const COMPRESS_ABOVE_BYTES: u16 = 1024;

/// The whole server.
pub fn router(app: App, limits: Limits) -> Router {
    let debtor = Router::new()
        .route("/l/{token}", get(portal::gate::show).post(portal::gate::answer))
        .route("/l/{token}/fresh", post(portal::gate::fresh))
        .route("/account", get(portal::account::show))
        .route("/account/plan", get(portal::plan::show).post(portal::plan::propose))
        .route("/account/plan/check", get(portal::plan::check).post(portal::plan::confirm))
        .route("/account/promise", get(portal::promise::show).post(portal::promise::propose))
        .route("/account/promise/check", get(portal::promise::check).post(portal::promise::confirm))
        .route("/account/agreements/{id}", get(portal::agreement::show).post(portal::agreement::act))
        .route("/account/hardship", get(portal::dispute::show_hardship).post(portal::dispute::raise_hardship))
        .route("/account/disputes/{id}", get(portal::dispute::follow).post(portal::dispute::withdraw))
        .route("/account/payment", get(portal::payment::show).post(portal::payment::start))
        .route("/account/payment/{attempt}", get(portal::payment::truth))
        .route("/account/contacts", get(portal::contacts::show))
        .route("/account/leave", post(portal::gate::leave))
        .route("/receipt/{id}", get(portal::receipt::show))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    let debtor_files = Router::new()
        .route("/account/dispute", get(portal::dispute::show).post(portal::dispute::raise))
        .route("/account/already-paid", get(portal::dispute::show_claim).post(portal::dispute::raise_claim))
        .layer(DefaultBodyLimit::max(FILE_FORM_BYTES_MAX));
    let programs = Router::new()
        .route("/hooks/stripe", post(hooks::stripe::receive))
        .layer(DefaultBodyLimit::max(hooks::stripe::BODY_BYTES_MAX))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready));
    Router::new()
        .merge(debtor)
        .merge(debtor_files)
        .merge(programs)
        .merge(bundle::routes())
        .fallback(|| async { No::NotFound })
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(No::Failed("a panic".into()))))
        .layer(middleware::from_fn_with_state(app.clone(), door::watch))
        .layer(axum::Extension(limits))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(5))
                .compress_when(SizeAbove::new(COMPRESS_ABOVE_BYTES)),
        )
        .with_state(app)
}

/// Whether the database answers.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match crate::store::business::list(&app.db).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!("not ready: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
