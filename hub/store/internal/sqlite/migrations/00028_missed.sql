-- Who calls back the callers of missed calls. The calls are in call_record; through is the start of
-- the last one that a claim or a mark is about.

-- +goose Up
CREATE TABLE missed_call (
    number        TEXT NOT NULL PRIMARY KEY,
    claim_kind    TEXT NOT NULL,
    claim_login   TEXT NOT NULL,
    claim_name    TEXT NOT NULL,
    claim_at      TEXT NOT NULL, -- empty: nobody
    claim_through TEXT NOT NULL,
    done_kind     TEXT NOT NULL,
    done_login    TEXT NOT NULL,
    done_name     TEXT NOT NULL,
    done_at       TEXT NOT NULL, -- empty: never
    done_through  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX call_record_missed ON call_record (started, party, call_id, state)
    WHERE missed <> 0 AND direction = 'incoming' AND party <> '';

-- +goose Down
DROP INDEX call_record_missed;
DROP TABLE missed_call;
