//! Chance and fingerprints: ids, tokens from the operating system's generator, SHA-256.

use base64::Engine as _;
use sha2::{Digest, Sha256};

/// A new id: UUIDv7, so that ids sort by the time they were made.
pub fn new_id<T: From<String>>() -> T {
    T::from(uuid::Uuid::now_v7().to_string())
}

/// A token of 144 bits from the operating system's generator, in 24 characters that need no escaping in a URL.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 18];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 as hexadecimal text.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A code of six digits from the operating system's generator.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn code() -> Result<String, getrandom::Error> {
    // Numbers above the last whole million are drawn again, so that every code is equally likely.
    const CODES: u32 = 1_000_000;
    loop {
        let drawn = getrandom::u32()?;
        if drawn < u32::MAX - u32::MAX % CODES {
            return Ok(format!("{:06}", drawn % CODES));
        }
    }
}

/// The fingerprint of a one-time code, salted with its link so that equal codes differ.
pub fn code_hash(link: &kept_domain::ids::LinkId, code: &str) -> String {
    sha256(format!("{link}:{code}"))
}

/// So many small letters and digits that nobody takes for one another, five bits each.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn letters(many: usize) -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = vec![0u8; many];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.into_iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect())
}
