//! Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. The ceremonies' states are kept in
//! the database by the acts, so that any process can finish what another began.

use crate::store::Error;
use kept_domain::ids::UserId;
use serde_json::Value;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

/// Why there are no passkeys.
#[derive(Debug)]
pub enum Unusable {
    /// The installation's public address is a number, or has no TLS: browsers make passkeys for names only.
    Address,
    /// The store failed.
    Store(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

fn webauthn(public_url: &str) -> Result<Webauthn, Unusable> {
    let origin = Url::parse(public_url).map_err(|_| Unusable::Address)?;
    let host = origin.domain().ok_or(Unusable::Address)?;
    if origin.scheme() != "https" && host != "localhost" {
        return Err(Unusable::Address);
    }
    let builder = WebauthnBuilder::new(host, &origin).map_err(|_| Unusable::Address)?;
    builder.rp_name("Kept").build().map_err(|_| Unusable::Address)
}

/// Whether an installation at this address can have passkeys.
pub fn is_usable(public_url: &str) -> bool {
    webauthn(public_url).is_ok()
}

fn corrupt(what: &str) -> Unusable {
    Unusable::Store(Error::Corrupt(what.to_owned()))
}

/// Begins to make a passkey: what the browser is asked, and the state to finish with.
///
/// # Errors
/// Where the address cannot have passkeys.
pub fn begin(
    public_url: &str,
    user: &UserId,
    email: &str,
    name: &str,
    known: &[String],
) -> Result<(Value, String), Unusable> {
    let id = Uuid::parse_str(user.as_str()).map_err(|_| corrupt("a user's id"))?;
    let known: Vec<Passkey> = known.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let exclude = known.iter().map(|key| key.cred_id().clone()).collect();
    let (mut asked, state): (CreationChallengeResponse, PasskeyRegistration) = webauthn(public_url)?
        .start_passkey_registration(id, email, name, Some(exclude))
        .map_err(|_| corrupt("a passkey's challenge"))?;
    // A key that the device finds by itself: nobody types an address to sign in.
    if let Some(selection) = &mut asked.public_key.authenticator_selection {
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
    }
    let options = serde_json::to_value(&asked.public_key).map_err(|_| corrupt("a passkey's challenge"))?;
    Ok((options, serde_json::to_string(&state).map_err(|_| corrupt("a passkey's state"))?))
}

/// Finishes a passkey: the device's id for it in hexadecimal, and the key to store. `None` where the answer is not right.
///
/// # Errors
/// Where the address cannot have passkeys.
pub fn finish(public_url: &str, answer: Value, state: &str) -> Result<Option<(String, String)>, Unusable> {
    let state: PasskeyRegistration = serde_json::from_str(state).map_err(|_| corrupt("a passkey's state"))?;
    let Ok(answer) = serde_json::from_value::<RegisterPublicKeyCredential>(answer) else { return Ok(None) };
    let Ok(key) = webauthn(public_url)?.finish_passkey_registration(&answer, &state) else { return Ok(None) };
    let text = serde_json::to_string(&key).map_err(|_| corrupt("a passkey"))?;
    Ok(Some((hex::encode(key.cred_id()), text)))
}

/// Asks for any passkey: what the browser is asked, and the state to check with.
///
/// # Errors
/// Where the address cannot have passkeys.
pub fn ask(public_url: &str) -> Result<(Value, String), Unusable> {
    let (asked, state) =
        webauthn(public_url)?.start_discoverable_authentication().map_err(|_| corrupt("a passkey's challenge"))?;
    let options = serde_json::to_value(&asked.public_key).map_err(|_| corrupt("a passkey's challenge"))?;
    Ok((options, serde_json::to_string(&state).map_err(|_| corrupt("a passkey's state"))?))
}

/// What a device answered.
pub struct Answered(PublicKeyCredential);

impl Answered {
    /// The device's id for the key, in hexadecimal.
    pub fn credential_id(&self) -> String {
        hex::encode(self.0.get_credential_id())
    }
}

/// Reads what a device answered.
pub fn read(answer: Value) -> Option<Answered> {
    serde_json::from_value(answer).ok().map(Answered)
}

/// Checks an answer with the key that is stored: the key as it is after its use, or `None` where it is not right.
///
/// # Errors
/// Where the address cannot have passkeys, or what is stored cannot be read.
pub fn check(
    public_url: &str,
    answer: &Answered,
    state: &str,
    key: &str,
    user: &UserId,
) -> Result<Option<String>, Unusable> {
    let webauthn = webauthn(public_url)?;
    let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(|_| corrupt("a passkey's state"))?;
    let mut key: Passkey = serde_json::from_str(key).map_err(|_| corrupt("a passkey"))?;
    let Ok((named, _)) = webauthn.identify_discoverable_authentication(&answer.0) else { return Ok(None) };
    if named.to_string() != user.as_str() {
        return Ok(None);
    }
    #[expect(deprecated, reason = "the newer one takes a type that only a feature for dangerous internals makes")]
    let checked = webauthn.finish_discoverable_authentication(&answer.0, state, &[DiscoverableKey::from(&key)]);
    let Ok(result) = checked else { return Ok(None) };
    key.update_credential(&result);
    Ok(Some(serde_json::to_string(&key).map_err(|_| corrupt("a passkey"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_tls_or_this_machine() {
        for usable in ["https://pay.example.com", "http://localhost:7300", "https://example.com:8443"] {
            assert!(is_usable(usable), "{usable}");
        }
        for not in ["http://127.0.0.1:7300", "https://192.0.2.1", "http://pay.example.com", "nonsense"] {
            assert!(!is_usable(not), "{not}");
        }
    }
}
