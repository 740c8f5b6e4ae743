//! The `Stripe-Signature` header: who sent a webhook, and when (<https://docs.stripe.com/webhooks/signature>).

use std::fmt;

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Seconds a signature's time may differ from ours, as Stripe's own libraries allow.
pub const TOLERANCE_S: i64 = 300;

/// Longest header that is read, in bytes; Stripe's is under 200.
const HEADER_BYTES_MAX: usize = 4096;

/// Why a webhook's signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The header is not `t=SECONDS,v1=HEX[,v1=HEX…]`.
    Malformed,
    /// No `v1` signature matches any of the secrets.
    Mismatch,
    /// The signature is genuine but its time is further from ours than [`TOLERANCE_S`].
    OutsideTolerance {
        /// When the sender signed, in seconds since 1970.
        signed_at_s: i64,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the signature header is malformed"),
            Self::Mismatch => f.write_str("no signature matches a known secret"),
            Self::OutsideTolerance { signed_at_s } => {
                write!(f, "signed at {signed_at_s}, more than {TOLERANCE_S} seconds from now")
            }
        }
    }
}

impl std::error::Error for SignatureError {}

/// Accepts `raw_body` when one `v1` signature in `header` was made with one of `secrets` within
/// [`TOLERANCE_S`] of `now_s`. Several secrets let a secret be rotated without losing a webhook.
///
/// # Errors
/// [`SignatureError`], which says which of the three checks failed.
pub fn verify(raw_body: &[u8], header: &str, secrets: &[SecretString], now_s: i64) -> Result<(), SignatureError> {
    let signed = Header::read(header)?;
    let mut genuine = false;
    for secret in secrets {
        for signature in &signed.signatures {
            let mac = mac(secret, signed.at, raw_body);
            // Every pair is compared, in constant time, so that timing tells nothing about which matched.
            genuine |= mac.is_some_and(|mac| mac.verify_slice(signature).is_ok());
        }
    }
    if !genuine {
        return Err(SignatureError::Mismatch);
    }
    if now_s.abs_diff(signed.at_s) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::OutsideTolerance { signed_at_s: signed.at_s });
    }
    Ok(())
}

/// The header a sender puts beside `raw_body`, signed once with each of `secrets` at `at_s` (seconds since 1970).
#[must_use]
pub fn sign(raw_body: &[u8], secrets: &[SecretString], at_s: i64) -> String {
    let at = at_s.to_string();
    let mut header = format!("t={at}");
    for secret in secrets {
        if let Some(mac) = mac(secret, &at, raw_body) {
            header.push_str(",v1=");
            header.push_str(&hex::encode(mac.finalize().into_bytes()));
        }
    }
    header
}

struct Header<'a> {
    /// The time exactly as it was written: these characters were signed.
    at: &'a str,
    at_s: i64,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Header<'a> {
    fn read(header: &'a str) -> Result<Self, SignatureError> {
        if header.len() > HEADER_BYTES_MAX {
            return Err(SignatureError::Malformed);
        }
        let mut at = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            let (scheme, value) = part.trim().split_once('=').ok_or(SignatureError::Malformed)?;
            match scheme {
                "t" if at.is_none() => at = Some(value),
                "t" => return Err(SignatureError::Malformed),
                "v1" => {
                    let mut signature = [0; 32];
                    if hex::decode_to_slice(value, &mut signature).is_ok() {
                        signatures.push(signature);
                    }
                }
                // Other schemes (v0 is a test scheme) must be ignored, lest a downgrade be possible.
                _ => {}
            }
        }
        let at = at.ok_or(SignatureError::Malformed)?;
        let at_s = at.parse().map_err(|_| SignatureError::Malformed)?;
        if signatures.is_empty() {
            return Err(SignatureError::Malformed);
        }
        Ok(Self { at, at_s, signatures })
    }
}

fn mac(secret: &SecretString, at: &str, raw_body: &[u8]) -> Option<Hmac<Sha256>> {
    // An empty key would make every empty-keyed forgery genuine.
    let key = secret.expose_secret().as_bytes();
    if key.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(raw_body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;
    const NOW_S: i64 = 1_492_774_577;

    fn secrets(all: &[&str]) -> Vec<SecretString> {
        all.iter().map(|s| SecretString::from(*s)).collect()
    }

    #[test]
    fn a_signature_made_elsewhere_is_accepted() {
        // printf '%s' '1492774577.{"id":"evt_1","object":"event"}' | openssl dgst -sha256 -hmac whsec_test
        let header = "t=1492774577,\
            v1=da4a28bb1e8ecf97feff14bd141aa183c9cbe6a13dcfb1a2ace8dc472e62593b,\
            v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
        assert_eq!(verify(BODY, header, &secrets(&["whsec_test"]), NOW_S), Ok(()));
    }

    #[test]
    fn what_we_sign_we_accept_until_anything_changes() {
        let ours = secrets(&["whsec_a"]);
        let header = sign(BODY, &ours, NOW_S);
        assert_eq!(verify(BODY, &header, &ours, NOW_S), Ok(()));
        assert_eq!(verify(b"{}", &header, &ours, NOW_S), Err(SignatureError::Mismatch));
        assert_eq!(verify(BODY, &header, &secrets(&["whsec_b"]), NOW_S), Err(SignatureError::Mismatch));
        assert_eq!(verify(BODY, &header, &[], NOW_S), Err(SignatureError::Mismatch));
        let later = header.replace("t=1492774577", "t=1492774578");
        assert_eq!(verify(BODY, &later, &ours, NOW_S), Err(SignatureError::Mismatch));
    }

    #[test]
    fn either_secret_verifies_while_one_replaces_the_other() {
        let (old, new) = (secrets(&["whsec_old"]), secrets(&["whsec_new"]));
        let both = secrets(&["whsec_new", "whsec_old"]);
        for signer in [&old, &new, &both] {
            assert_eq!(verify(BODY, &sign(BODY, signer, NOW_S), &both, NOW_S), Ok(()));
        }
        assert_eq!(verify(BODY, &sign(BODY, &both, NOW_S), &new, NOW_S), Ok(()));
    }

    #[test]
    fn three_hundred_seconds_and_not_one_more() {
        let ours = secrets(&["whsec_a"]);
        let header = sign(BODY, &ours, NOW_S);
        for (now_s, accepted) in [
            (NOW_S + 300, true),
            (NOW_S - 300, true),
            (NOW_S + 301, false),
            (NOW_S - 301, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(verify(BODY, &header, &ours, now_s).is_ok(), accepted, "{now_s}");
        }
    }

    #[test]
    fn nonsense_is_malformed_and_an_empty_secret_never_verifies() {
        let ours = secrets(&["whsec_a"]);
        let good = "a".repeat(64);
        for header in [
            String::new(),
            "t".into(),
            "t=1".into(),
            "v1=".into(),
            format!("v1={good}"),
            format!("t=x,v1={good}"),
            format!("t=1,t=2,v1={good}"),
            "t=1,v1=abc".into(),
            format!("t=1,v0={good}"),
            "x".repeat(5000),
        ] {
            assert_eq!(verify(BODY, &header, &ours, 1), Err(SignatureError::Malformed), "{header}");
        }
        let empty = secrets(&[""]);
        assert_eq!(verify(BODY, &format!("t=1,v1={good}"), &empty, 1), Err(SignatureError::Mismatch));
    }
}
