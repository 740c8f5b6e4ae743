-- Somebody asked for a link in place of an old one. What the old one is is looked up later, by a worker: the answer must
-- take the same time whether it is known or not. business_id is empty, because nobody has looked yet.
CREATE TABLE fresh_asks (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    address TEXT NOT NULL,
    asked_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
