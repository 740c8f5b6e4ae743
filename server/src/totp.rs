//! Codes of six digits that change every half minute (TOTP, RFC 6238), and codes to recover with.

use crate::secret;
use kept_domain::ids::UserId;
use totp_rs::{Builder, Secret, Totp};

/// Recovery codes that somebody gets.
pub const RECOVERY_CODES: usize = 10;

fn totp(secret: &str, email: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    // SHA-1, six digits and half a minute are what every app knows; a minute either way for clocks that are off.
    let builder = Builder::new().with_secret(secret).with_account_name(plain(email)).with_issuer(Some("Kept"));
    builder.build().ok()
}

/// A colon would end the account's name.
fn plain(text: &str) -> String {
    text.replace(':', " ")
}

/// A new secret in base32.
pub fn new_secret() -> String {
    Secret::generate().to_base32()
}

/// What an app reads from the picture.
pub fn url(secret: &str, email: &str) -> Option<String> {
    totp(secret, email)?.to_url().ok()
}

/// The time step whose code was typed; `None` where it is the code of none that is near.
pub fn step_of(secret: &str, typed: &str, now_ms: i64) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let now_s = u64::try_from(now_ms / 1000).ok()?;
    totp(secret, "-")?.check(&digits, now_s).and_then(|step| i64::try_from(step).ok())
}

/// The code of an instant, as an app shows it.
#[cfg(test)]
pub fn code_at(secret: &str, now_ms: i64) -> Option<String> {
    Some(totp(secret, "-")?.generate(u64::try_from(now_ms / 1000).ok()?).to_string())
}

/// New recovery codes, in two groups that can be read aloud.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let letters = secret::letters(10)?;
            let (first, second) = letters.split_at(5);
            Ok(format!("{first}-{second}"))
        })
        .collect()
}

/// The fingerprint of a recovery code, however it was typed.
pub fn recovery_hash(user: &UserId, typed: &str) -> String {
    let plain: String = typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    secret::sha256(format!("{user}:{plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_right_for_a_minute_or_so() {
        let secret = new_secret();
        let now_ms = 1_795_500_000_000;
        let code = code_at(&secret, now_ms).unwrap();
        let step = step_of(&secret, &code, now_ms).unwrap();
        assert_eq!(step, now_ms / 30_000);
        assert_eq!(step_of(&secret, &format!(" {} {} ", &code[..3], &code[3..]), now_ms + 29_000), Some(step));
        assert_eq!(step_of(&secret, &code, now_ms + 120_000), None);
        for wrong in ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(step_of(&secret, wrong, now_ms), None, "{wrong}");
        }
        assert!(url(&secret, "ada@example.com").unwrap().starts_with("otpauth://totp/Kept:"));
    }

    #[test]
    fn recovery_codes_are_many_and_read_however_they_are_typed() {
        let codes = new_recovery_codes().unwrap();
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), RECOVERY_CODES);
        let user: UserId = "u".into();
        assert_eq!(recovery_hash(&user, "abcde-fghij"), recovery_hash(&user, " ABCDE FGHIJ"));
        assert_ne!(recovery_hash(&user, "abcde-fghij"), recovery_hash(&"v".into(), "abcde-fghij"));
    }
}
