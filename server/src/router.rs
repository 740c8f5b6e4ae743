//! Every URL on one screen.

use crate::app::App;
use crate::door::{self, Limits, No};
use crate::{bundle, console, hooks, portal};
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
/// Pages are compressed anew each time: beyond this they cost the server far more than the few hundred bytes that are
/// left to save.
const COMPRESS_QUALITY: i32 = 2;

/// The whole server.
pub fn router(app: App, limits: Limits) -> Router {
    let debtor = Router::new()
        .route("/l/{token}", get(portal::gate::show).post(portal::gate::answer))
        .route("/u/{token}", get(portal::unsubscribe::show).post(portal::unsubscribe::stop))
        .route("/l/{token}/fresh", post(portal::gate::fresh))
        .route("/account", get(portal::account::show))
        .route("/account/money-back", get(portal::money_back::show).post(portal::money_back::ask))
        .route("/account/late-charges", get(portal::late_charges::show))
        .route("/account/statement", get(portal::account_statement::show))
        .route("/account/statement.csv", get(portal::account_statement::csv))
        .route("/account/statement.pdf", get(portal::account_statement::pdf))
        .route("/account/plan", get(portal::plan::show).post(portal::plan::propose))
        .route("/account/plan/check", get(portal::plan::check).post(portal::plan::confirm))
        .route("/account/plan/change", get(portal::heal::check).post(portal::heal::confirm))
        .route("/account/promise", get(portal::promise::show).post(portal::promise::propose))
        .route("/account/promise/check", get(portal::promise::check).post(portal::promise::confirm))
        .route("/account/settlement", get(portal::settlement::show).post(portal::settlement::propose))
        .route("/account/settlement/check", get(portal::settlement::check).post(portal::settlement::confirm))
        .route("/account/agreements/{id}", get(portal::agreement::show).post(portal::agreement::act))
        .route("/account/hardship", get(portal::dispute::show_hardship).post(portal::dispute::raise_hardship))
        .route("/account/disputes/{id}", get(portal::dispute::follow).post(portal::dispute::withdraw))
        .route("/account/payment", get(portal::payment::show).post(portal::payment::start))
        .route("/account/payment/{attempt}", get(portal::payment::truth))
        .route("/account/cards/{card}", post(portal::cards::stop))
        .route("/account/contacts", get(portal::contacts::show))
        .route("/account/preferences", get(portal::preferences::show).post(portal::preferences::save))
        .route("/account/leave", post(portal::gate::leave))
        .route("/receipt/{id}", get(portal::receipt::show))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    let debtor_files = Router::new()
        .route("/account/dispute", get(portal::dispute::show).post(portal::dispute::raise))
        .route("/account/already-paid", get(portal::dispute::show_claim).post(portal::dispute::raise_claim))
        .layer(DefaultBodyLimit::max(FILE_FORM_BYTES_MAX));
    let business = Router::new()
        .route("/console", get(console::today::show))
        .route("/console/news", get(console::today::news))
        .route("/console/setup", get(console::session::show_setup).post(console::session::set_up))
        .route("/console/login", get(console::session::show_login).post(console::session::log_in))
        .route("/console/login/code", post(console::session::enter_code))
        .route("/console/login/passkey", post(console::session::begin_passkey))
        .route("/console/login/passkey/finish", post(console::session::passkey))
        .route("/console/logout", post(console::session::log_out))
        .route("/console/invite/{token}", get(console::session::show_join).post(console::session::join))
        .route("/console/account", get(console::own_account::show))
        .route("/console/account/password", post(console::own_account::password))
        .route("/console/account/totp", post(console::own_account::second_factor))
        .route("/console/account/passkeys", post(console::own_account::begin_passkey))
        .route("/console/account/passkeys/finish", post(console::own_account::add_passkey))
        .route("/console/account/passkeys/{passkey}", post(console::own_account::remove_passkey))
        .route("/console/users", get(console::users::list).post(console::users::invite))
        .route("/console/users/{user}", post(console::users::change))
        .route("/console/users/invites/{invite}", post(console::users::uninvite))
        .route("/console/calls", get(console::calls::list))
        .route("/console/calls/{call}", get(console::calls::show_one).post(console::calls::record))
        .route("/console/commitments", get(console::commitments::list))
        .route("/console/commitments.csv", get(console::commitments::export))
        .route("/console/commitments/{id}", get(console::commitments::show_one))
        .route("/console/commitments/{id}/accept", post(console::commitments::accept))
        .route("/console/commitments/{id}/decline", post(console::commitments::decline))
        .route("/console/commitments/{id}/counter", post(console::commitments::counter))
        .route("/console/disputes", get(console::disputes::list))
        .route("/console/disputes/{id}", get(console::disputes::show_one))
        .route("/console/disputes/{id}/answer", post(console::disputes::answer))
        .route("/console/disputes/{id}/resolve", post(console::disputes::resolve))
        .route("/console/disputes/{id}/files/{file}", get(console::disputes::file))
        .route("/console/debtors", get(console::debtors::list))
        .route("/console/debtors/{id}", get(console::debtors::show_one))
        .route("/console/debtors/{id}/statement", get(console::account_statement::show))
        .route("/console/debtors/{id}/statement.csv", get(console::account_statement::csv))
        .route("/console/debtors/{id}/statement.pdf", get(console::account_statement::pdf))
        .route("/console/debtors/{id}/payments", post(console::debtors::record_payment))
        .route(
            "/console/debtors/{id}/payments/{payment}",
            get(console::allocation::show).post(console::allocation::relocate),
        )
        .route("/console/debtors/{id}/payments/{payment}/undo", post(console::allocation::undo))
        .route("/console/debtors/{id}/money-back", get(console::money_back::show).post(console::money_back::decide))
        .route(
            "/console/debtors/{id}/late-charges",
            get(console::late_charges::list).post(console::late_charges::claim),
        )
        .route("/console/debtors/{id}/late-charges/waive", post(console::late_charges::waive))
        .route("/console/debtors/{id}/write-offs", get(console::write_offs::list).post(console::write_offs::write_off))
        .route("/console/debtors/{id}/write-offs/{write_off}", post(console::write_offs::take_back))
        .route("/console/debtors/{id}/contacts", post(console::debtors::record_contact))
        .route("/console/debtors/{id}/holds", post(console::debtors::hold))
        .route("/console/debtors/{id}/holds/{hold}/end", post(console::debtors::end_hold))
        .route("/console/debtors/{id}/addresses", post(console::debtors::use_again))
        .route("/console/debtors/{id}/hand-over.pdf", post(console::hand_over::pack))
        .route("/console/debtors/{id}/letters/{contact}", post(console::debtors::print_letter))
        .route("/console/debtors/{id}/links", post(console::debtors::create_link))
        .route("/console/debtors/{id}/links/{link}/revoke", post(console::debtors::revoke_link))
        .route("/console/debtors/{id}/cards/{card}/stop", post(console::debtors::stop_card))
        .route("/console/debtors/{id}/messages/{message}/again", post(console::stuck::again))
        .route("/console/letters", get(console::letters::show).post(console::letters::close))
        .route("/console/letters/batches/{batch}", post(console::letters::fetch))
        .route("/console/letters/waiting/{letter}", post(console::letters::take_out))
        .route("/console/statements/{statement}", get(console::statements::show_one))
        .route("/console/statements/lines/{line}", post(console::statements::decide))
        .route("/console/imports/{id}", get(console::imports::look).post(console::imports::decide))
        .route("/console/reconciliation", get(console::reconciliation::list))
        .route("/console/reconciliation/{discrepancy}", post(console::reconciliation::close))
        .route("/console/templates", get(console::templates::list))
        .route(
            "/console/templates/{code}/{channel}/{language}",
            get(console::templates::show_one).post(console::templates::save),
        )
        .route("/console/policy", get(console::policy::show).post(console::policy::save))
        .route("/console/policy/bank", get(console::bank_details::show).post(console::bank_details::save))
        .route(
            "/console/policy/late-charges",
            get(console::late_charge_policy::show).post(console::late_charge_policy::save),
        )
        .route("/console/policy/settlements", get(console::settlements::show).post(console::settlements::save))
        .route("/console/policy/reminders", get(console::reminders::show).post(console::reminders::save))
        .route("/console/policy/rehearsal", get(console::rehearsal::show))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    let business_files = Router::new()
        .route("/console/imports", get(console::imports::list).post(console::imports::take))
        .route("/console/statements", get(console::statements::list).post(console::statements::take))
        .layer(DefaultBodyLimit::max(FILE_FORM_BYTES_MAX));
    let programs = Router::new()
        .route("/hooks/stripe", post(hooks::stripe::receive))
        .layer(DefaultBodyLimit::max(hooks::stripe::BODY_BYTES_MAX))
        .route("/hooks/sms", post(hooks::sms::receive).layer(DefaultBodyLimit::max(hooks::sms::BODY_BYTES_MAX)))
        .route("/hooks/mail", post(hooks::mail::receive).layer(DefaultBodyLimit::max(hooks::mail::BODY_BYTES_MAX)))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready));
    Router::new()
        .merge(debtor)
        .merge(debtor_files)
        .merge(business)
        .merge(business_files)
        .merge(programs)
        .merge(bundle::routes())
        .fallback(|| async { No::NotFound })
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(No::Failed("a panic".into()))))
        .layer(middleware::from_fn_with_state(app.clone(), door::watch))
        .layer(axum::Extension(limits))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(COMPRESS_QUALITY))
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
