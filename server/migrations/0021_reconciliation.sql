-- Comparisons of the card payments in the books with the gateway. day_on: the day whose run it is, in the business's zone,
-- or null where somebody asked for it. state: running, failed, done. due_at_ms: when a run that has not ended may be begun again.
-- others: payments in the gateway's account that were not made by Kept.
CREATE TABLE reconciliations (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    day_on TEXT,
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    state TEXT NOT NULL,
    payments BIGINT NOT NULL,
    refunds BIGINT NOT NULL,
    disputes BIGINT NOT NULL,
    others BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    open BIGINT NOT NULL,
    error TEXT NOT NULL,
    tries BIGINT NOT NULL,
    due_at_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX reconciliations_day ON reconciliations (business_id, day_on) WHERE day_on IS NOT NULL;

-- On what the two did not agree, one row for each thing. facts is the discrepancy as JSON. state: open; settled (asking the
-- gateway put it right), gone (it was not there any more), closed (a person dealt with it). found_at_ms: first; seen_at_ms: last.
CREATE TABLE discrepancies (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    thing TEXT NOT NULL,
    subject TEXT NOT NULL,
    facts TEXT NOT NULL,
    state TEXT NOT NULL,
    found_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    ended_by TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX discrepancies_subject ON discrepancies (business_id, thing, subject);
CREATE INDEX discrepancies_open ON discrepancies (business_id, found_at_ms) WHERE state = 'open';

-- What card payments moved in a range of time.
CREATE INDEX transfers_of_cards ON transfers (business_id, at_ms) WHERE attempt_id IS NOT NULL;
