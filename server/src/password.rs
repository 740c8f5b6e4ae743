//! Passwords: Argon2id with 19 MiB, two passes and one lane (the OWASP recommendation), a few at a time.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Hashes at once: more would only wait for a processor, and each takes its memory.
const AT_ONCE: usize = 4;
/// Bytes of a password that are looked at; nobody types more.
pub const BYTES_MAX: usize = 1_024;

static SEATS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What an unknown account is compared with, so that it takes as long as a known one.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password", [7; 16]));

fn argon() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, 2, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: [u8; 16]) -> Option<String> {
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(argon()?.hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    match (argon(), PasswordHash::new(hash)) {
        (Some(argon), Ok(parsed)) => argon.verify_password(password.as_bytes(), &parsed).is_ok(),
        _ => false,
    }
}

/// Hashes a password with a fresh salt, in the PHC format; `None` where the machine has no randomness or memory left.
pub async fn hash(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).ok()?;
    let _seat = SEATS.acquire().await.ok()?;
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash_now(&password, salt)).await.ok()?
}

/// Compares a password with a hash. Without a hash it is compared with nobody's, which takes as long and is never right.
pub async fn verify(password: &str, hash: Option<&str>) -> bool {
    if password.len() > BYTES_MAX {
        return false;
    }
    let Ok(_seat) = SEATS.acquire().await else { return false };
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    let compared = tokio::task::spawn_blocking(move || match (hash, &*NOBODY) {
        (Some(hash), _) => verify_now(&password, &hash),
        (None, Some(nobody)) => {
            verify_now(&password, nobody);
            false
        }
        (None, None) => false,
    });
    compared.await.unwrap_or(false)
}

/// Why a password cannot be chosen, in words for the person who typed it. `known` are texts that a stranger knows of them.
pub fn objection(password: &str, known: &[&str]) -> Option<&'static str> {
    if password.chars().count() < 12 {
        return Some("Choose a password with at least 12 characters");
    }
    if password.len() > BYTES_MAX {
        return Some("Choose a shorter password");
    }
    let plain =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let typed = plain(password);
    let distinct: std::collections::BTreeSet<char> = typed.chars().collect();
    if distinct.len() < 5 {
        return Some("Choose a password with more different characters");
    }
    let guessable = known.iter().flat_map(|text| {
        // The part before the @, and each word, is as easy to guess as the whole.
        let words = text.split(|c: char| !c.is_alphanumeric()).map(plain);
        [plain(text), plain(text.split('@').next().unwrap_or_default())].into_iter().chain(words)
    });
    for guess in guessable.filter(|g| g.chars().count() >= 4) {
        let rest = typed.replace(&guess, "");
        if rest.chars().count() < 6 {
            return Some("Choose a password that is not your name, the business's name or your e-mail address");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_passwords_are_refused() {
        let known = ["Ada Lovelace", "ada.lovelace@example.com", "Analytical Engines"];
        for password in [
            "short",
            "aaaaaaaaaaaaaaaa",
            "ada.lovelace@example.com",
            "AdaLovelace1843",
            "analyticalengines",
            "lovelace 1815!",
        ] {
            assert!(objection(password, &known).is_some(), "{password}");
        }
        for password in ["punched cards weave flowers", "Tr0ub4dor&3-and-more"] {
            assert_eq!(objection(password, &known), None, "{password}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hashed = hash("punched cards weave flowers").await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("punched cards weave flowers", Some(&hashed)).await);
        assert!(!verify("punched cards weave flower", Some(&hashed)).await);
        assert!(!verify("nobody has this password", None).await);
        assert!(!verify(&"x".repeat(BYTES_MAX + 1), Some(&hashed)).await);
    }
}
