//! What the pages about people of the business are made of.

use crate::console::{Form, Frame};
use kept_domain::user::Role;
use serde::{Deserialize, Serialize};

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// They may sign in.
    pub active: bool,
    /// A code is asked for after the password.
    pub has_totp: bool,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// It is the reader.
    pub is_me: bool,
}

/// An invitation that waits.
#[derive(Clone, Debug)]
pub struct InviteRow {
    /// Its id.
    pub id: String,
    /// To whom.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Until when.
    pub until: String,
}

/// The page of people.
#[derive(Clone, Debug, Default)]
pub struct UsersView {
    /// Around the page.
    pub frame: Frame,
    /// Everybody.
    pub users: Vec<UserRow>,
    /// Invitations that wait.
    pub invites: Vec<InviteRow>,
    /// A link that was just made, and for whom: shown this once.
    pub made: Option<(String, String)>,
    /// What was typed.
    pub form: Form,
}

/// The page that an invitation leads to.
#[derive(Clone, Debug, Default)]
pub struct JoinView {
    /// The business that invites.
    pub business: String,
    /// The address to sign in with.
    pub email: String,
    /// What they may do there.
    pub may: &'static str,
    /// Where the form goes.
    pub action: String,
    /// What was typed, without the password.
    pub form: Form,
}

/// The page that asks for a code.
#[derive(Clone, Debug, Default)]
pub struct CodeView {
    /// What was typed, with what was begun.
    pub form: Form,
}

/// A passkey of one's own.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was added.
    pub added: String,
    /// When it was last used.
    pub used: Option<String>,
}

/// A secret for an app with six digits, to be read by its camera or typed.
#[derive(Clone, Debug)]
pub struct TotpSecret {
    /// The secret in base32, in groups of four.
    pub text: String,
    /// The dark modules of the picture as an SVG path.
    pub path: String,
    /// Its width and height in modules.
    pub size: usize,
}

/// The page of one's own account.
#[derive(Clone, Debug, Default)]
pub struct OwnAccountView {
    /// Around the page.
    pub frame: Frame,
    /// The address to sign in with.
    pub email: String,
    /// What one may do.
    pub may: &'static str,
    /// A code is asked for after the password.
    pub has_totp: bool,
    /// Recovery codes that are left.
    pub codes_left: i64,
    /// A secret that waits for its first code.
    pub pending: Option<TotpSecret>,
    /// Recovery codes that were just made: shown this once.
    pub codes: Vec<String>,
    /// One's passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// The installation can have passkeys.
    pub passkeys_usable: bool,
    /// What was typed.
    pub form: Form,
}

/// Who asks to add a passkey shows that they know the password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyBegin {
    /// The password of now.
    pub password: String,
}

/// What the browser is asked, and the token with which it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyAsked {
    /// As `PublicKeyCredential.parse…FromJSON` takes it.
    pub options: serde_json::Value,
    /// What was begun.
    pub begun: String,
}

/// What the device answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyAnswer {
    /// What was begun.
    pub begun: String,
    /// What the passkey is to be called; empty on signing in.
    pub name: String,
    /// As `PublicKeyCredential.toJSON` makes it.
    pub credential: serde_json::Value,
}
