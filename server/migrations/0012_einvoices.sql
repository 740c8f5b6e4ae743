-- What no two customers of a business share, so that the buyer of an e-invoice is recognised.
CREATE TABLE debtor_identifiers (
    business_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, kind, value),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);

-- Credit notes as documents. What they do to balances stands in the ledger.
CREATE TABLE credit_notes (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    debtor_id TEXT NOT NULL,
    number TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, debtor_id) REFERENCES debtors (business_id, id)
);
CREATE UNIQUE INDEX credit_notes_number ON credit_notes (business_id, number);

-- What of a credit note is for which invoice, whether that was left on it or paid already.
CREATE TABLE credit_note_items (
    business_id TEXT NOT NULL,
    credit_note_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (business_id, credit_note_id, invoice_id),
    FOREIGN KEY (business_id, credit_note_id) REFERENCES credit_notes (business_id, id),
    FOREIGN KEY (business_id, invoice_id) REFERENCES invoices (business_id, id)
);
CREATE INDEX credit_note_items_invoice ON credit_note_items (business_id, invoice_id);

-- How a business invoices: its own numbers, and the days that it usually gives to pay.
CREATE TABLE invoicing (
    business_id TEXT NOT NULL PRIMARY KEY REFERENCES businesses (business_id),
    vat_number TEXT NOT NULL,
    registration TEXT NOT NULL,
    due_days BIGINT NOT NULL
);
