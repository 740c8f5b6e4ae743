-- A card is not charged any more by a consent that was given before its bank took a payment back; those that were left are ended.
UPDATE mandates SET state = 'contested', ended_by = 'gateway', ended_at_ms = (
    SELECT MAX(t.at_ms) FROM transfers t WHERE t.business_id = mandates.business_id AND t.debtor_id = mandates.debtor_id
        AND t.currency = mandates.currency AND t.kind = 'chargeback' AND t.attempt_id IS NOT NULL)
WHERE state IN ('asked', 'active') AND EXISTS (
    SELECT 1 FROM transfers t WHERE t.business_id = mandates.business_id AND t.debtor_id = mandates.debtor_id
        AND t.currency = mandates.currency AND t.kind = 'chargeback' AND t.attempt_id IS NOT NULL AND t.at_ms > mandates.agreed_at_ms);
