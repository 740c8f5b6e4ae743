-- Whoever holds a set-up code may become the owner of an installation that has none. Only the SHA-256 is stored, and
-- business_id is empty: there may be no business yet.
CREATE TABLE setup_codes (
    business_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, code_hash)
);

-- A message of the gateway names an attempt or a payment, and not always the business.
CREATE INDEX attempts_id ON attempts (id);
CREATE INDEX attempts_payment ON attempts (payment) WHERE payment IS NOT NULL;
