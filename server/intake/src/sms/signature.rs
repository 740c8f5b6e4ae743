//! The signature of what a carrier of text messages sends: HMAC-SHA1 over the address that it called and the sorted
//! fields of its form, in base64, under the account's token.
//! <https://www.twilio.com/docs/usage/webhooks/webhooks-security>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;

/// The header that carries it.
pub const HEADER: &str = "x-twilio-signature";

fn digest(token: &SecretString, url: &str, fields: &[(String, String)]) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()).ok()?;
    mac.update(url.as_bytes());
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    Some(mac)
}

/// The signature of a call.
pub fn sign(token: &SecretString, url: &str, fields: &[(String, String)]) -> String {
    digest(token, url, fields).map(|mac| STANDARD.encode(mac.finalize().into_bytes())).unwrap_or_default()
}

/// Whether a call is signed by whoever holds the token; in constant time.
pub fn is_right(token: &SecretString, url: &str, fields: &[(String, String)], signature: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature) else { return false };
    digest(token, url, fields).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation.
    #[test]
    fn the_signature_is_twilios() {
        let token = SecretString::from("12345");
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        let fields = [
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675310"),
            ("Caller", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = "L/OH5YylLD5NRKLltdqwSvS0BnU=";
        assert_eq!(sign(&token, url, &fields), signature);
        assert!(is_right(&token, url, &fields, signature));
        assert!(!is_right(&token, "https://example.com/myapp.php?foo=1", &fields, signature));
        assert!(!is_right(&token, url, &fields[1..], signature));
        assert!(!is_right(&SecretString::from("12346"), url, &fields, signature));
        for wrong in ["", "L/OH5YylLD5NRKLltdqwSvS0BnU", "L/OH5YylLD5NRKLltdqwSvS0BnUA", "not base64 !"] {
            assert!(!is_right(&token, url, &fields, wrong), "{wrong}");
        }
    }
}
