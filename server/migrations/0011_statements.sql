-- Files of bank statements that brought something new. until_on is the last day that the file covers.
CREATE TABLE statements (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    until_on TEXT,
    unchanged BIGINT NOT NULL,
    ignored BIGINT NOT NULL,
    actor TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);

-- Payments on statements. identity is a SHA-256 of what tells a line from every other, so that none is taken twice.
-- direction: arrived, taken_back. state: booked, suggested, unmatched, dismissed. verdict is what the rule said, as JSON,
-- with what speaks for whom. debtor_id and transfer_id are of the booking; bookings counts how often it was booked, because
-- a booking that was taken back may be followed by another. reason is why somebody dismissed it.
CREATE TABLE statement_lines (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    account TEXT NOT NULL,
    bank_reference TEXT NOT NULL,
    booked_on TEXT NOT NULL,
    direction TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    payer TEXT NOT NULL,
    payer_account TEXT NOT NULL,
    reference TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL,
    verdict TEXT NOT NULL,
    debtor_id TEXT,
    transfer_id TEXT,
    bookings BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, statement_id) REFERENCES statements (business_id, id)
);
CREATE UNIQUE INDEX statement_lines_identity ON statement_lines (business_id, identity);
CREATE INDEX statement_lines_state ON statement_lines (business_id, state, id);
CREATE INDEX statement_lines_statement ON statement_lines (business_id, statement_id, id);
CREATE INDEX statement_lines_booked ON statement_lines (business_id, booked_on);
CREATE INDEX statement_lines_transfer ON statement_lines (business_id, transfer_id) WHERE transfer_id IS NOT NULL;

-- A statement looks for payments that were recorded in another way around its days.
CREATE INDEX transfers_moved ON transfers (business_id, moved_on) WHERE kind = 'payment';
