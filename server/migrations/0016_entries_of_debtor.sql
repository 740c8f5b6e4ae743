-- What a debtor owes is added up from the index alone, in the order in which it is grouped.
DROP INDEX entries_debtor;
CREATE INDEX entries_debtor ON entries (business_id, debtor_id, account, invoice_id, currency, amount_minor);
