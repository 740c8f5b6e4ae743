-- Where customers send money; what is not known is empty.
CREATE TABLE bank_details (
    business_id TEXT NOT NULL PRIMARY KEY REFERENCES businesses (business_id),
    holder TEXT NOT NULL,
    iban TEXT NOT NULL,
    bic TEXT NOT NULL,
    local TEXT NOT NULL
);
