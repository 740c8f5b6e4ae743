-- What a decision on a dispute credited of each invoice, whether that was left on it or paid already: a credit note that
-- comes later does not credit it once more. Decisions of before are known by what they took off each invoice; where a
-- dispute is about one invoice, by all that they credited.
ALTER TABLE dispute_items ADD COLUMN credited_minor BIGINT NOT NULL DEFAULT 0;
UPDATE dispute_items SET credited_minor = COALESCE((
  SELECT CASE WHEN (SELECT COUNT(*) FROM dispute_items o
                    WHERE o.business_id = d.business_id AND o.dispute_id = d.id) = 1 THEN d.credited_minor
              ELSE COALESCE((SELECT -SUM(e.amount_minor) FROM transfers t
                             JOIN entries e ON e.business_id = t.business_id AND e.transfer_id = t.id
                             WHERE t.business_id = d.business_id AND t.dispute_id = d.id AND t.kind = 'credit_note'
                               AND e.account = 'receivable' AND e.invoice_id = dispute_items.invoice_id), 0) END
  FROM disputes d WHERE d.business_id = dispute_items.business_id AND d.id = dispute_items.dispute_id), 0);
