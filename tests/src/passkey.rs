//! A device with one passkey, as a browser would drive it: it makes a key when it is asked to, and signs what it is asked
//! to sign (WebAuthn Level 3, ES256, no attestation).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The person is there and has shown who they are to the device.
const PRESENT_AND_VERIFIED: u8 = 0b101;
/// A new key follows.
const NEW_KEY: u8 = 0b100_0000;

/// A device with one passkey for one origin.
pub struct Device {
    origin: String,
    key: SigningKey,
    id: [u8; 16],
    /// Whose the key is, as the site named them.
    user: Vec<u8>,
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// A device that has no key yet; `seed` tells it from others.
    pub fn new(origin: &str, seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        Self { origin: origin.to_owned(), key, id: [seed; 16], user: Vec::new() }
    }

    /// What the browser says about what was asked.
    fn client_data(&self, kind: &str, asked: &Value) -> Vec<u8> {
        let said =
            json!({ "type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }

    fn site(name: &Value, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(name.as_str().unwrap()).to_vec();
        data.push(flags);
        data.extend([0; 4]);
        data
    }

    /// Makes the key that the site asks for (`navigator.credentials.create`).
    pub fn create(&mut self, asked: &Value) -> Value {
        self.user = URL_SAFE_NO_PAD.decode(asked["user"]["id"].as_str().unwrap()).unwrap();
        let mut data = Self::site(&asked["rp"]["id"], PRESENT_AND_VERIFIED | NEW_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // The public key in COSE: EC2, ES256, P-256, x, y.
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        let response = json!({
            "attestationObject": text(attestation),
            "clientDataJSON": text(self.client_data("webauthn.create", asked)),
            "transports": ["internal"],
        });
        self.answer(response)
    }

    /// Signs what the site asks to be signed (`navigator.credentials.get`).
    pub fn get(&self, asked: &Value) -> Value {
        let data = Self::site(&asked["rpId"], PRESENT_AND_VERIFIED);
        let said = self.client_data("webauthn.get", asked);
        let signature: Signature = self.key.sign(&[data.as_slice(), &Sha256::digest(&said)].concat());
        let response = json!({
            "authenticatorData": text(data),
            "clientDataJSON": text(said),
            "signature": text(signature.to_der()),
            "userHandle": text(&self.user),
        });
        self.answer(response)
    }

    /// As `PublicKeyCredential.toJSON` makes it.
    fn answer(&self, response: Value) -> Value {
        json!({ "id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response,
            "clientExtensionResults": {}, "authenticatorAttachment": "platform" })
    }

    /// Another key under the same id, such as a forger would answer with.
    pub fn forged(&self, seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        Self { origin: self.origin.clone(), key, id: self.id, user: self.user.clone() }
    }
}
