-- Reminders: the policy, when each debtor is to be looked at, how far each has come, and every decision.

-- The contact policy as JSON; empty is the courteous preset.
ALTER TABLE businesses ADD COLUMN contact_policy TEXT NOT NULL DEFAULT '';

-- When the planning run must look at the debtor again. Whoever takes the debtor's row sets it to 0: look now.
-- look_reason is why nothing was sent when it last looked.
ALTER TABLE debtors ADD COLUMN look_at_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE debtors ADD COLUMN look_reason TEXT NOT NULL DEFAULT '';
CREATE INDEX debtors_look ON debtors (business_id, look_at_ms);

-- A stretch of time in which a debtor has an invoice past its date without a break: one climb of the ladder. It ends
-- when none is, and not when the invoice that it began with is paid. began_on is the day after that one's due date.
CREATE TABLE episodes (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    began_on TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE INDEX episodes_debtor ON episodes (business_id, debtor_id, id);
CREATE UNIQUE INDEX episodes_open ON episodes (business_id, debtor_id) WHERE ended_at_ms IS NULL;

-- decision: send, wait, never, and when it was made; until_ms is the instant before which nothing more comes. For what
-- no rule decides (receipts, notes) it is empty. state may be task: a call that waits for a person.
-- outcome of a call: spoke, promised, no_answer, wrong_number, voicemail.
-- after_due_days: where the step stood on its ladder. occasion: what a contact is about that is told once of each, an
-- invoice or an instalment, a line each; empty for the ladder's steps after the due date. state sending: it is leaving.
ALTER TABLE contacts ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN decided_at_ms BIGINT;
ALTER TABLE contacts ADD COLUMN until_ms BIGINT;
ALTER TABLE contacts ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN occasion TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN after_due_days BIGINT;
-- What was sent until now had been decided on as well.
UPDATE contacts SET decision = 'send', decided_at_ms = at_ms
    WHERE purpose = 'reminder' AND state IN ('queued', 'sent', 'unknown');
CREATE UNIQUE INDEX contacts_task ON contacts (business_id, debtor_id) WHERE state = 'task';

-- What a hold is about outside, such as the gateway's dispute; empty where it is about nothing but itself.
ALTER TABLE holds ADD COLUMN about TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX holds_about ON holds (business_id, debtor_id, about) WHERE about <> '';

-- Until when the business's payments are known, from each source: import, recorded, bank.
CREATE TABLE payments_known (
    business_id TEXT NOT NULL,
    source TEXT NOT NULL,
    until_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, source)
);
