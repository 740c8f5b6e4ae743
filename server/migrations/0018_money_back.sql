-- What a debtor wants back of what they paid too much, and did not pay by card: a person sends it by bank.
CREATE TABLE money_back (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    asked_at_ms BIGINT NOT NULL,
    ended_by TEXT,
    ended_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX money_back_asked ON money_back (business_id, debtor_id, currency) WHERE state = 'asked';
