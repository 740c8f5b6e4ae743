//! One agreement, proposal or offer: its words, its payments, and what can still be changed.

use crate::account::{LESS_IS_OVER, kept_card, state_words};
use crate::frame::{AgreementWords, BackToAccount, Frame};
use kept_api::portal::Agreement;
use kept_domain::calendar::show;
use kept_domain::commitment::{Kind, Made, Standing, State, button};
use kept_domain::heal::How;
use kept_domain::money::{Currency, Money};
use kept_ui::notice::{Notice, Tone};
use leptos::prelude::*;

/// The page's heading.
pub fn heading(state: State) -> &'static str {
    match state {
        State::Proposed => "Your proposal",
        State::Countered => "An offer for you",
        _ => "Your agreement",
    }
}

/// The page at `/account/agreements/{id}`.
#[component]
pub fn AgreementPage(
    /// The agreement.
    agreement: Agreement,
) -> impl IntoView {
    let Agreement {
        business,
        currency,
        line,
        standings,
        words,
        words_sha256,
        button: pressed,
        made_at,
        reason,
        answered_by,
        cards,
        kept,
        changes,
    } = agreement;
    let tone = match line.state {
        State::Active | State::Kept => Tone::Good,
        State::Proposed | State::Countered | State::Missed => Tone::Wait,
        _ => Tone::Info,
    };
    let name = business.name.clone();
    let by = line.answer_by_on.map(|on| format!(" by {}", show(on))).unwrap_or_default();
    let what_now = match line.state {
        State::Active if line.kind == Kind::Settlement => "Once the amount has arrived by its day, the rest is taken off. Until then you only hear from us about this payment.".to_owned(),
        State::Missed if line.kind == Kind::Settlement => LESS_IS_OVER.to_owned(),
        State::Kept if line.kind == Kind::Settlement => "You paid as agreed, and the rest has been taken off. Thank you.".to_owned(),
        State::Proposed => format!("{name} answers{by}. It is not an agreement yet. No reminders are sent while you wait."),
        State::Countered => format!("{name} offers you this in answer to your proposal. Please answer{by}. It is not an agreement unless you accept it."),
        State::Active => "While payments arrive as agreed, you only hear from us about the payment that is due.".to_owned(),
        State::Missed => "A payment has not reached us yet. You can pay it now or change the agreement. If you have paid, give it three days to arrive.".to_owned(),
        State::Kept => "You paid everything as agreed. Thank you.".to_owned(),
        State::Broken => "It has ended, and what is left is due again. You can still make a new agreement.".to_owned(),
        State::Declined => format!("{name} could not accept this. You can propose something else."),
        State::Withdrawn => "You took this back. You can propose something else at any time.".to_owned(),
        State::Expired => "It was not answered in time, so it has lapsed. You can propose it again.".to_owned(),
        State::Cancelled => "It has ended. You can make a new agreement at any time.".to_owned(),
    };
    let reason = (!reason.is_empty()).then(|| view! { <p class="message">{reason}</p> });
    let answered = answered_by.map(|id| {
        view! { <p><a class="button" href=format!("/account/agreements/{id}")>"See what took its place"</a></p> }
    });
    let made = if line.state == State::Countered {
        format!("Offered on {made_at}.")
    } else {
        format!("Made on {made_at}, with the button “{pressed}”.")
    };
    let state = line.state;
    let keep = (cards && kept.is_none() && state.is_running() && line.kind == Kind::Plan && standings.iter().filter(|s| s.left_minor() > 0).count() > 1).then(|| {
        let href = format!("/account/payment?what=instalment&keep=yes&currency={currency}");
        view! { <p class="soft">"Would you like the payments to be taken from your card? "<a href=href>"Pay the next instalment and keep the card for the others"</a></p> }
    });
    let changes = (!changes.is_empty()).then(|| {
        let late = line.state == State::Missed || changes.contains(&How::Spread) || changes.contains(&How::Shift);
        let heading = if late { "If it does not fit any more" } else { "You have paid ahead" };
        let items: Vec<_> = changes
            .iter()
            .map(|how| {
                let href = format!("/account/plan/change?how={}&currency={currency}", how.code());
                view! { <li><a href=href>{how.words()}</a></li> }
            })
            .collect();
        view! { <section class="card"><h2>{heading}</h2><ul>{items}</ul><p class="soft small">"You see the new dates and amounts before you agree."</p></section> }
    });
    let kept = kept.map(|card| view! { <section class="card"><h2>"Your card"</h2>{kept_card(card)}</section> });
    let acts = Acts { id: line.id, kind: line.kind, state, currency, cards, words_sha256 };
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>{heading(state)}</h1>
            <Notice tone heading=state_words(state)><p>{what_now}</p>{reason}{answered}</Notice>
            <section class="card">{standing_table(&standings, currency, state)}{keep}</section>
            {changes}
            {kept}
            {(state != State::Countered).then(|| acts.view())}
            <section class="card agreement">
                <h2>"The exact words"</h2>
                <AgreementWords words/>
                <p class="soft small">{made}</p>
            </section>
            {(state == State::Countered).then(|| acts.view())}
        </Frame>
    }
}

/// What can be done with an agreement; made when it is placed on the page.
struct Acts {
    id: String,
    kind: Kind,
    state: State,
    currency: Currency,
    cards: bool,
    words_sha256: String,
}

impl Acts {
    fn view(&self) -> AnyView {
        let action = format!("/account/agreements/{}", self.id);
        let change = match self.kind {
            Kind::Plan => format!("/account/plan?currency={}", self.currency),
            Kind::Promise => format!("/account/promise?currency={}", self.currency),
            Kind::Settlement => format!("/account/settlement?currency={}", self.currency),
        };
        match self.state {
            State::Countered => view! {
                <form method="post" action=action class="buttons">
                    <input type="hidden" name="shown" value=self.words_sha256.clone()/>
                    <button class="button" name="act" value="accept">{button(self.kind, Made::AsOffer)}</button>
                    <button class="button quiet" name="act" value="refuse">"No, thank you"</button>
                </form>
                <p><a href=change>"Propose something else"</a></p>
            }
            .into_any(),
            State::Proposed => view! {
                <div class="buttons">
                    <form method="post" action=action><button class="button quiet" name="act" value="withdraw">"Take it back"</button></form>
                    <a href=change>"Propose something else"</a>
                </div>
            }
            .into_any(),
            State::Active | State::Missed => {
                let settles = self.kind == Kind::Settlement;
                let pay = (self.cards && !(settles && self.state == State::Missed)).then(|| {
                    let words = if self.kind == Kind::Plan { "Pay the next instalment" } else { "Pay this amount" };
                    view! { <a class="button" href=format!("/account/payment?what=instalment&currency={}", self.currency)>{words}</a> }
                });
                view! {
                    <div class="buttons">{pay}<a class="button quiet" href=change>"Change it"</a></div>
                    <details>
                        <summary>"End this agreement"</summary>
                        <div>
                            <p>"Then what is left is due again, and reminders may start again. What you have paid counts."</p>
                            <form method="post" action=action><button class="button quiet" name="act" value="cancel">"End this agreement"</button></form>
                        </div>
                    </details>
                }
                .into_any()
            }
            State::Declined | State::Withdrawn | State::Expired | State::Cancelled | State::Broken => {
                view! { <p><a class="button quiet" href=change>"Make a new agreement"</a></p> }.into_any()
            }
            State::Kept => ().into_any(),
        }
    }
}

fn standing_table(standings: &[Standing], currency: Currency, state: State) -> AnyView {
    let running = state.is_running() || state == State::Kept || state == State::Broken;
    let rows: Vec<_> = standings
        .iter()
        .map(|s| {
            let money = |minor| Money::new(minor, currency).show();
            let how = match s {
                _ if !running => String::new(),
                s if s.left_minor() == 0 => "Paid".to_owned(),
                s if s.paid_minor > 0 => format!("{} paid", money(s.paid_minor)),
                s if s.missed => "Late".to_owned(),
                _ => "To come".to_owned(),
            };
            view! {
                <tr>
                    <td class="day">{show(s.instalment.due_on)}</td>
                    {running.then(|| view! { <td>{how}</td> })}
                    <td class="num">{money(s.instalment.amount_minor)}</td>
                </tr>
            }
        })
        .collect();
    let total: i64 = standings.iter().map(|s| s.instalment.amount_minor).sum();
    view! {
        <table>
            <caption>"Payments"</caption>
            <thead><tr><th scope="col">"Due by"</th>{running.then(|| view! { <th scope="col">"How it stands"</th> })}<th scope="col" class="num">"Amount"</th></tr></thead>
            <tbody>{rows}</tbody>
            <tfoot><tr><th scope="row" colspan=if running { "2" } else { "1" }>"In all"</th><td class="num">{Money::new(total, currency).show()}</td></tr></tfoot>
        </table>
    }
    .into_any()
}
