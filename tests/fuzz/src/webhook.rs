//! The gateway's messages and a carrier's, and the headers that say whose they are: the first line.

use kept_intake::gateway::amount::{from_stripe, to_stripe};
use kept_intake::gateway::notice;
use kept_intake::gateway::signature::{SignatureError, TOLERANCE_S, sign, verify};
use kept_intake::sms::signature as carrier;
use secrecy::SecretString;

/// When it is, in seconds since 1970.
const NOW_S: i64 = 1_800_000_000;

/// Reads a message.
pub fn target(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (header, rest) = bytes.split_at(at);
    let body = rest.strip_prefix(b"\n").unwrap_or(rest);
    let header = String::from_utf8_lossy(header);
    let secrets = [SecretString::from("whsec_new"), SecretString::from("whsec_old")];

    let ours = sign(body, &secrets, NOW_S);
    assert_eq!(verify(body, &ours, &secrets, NOW_S), Ok(()), "what we sign we accept");
    let late = verify(body, &ours, &secrets, NOW_S + TOLERANCE_S + 1);
    assert_eq!(late, Err(SignatureError::OutsideTolerance { signed_at_s: NOW_S }));
    if verify(body, &header, &secrets, NOW_S).is_ok() {
        // Nobody else can: it holds a signature of ours, made at the time that it states.
        let at = header.split(',').find_map(|part| part.trim().strip_prefix("t=")).and_then(|t| t.parse().ok());
        let genuine = |secret: &SecretString| sign(body, std::slice::from_ref(secret), at.unwrap_or(0));
        let known = |secret| header.to_ascii_lowercase().contains(genuine(secret).split("v1=").nth(1).unwrap_or("-"));
        assert!(secrets.iter().any(known), "{header}");
    }

    if let Ok(event) = notice::read(body) {
        for currency in ["gbp", "jpy", "kwd", "isk"] {
            let back = to_stripe(event.created_at_ms, currency);
            assert!(back.is_none_or(|b| from_stripe(b, currency) == Some(event.created_at_ms)), "{currency} {event:?}");
        }
        assert_eq!(notice::read(body), Ok(event), "the same message says the same");
    }

    if let Ok(fields) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(body) {
        let (token, url) = (SecretString::from("token"), "https://pay.example/hooks/sms");
        let right = carrier::sign(&token, url, &fields);
        assert!(carrier::is_right(&token, url, &fields, &right));
        let mut more = fields.clone();
        more.push(("Body".to_owned(), "STOP".to_owned()));
        assert!(!carrier::is_right(&token, url, &more, &right), "a field more is another message");
        if carrier::is_right(&token, url, &fields, &header) {
            assert_eq!(header, right, "there is one signature");
        }
    }
}
