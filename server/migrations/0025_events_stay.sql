-- What happened is only ever appended to, as the ledger is; and nothing takes the place of a row that is there, which SQLite
-- would otherwise let INSERT OR REPLACE do without a word. Whoever owns the database can still take these rules away: what a
-- court is shown is compared with what was exported before.
-- SQLite:
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
-- SQLite:
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
-- SQLite:
CREATE TRIGGER events_once BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events e WHERE e.business_id = NEW.business_id AND e.id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END;
-- SQLite:
CREATE TRIGGER transfers_once BEFORE INSERT ON transfers
    WHEN EXISTS (SELECT 1 FROM transfers t WHERE t.business_id = NEW.business_id AND t.id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'transfers are only ever appended'); END;
-- SQLite:
CREATE TRIGGER entries_once BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries e WHERE e.business_id = NEW.business_id AND e.transfer_id = NEW.transfer_id
        AND e.seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END;
-- PostgreSQL:
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION only_appended();
