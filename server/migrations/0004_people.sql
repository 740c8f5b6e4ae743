-- People who sign in: their roles, their second factors, and invitations.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'owner';
ALTER TABLE users ADD COLUMN deactivated_at_ms BIGINT;

-- The secret of the app that shows six digits (base32); totp_pending waits for its first right code. totp_step is the
-- time step of the last code that was used: none is used twice.
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_pending TEXT;
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
    business_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (business_id, user_id, code_hash),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);

-- credential is the public key and its counters, as the WebAuthn library writes them.
CREATE TABLE passkeys (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_user ON passkeys (business_id, user_id);

-- What was begun and must be finished within minutes, once: signing in with a second factor or a passkey, adding a
-- passkey. business_id and user_id are empty while nobody knows who signs in.
CREATE TABLE ceremonies (
    business_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, token_hash)
);
CREATE UNIQUE INDEX ceremonies_token ON ceremonies (token_hash);

CREATE TABLE invites (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX invites_token ON invites (token_hash);
