-- Refunds of the last weeks are asked about again, because they may still fail.
CREATE INDEX transfers_refunds ON transfers (at_ms) WHERE kind = 'refund';
