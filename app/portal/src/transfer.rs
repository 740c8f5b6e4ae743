//! How to pay by bank transfer: the account, the reference, and for euros a code for the banking app.

use kept_api::portal::Transfer;
use leptos::prelude::*;

/// What a bank transfer needs.
#[component]
pub fn TransferDetails(
    /// Where the money goes, how much, and with which reference.
    transfer: Transfer,
) -> impl IntoView {
    let Transfer { holder, iban, bic, local, reference, amount, qr } = transfer;
    let row = |term: &'static str, text: String| {
        (!text.is_empty()).then(|| view! { <div><dt>{term}</dt><dd>{text}</dd></div> })
    };
    let local = (!local.is_empty()).then(|| {
        let lines: Vec<_> = local.lines().map(|line| view! { <br/>{line.to_owned()} }).collect();
        view! { <div><dt>"Local transfer"</dt><dd>{lines}</dd></div> }
    });
    let qr = qr.map(|(path, size)| {
        // Four modules of quiet around it, as cameras want it.
        let edge = size + 8;
        view! {
            <p>"Or let your banking app read this code. It fills in everything."</p>
            <svg class="qr" viewBox=format!("-4 -4 {edge} {edge}") role="img" aria-label="The same details as a code for banking apps">
                <path class="qr-paper" d=format!("M-4-4h{edge}v{edge}h-{edge}z")></path>
                <path class="qr-ink" d=path></path>
            </svg>
        }
    });
    view! {
        <dl class="facts lined">
            {row("Amount", amount.show())}
            {row("To", holder)}
            {row("IBAN", iban)}
            {row("BIC", bic)}
            {local}
            {row("Reference", reference)}
        </dl>
        <p class="hint">"Please give the reference exactly: by it we know that the money is yours."</p>
        {qr}
    }
}
