-- One set for SQLite and PostgreSQL: columns are TEXT or BIGINT only. Ids are UUIDv7 text, money is minor units,
-- instants (_at_ms) are epoch milliseconds, dates (_on) are ISO text. Every primary key starts with business_id.

CREATE TABLE businesses (
    business_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    identity_question TEXT NOT NULL,
    policy TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

CREATE TABLE users (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    wrong_passwords BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE console_sessions (
    business_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, token_hash)
);
CREATE UNIQUE INDEX console_sessions_token ON console_sessions (token_hash);

-- version counts every change to what a debtor owes or agreed: taking it is how such changes queue up one by one.
CREATE TABLE debtors (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    postcode TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    kind TEXT NOT NULL,
    born_on TEXT,
    version BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX debtors_reference ON debtors (business_id, reference);
CREATE INDEX debtors_name ON debtors (business_id, name);

CREATE TABLE invoices (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    number TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX invoices_number ON invoices (business_id, number);
CREATE INDEX invoices_debtor ON invoices (business_id, debtor_id, due_on);

-- Only the SHA-256 of a token is stored.
CREATE TABLE links (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    origin TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT,
    wrong_answers BIGINT NOT NULL,
    opened_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_debtor ON links (business_id, debtor_id);

-- The one-time code that was sent for a link: SHA-256 over the link's id and the code.
CREATE TABLE link_codes (
    business_id TEXT NOT NULL,
    link_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, link_id),
    FOREIGN KEY (business_id, link_id) REFERENCES links (business_id, id)
);

CREATE TABLE portal_sessions (
    business_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    link_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, token_hash)
);
CREATE UNIQUE INDEX portal_sessions_token ON portal_sessions (token_hash);

-- effect is the outside world's id of what happened (a gateway's payment, a refund): each moves money once.
CREATE TABLE transfers (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    moved_on TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    method TEXT NOT NULL,
    effect TEXT,
    attempt_id TEXT,
    commitment_id TEXT,
    dispute_id TEXT,
    reverses_id TEXT,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX transfers_effect ON transfers (business_id, effect) WHERE effect IS NOT NULL;
CREATE INDEX transfers_debtor ON transfers (business_id, debtor_id, id);
CREATE INDEX transfers_commitment ON transfers (business_id, commitment_id) WHERE commitment_id IS NOT NULL;

CREATE TABLE entries (
    business_id TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    debtor_id TEXT NOT NULL,
    account TEXT NOT NULL,
    invoice_id TEXT,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, transfer_id, seq),
    FOREIGN KEY (business_id, transfer_id) REFERENCES transfers (business_id, id)
);
CREATE INDEX entries_debtor ON entries (business_id, debtor_id);
CREATE INDEX entries_invoice ON entries (business_id, invoice_id) WHERE invoice_id IS NOT NULL;

-- proposal is what the debtor asked for, as JSON; words are exactly what was shown, words_sha256 their fingerprint.
CREATE TABLE commitments (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    proposal TEXT NOT NULL,
    words TEXT NOT NULL,
    words_version TEXT NOT NULL,
    words_language TEXT NOT NULL,
    words_sha256 TEXT NOT NULL,
    button TEXT NOT NULL,
    identity TEXT NOT NULL,
    address TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at_ms BIGINT NOT NULL,
    answer_by_on TEXT,
    decided_by TEXT,
    decided_at_ms BIGINT,
    reason TEXT NOT NULL,
    replaces_id TEXT,
    counters_id TEXT,
    ended_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX commitments_running ON commitments (business_id, debtor_id, currency)
    WHERE state IN ('active', 'missed');
CREATE UNIQUE INDEX commitments_waiting ON commitments (business_id, debtor_id, currency)
    WHERE state IN ('proposed', 'countered');
CREATE INDEX commitments_debtor ON commitments (business_id, debtor_id);
CREATE INDEX commitments_state ON commitments (business_id, state, id);

CREATE TABLE instalments (
    business_id TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    due_on TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, commitment_id, seq),
    FOREIGN KEY (business_id, commitment_id) REFERENCES commitments (business_id, id)
);
CREATE INDEX instalments_due ON instalments (business_id, due_on);

CREATE TABLE commitment_invoices (
    business_id TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    left_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, commitment_id, invoice_id),
    FOREIGN KEY (business_id, commitment_id) REFERENCES commitments (business_id, id)
);

-- Disputes, claims of payment and hardships.
CREATE TABLE disputes (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    scope TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    words TEXT NOT NULL,
    paid_on TEXT,
    paid_by TEXT NOT NULL,
    raised_by TEXT NOT NULL,
    raised_at_ms BIGINT NOT NULL,
    answer_by_on TEXT NOT NULL,
    answer TEXT NOT NULL,
    credited_minor BIGINT NOT NULL,
    resolved_by TEXT,
    resolved_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE INDEX disputes_debtor ON disputes (business_id, debtor_id);
CREATE INDEX disputes_state ON disputes (business_id, state, answer_by_on);

CREATE TABLE dispute_items (
    business_id TEXT NOT NULL,
    dispute_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, dispute_id, invoice_id),
    FOREIGN KEY (business_id, dispute_id) REFERENCES disputes (business_id, id)
);

CREATE TABLE files (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    dispute_id TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    content_base64 TEXT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, dispute_id) REFERENCES disputes (business_id, id)
);
CREATE INDEX files_dispute ON files (business_id, dispute_id);

-- Every contact, made or withheld, by any channel and by anybody.
CREATE TABLE contacts (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    purpose TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    link_id TEXT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE INDEX contacts_debtor ON contacts (business_id, debtor_id, at_ms);

CREATE TABLE holds (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT,
    actor TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE INDEX holds_debtor ON holds (business_id, debtor_id);

-- One try at taking money; id is the gateway's idempotency key and is stored before the gateway is called.
CREATE TABLE attempts (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    commitment_id TEXT,
    state TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    session_id TEXT,
    url TEXT NOT NULL,
    payment TEXT,
    decline TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    checked_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX attempts_open ON attempts (business_id, debtor_id, purpose)
    WHERE state IN ('created', 'open', 'confirming');
CREATE INDEX attempts_state ON attempts (business_id, state, checked_at_ms);
CREATE INDEX attempts_session ON attempts (session_id) WHERE session_id IS NOT NULL;

-- Raw messages of the gateway. business_id is empty where the message does not say whose it is.
CREATE TABLE gateway_events (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    attempt_id TEXT,
    received_at_ms BIGINT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    settled_at_ms BIGINT,
    outcome TEXT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX gateway_events_id ON gateway_events (id);
CREATE INDEX gateway_events_due ON gateway_events (due_at_ms) WHERE settled_at_ms IS NULL;

-- What must happen outside, written in the transaction that it follows from.
-- state: waiting, sending, done, cancelled, failed (given up, a person decides), unknown (may or may not have gone).
CREATE TABLE outbox (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    contact_id TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    claimed_until_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    error TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at_ms) WHERE state IN ('waiting', 'sending');

-- Who did what, when and from where, written in the transaction that did it. Only ever appended.
CREATE TABLE events (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE INDEX events_debtor ON events (business_id, debtor_id, id);

CREATE TABLE imports (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    report TEXT NOT NULL,
    content_base64 TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
