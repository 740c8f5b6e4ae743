//! The hosted page's words and looks. It says on every page that it stands in for the real one.

use super::{
    card::{Decline, TEST_CARDS},
    money,
    session::{Session, SessionStatus},
};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1a1f36;--soft:#4f566b;--line:#6b7394;--paper:#fff;--wash:#f6f8fa;--act:#3b3fb6;--on:#fff;--bad:#a4123f}\
@media(prefers-color-scheme:dark){:root{--ink:#f0f1f6;--soft:#c1c6d8;--line:#8a92b2;--paper:#181b2b;--wash:#0f111c;--act:#a9acff;--on:#10122a;--bad:#ff9db5}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--wash);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\
.banner{background:#ffd86b;color:#3a2a00;padding:.5rem 1rem;text-align:center;font-weight:600}\
main{max-width:30rem;margin:1.5rem auto;padding:1.5rem;background:var(--paper);border-radius:.75rem;border:1px solid var(--line)}\
h1{font-size:1.125rem;font-weight:500;margin:0;color:var(--soft);overflow-wrap:anywhere}\
.amount{font-size:2.25rem;font-weight:650;margin:.25rem 0 1rem}\
fieldset{border:0;margin:0 0 1.25rem;padding:0}\
legend,label.field{font-weight:600;margin-bottom:.25rem;display:block}\
.choice{display:flex;gap:.75rem;align-items:center;min-height:2.75rem;border-top:1px solid var(--line);padding:.25rem 0}\
.choice input{width:1.5rem;height:1.5rem;flex:none;accent-color:var(--act)}\
.choice small{display:block;color:var(--soft);font-size:.875rem}\
.hint{color:var(--soft);margin:0 0 .5rem;font-size:.9375rem}\
input[type=text]{width:100%;font:inherit;padding:.625rem;border:2px solid var(--line);border-radius:.375rem;background:var(--paper);color:var(--ink)}\
button,.back{font:inherit;font-weight:600;display:block;width:100%;min-height:3rem;padding:.625rem 1rem;margin-top:.75rem;border-radius:.375rem;border:2px solid var(--act);text-align:center;cursor:pointer;text-decoration:none}\
button{background:var(--act);color:var(--on)}\
button.quiet,.back{background:transparent;color:var(--act)}\
:focus-visible{outline:3px solid #ffb000;outline-offset:2px}\
.problem{border:3px solid var(--bad);border-radius:.375rem;padding:.75rem 1rem;margin-bottom:1.25rem}\
.problem h2{font-size:1rem;margin:0}.problem p{margin:.25rem 0 0}.problem a{color:var(--bad)}";

/// Where the debtor pays.
pub(super) fn payment(session: &Session, decline: Option<Decline>, nonce: &str) -> String {
    let mut cards = String::new();
    for (index, card) in TEST_CARDS.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        cards.push_str(&format!(
            "<label class=\"choice\"><input type=\"radio\" name=\"test_card\" value=\"{number}\"{checked}>\
             <span>{label}<small>{spaced}</small></span></label>",
            number = card.number,
            label = card.label,
            spaced = spaced(card.number),
        ));
    }
    let problem = decline.map_or_else(String::new, |decline| {
        format!(
            "<div class=\"problem\" role=\"alert\" tabindex=\"-1\"><h2>The payment did not go through</h2>\
             <p><a href=\"#card_number\">{}</a></p></div>",
            escape(decline.message)
        )
    });
    let wrong = if decline.is_some() { " aria-invalid=\"true\"" } else { "" };
    let back = session.cancel_url.as_ref().map_or_else(String::new, |url| {
        format!("<a class=\"back\" href=\"{}\">Go back without paying</a>", escape(url))
    });
    let body = format!(
        "{problem}<h1>{what}</h1><p class=\"amount\">{amount}</p>\
         <form method=\"post\" action=\"/c/pay/{id}\">\
         <fieldset><legend>Choose a test card</legend>{cards}</fieldset>\
         <label class=\"field\" for=\"card_number\">Or type a test card number</label>\
         <p class=\"hint\" id=\"card_hint\">Never a real one: nothing is charged here.</p>\
         <input type=\"text\" id=\"card_number\" name=\"card_number\" inputmode=\"numeric\" autocomplete=\"off\" \
         maxlength=\"30\" aria-describedby=\"card_hint\"{wrong}>\
         <button type=\"submit\">Pay {amount}</button></form>{back}",
        what = escape(&names(session)),
        amount = amount(session),
        id = escape(&session.id),
    );
    let title = if decline.is_some() { "Error: Test payment" } else { "Test payment" };
    document(title, &body, nonce)
}

/// Where the bank asks who is paying.
pub(super) fn challenge(session: &Session, nonce: &str) -> String {
    let body = format!(
        "<h1>Your bank asks: is this you?</h1><p class=\"amount\">{amount}</p>\
         <p>A real bank would ask for a code or a tap in its app (3-D Secure). Here you choose how it ends.</p>\
         <form method=\"post\" action=\"/c/pay/{id}/challenge\">\
         <button name=\"answer\" value=\"complete\">Complete authentication</button>\
         <button class=\"quiet\" name=\"answer\" value=\"fail\">Fail authentication</button></form>",
        amount = amount(session),
        id = escape(&session.id),
    );
    document("Test authentication", &body, nonce)
}

/// When the page no longer takes money.
pub(super) fn over(session: &Session, nonce: &str) -> String {
    let (heading, words, url, label) = match session.status {
        SessionStatus::Complete => {
            ("This payment is finished", "It cannot be paid twice.", Some(session.success_url()), "Continue")
        }
        SessionStatus::Expired | SessionStatus::Open => (
            "This payment page has expired",
            "Nothing was taken. Please start again from where you came.",
            session.cancel_url.clone(),
            "Go back",
        ),
    };
    let back = url.map_or_else(String::new, |url| format!("<a class=\"back\" href=\"{}\">{label}</a>", escape(&url)));
    document(heading, &format!("<h1>{heading}</h1><p>{words}</p>{back}"), nonce)
}

/// When there is no such page.
pub(super) fn unknown(nonce: &str) -> String {
    document("Page not found", "<h1>There is no such payment page</h1>", nonce)
}

fn document(title: &str, body: &str, nonce: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><style nonce=\"{nonce}\">{STYLE}</style></head><body>\
         <header class=\"banner\">Test payments: this page stands in for Stripe’s. No money moves.</header>\
         <main>{body}</main></body></html>"
    )
}

fn names(session: &Session) -> String {
    let names: Vec<&str> = session.items.iter().map(|item| item.name.as_str()).collect();
    names.join(", ")
}

fn amount(session: &Session) -> String {
    money::words(session.amount, &session.currency)
}

/// A card number in groups of four, as it stands on the card.
fn spaced(number: &str) -> String {
    let mut spaced = String::new();
    for (place, digit) in number.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
