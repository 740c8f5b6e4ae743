-- Everything of one debtor, newest first, is found by the debtor: SQLite would otherwise walk through all that the
-- business has, because it is in the order of ids already.
DROP INDEX commitments_debtor;
CREATE INDEX commitments_debtor ON commitments (business_id, debtor_id, id);
DROP INDEX disputes_debtor;
CREATE INDEX disputes_debtor ON disputes (business_id, debtor_id, id);
DROP INDEX holds_debtor;
CREATE INDEX holds_debtor ON holds (business_id, debtor_id, id);
CREATE INDEX attempts_debtor ON attempts (business_id, debtor_id, id);
CREATE INDEX dispute_items_invoice ON dispute_items (business_id, invoice_id);
DROP INDEX links_debtor;
CREATE INDEX links_debtor ON links (business_id, debtor_id, id);
DROP INDEX files_dispute;
CREATE INDEX files_dispute ON files (business_id, dispute_id, id);
CREATE INDEX transfers_attempt ON transfers (business_id, attempt_id, id) WHERE attempt_id IS NOT NULL;
CREATE INDEX transfers_reverses ON transfers (business_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX instalments_commitment ON instalments (business_id, commitment_id, due_on);
