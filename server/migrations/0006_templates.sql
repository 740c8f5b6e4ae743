-- A business's own words for a message: the newest version is in force. One without words means that the words as
-- delivered are in force again.
CREATE TABLE templates (
    business_id TEXT NOT NULL REFERENCES businesses (business_id),
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    version BIGINT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE UNIQUE INDEX templates_version ON templates (business_id, code, channel, language, version);
