-- Cards that are kept by consent: the exact words, when they were agreed to, and what the card may be charged for, which
-- is the later payments of one agreement. customer and payment_method are the gateway's ids.
-- state: asked, active, lapsed, replaced, revoked, refused. look_at_ms: when the job looks at it again; 0 is now.
CREATE TABLE mandates (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    words_version TEXT NOT NULL,
    words_language TEXT NOT NULL,
    words_sha256 TEXT NOT NULL,
    identity TEXT NOT NULL,
    address TEXT NOT NULL,
    agreed_at_ms BIGINT NOT NULL,
    customer TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    ended_by TEXT NOT NULL,
    ended_at_ms BIGINT,
    look_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id),
    FOREIGN KEY (business_id, commitment_id) REFERENCES commitments (business_id, id)
);
CREATE UNIQUE INDEX mandates_active ON mandates (business_id, debtor_id, currency) WHERE state = 'active';
CREATE INDEX mandates_debtor ON mandates (business_id, debtor_id);
CREATE INDEX mandates_look ON mandates (look_at_ms) WHERE state = 'active';

-- The charge that was announced last for each payment of an agreement.
CREATE TABLE charge_notices (
    business_id TEXT NOT NULL,
    commitment_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    charge_on TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    announced_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, commitment_id, seq),
    FOREIGN KEY (business_id, commitment_id) REFERENCES commitments (business_id, id)
);

-- mandate_id: the consent that a page asks for, or that a kept card is charged by. seq: the payment of the agreement
-- that a kept card is charged for; on a page it is null. sent_at_ms: when the gateway was last asked to charge; 0 is never.
ALTER TABLE attempts ADD COLUMN mandate_id TEXT;
ALTER TABLE attempts ADD COLUMN seq BIGINT;
ALTER TABLE attempts ADD COLUMN decline_code TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN sent_at_ms BIGINT NOT NULL DEFAULT 0;
-- A payment of an agreement is charged once, ever: a second try exists only after the first has failed.
CREATE UNIQUE INDEX attempts_instalment ON attempts (business_id, commitment_id, seq)
    WHERE seq IS NOT NULL AND state IN ('created', 'open', 'confirming', 'succeeded');
CREATE INDEX attempts_unsent ON attempts (checked_at_ms) WHERE seq IS NOT NULL AND state = 'created';
