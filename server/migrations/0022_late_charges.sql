-- Whether late charges are claimed, and by which law, as JSON; and what each booked charge was worked out from, so that both
-- sides can read it as it was claimed. Rows are only ever appended, as those of the ledger.
CREATE TABLE late_charge_policies (
    business_id TEXT NOT NULL PRIMARY KEY REFERENCES businesses (business_id),
    policy TEXT NOT NULL
);
CREATE TABLE late_charges (
    business_id TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    preset TEXT NOT NULL,
    until_on TEXT NOT NULL,
    worked TEXT NOT NULL,
    PRIMARY KEY (business_id, transfer_id),
    FOREIGN KEY (business_id, transfer_id) REFERENCES transfers (business_id, id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoices (business_id, id)
);
CREATE INDEX late_charges_debtor ON late_charges (business_id, debtor_id);
-- SQLite:
CREATE TRIGGER late_charges_stay BEFORE UPDATE ON late_charges BEGIN SELECT RAISE(ABORT, 'late charges are only ever appended'); END;
-- SQLite:
CREATE TRIGGER late_charges_remain BEFORE DELETE ON late_charges BEGIN SELECT RAISE(ABORT, 'late charges are only ever appended'); END;
-- PostgreSQL:
CREATE TRIGGER late_charges_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON late_charges
    FOR EACH STATEMENT EXECUTE FUNCTION only_appended();
