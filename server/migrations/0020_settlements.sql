-- What a business does with offers of less than is owed, as JSON: its secret. A settlement says what is left to pay when it
-- is proposed, all of which it settles; other commitments settle nothing beyond what is paid.
CREATE TABLE settlement_policies (
    business_id TEXT NOT NULL PRIMARY KEY REFERENCES businesses (business_id),
    policy TEXT NOT NULL
);
ALTER TABLE commitments ADD COLUMN settles_minor BIGINT NOT NULL DEFAULT 0;
CREATE INDEX commitments_offers ON commitments (business_id, address, proposed_at_ms) WHERE kind = 'settlement';
