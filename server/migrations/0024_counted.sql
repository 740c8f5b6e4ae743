-- Minor units of a payment, or of what is taken back of one, that count towards its commitment: what pays an invoice that
-- the agreement does not cover counts towards nothing. Where it is null, as for all that was booked before, all of it counts.
ALTER TABLE transfers ADD COLUMN counted_minor BIGINT;
