-- Letters: those that were handed over to be printed, and the batches that a print house takes. One that waits is an item
-- of the outbox in the state `batch`.

-- state: closing while its letters are set, and after until_ms whoever comes first puts them back; then closed. name is
-- that of its file, without the ending.
CREATE TABLE letter_batches (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    until_ms BIGINT NOT NULL,
    letters BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    sheets BIGINT NOT NULL,
    actor TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX letter_batches_name ON letter_batches (business_id, name);
CREATE INDEX letter_batches_closing ON letter_batches (until_ms) WHERE state = 'closing';

-- Each letter that was set; sha256 is that of its file, empty until it is known. batch_id is NULL where it was printed alone.
CREATE TABLE letters (
    business_id TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    link_id TEXT NOT NULL,
    batch_id TEXT,
    pages BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, contact_id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id),
    FOREIGN KEY (business_id, batch_id) REFERENCES letter_batches (business_id, id)
);
CREATE INDEX letters_batch ON letters (business_id, batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX outbox_batch ON outbox (business_id, created_at_ms, id) WHERE state = 'batch';
