-- Channels: where each message went and what the carrier calls it, what became of addresses, and what came in.

-- address: an e-mail address in small letters, or a telephone number in E.164. provider_id: the Message-ID, or the text
-- message's id.
ALTER TABLE contacts ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN provider_id TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN delivered_at_ms BIGINT;
-- What came in names no business: only what was sent before says whose it is.
CREATE INDEX contacts_provider ON contacts (provider_id) WHERE provider_id <> '';
CREATE INDEX contacts_address ON contacts (address, channel, id) WHERE address <> '';

-- What is known of an address beyond that it is on file. state: ok, bounced, opted_out; debtor_id and contact_id say
-- whom and what it was last about. An address without a row is ok.
CREATE TABLE addresses (
    business_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    contact_id TEXT,
    actor TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, channel, address),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);

-- What a debtor chose on their own pages; it wins over what an import says. Empty where nothing was chosen.
CREATE TABLE preferences (
    business_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, debtor_id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);

-- The unsubscribe links of reminders. Only the SHA-256 of a token is stored.
CREATE TABLE stop_links (
    business_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, token_hash),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX stop_links_token ON stop_links (token_hash);
CREATE INDEX stop_links_expiry ON stop_links (expires_at_ms);

-- What carriers tell us, as it came, once each, until it is settled. business_id is empty: what came in does not say
-- whose it is. body is the text of a form, or a raw message in base64.
CREATE TABLE inbound (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    settled_at_ms BIGINT,
    outcome TEXT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX inbound_due ON inbound (due_at_ms) WHERE settled_at_ms IS NULL;
