-- The ledger is only ever appended to: the database itself refuses to change or delete what is booked. The two databases
-- say it in words of their own.
-- SQLite:
CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are only ever appended'); END;
-- SQLite:
CREATE TRIGGER transfers_remain BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are only ever appended'); END;
-- SQLite:
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END;
-- SQLite:
CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END;
-- PostgreSQL:
CREATE FUNCTION only_appended() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are only ever appended', TG_TABLE_NAME; END $$;
-- PostgreSQL:
CREATE TRIGGER transfers_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION only_appended();
-- PostgreSQL:
CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION only_appended();
