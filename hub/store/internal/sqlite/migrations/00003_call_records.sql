-- The CDR: a row per call. rang is in microseconds. file_state tells how far the row is on its way into the monthly file: it is due when it is final, placed when its line and
-- where that stands are decided, and written when the line is on the disk; none where no file is kept.

-- +goose Up
CREATE TABLE call_record (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id       TEXT    NOT NULL UNIQUE,
    pbx           TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('open', 'ended', 'final')),
    direction     TEXT    NOT NULL,
    number        TEXT    NOT NULL,
    e164          TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    did           TEXT    NOT NULL,
    line          TEXT    NOT NULL,
    extension     TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    started       TEXT    NOT NULL,
    answered      TEXT    NOT NULL,
    ended         TEXT    NOT NULL,
    seen          TEXT    NOT NULL,
    rang          INTEGER NOT NULL,
    cause         INTEGER NOT NULL,
    missed        INTEGER NOT NULL,
    end_unseen    INTEGER NOT NULL,
    customer      TEXT    NOT NULL,
    customer_name TEXT    NOT NULL,
    ticket        TEXT    NOT NULL,
    ticket_url    TEXT    NOT NULL,
    file_state    TEXT    NOT NULL DEFAULT 'none' CHECK (file_state IN ('none', 'due', 'placed', 'written')),
    file_name     TEXT    NOT NULL DEFAULT '',
    file_offset   INTEGER NOT NULL DEFAULT 0,
    file_line     TEXT    NOT NULL DEFAULT '' -- while it is placed and not known to be written
);

CREATE INDEX call_record_started ON call_record (started);
CREATE INDEX call_record_unfinished ON call_record (id) WHERE state <> 'final';
CREATE INDEX call_record_due ON call_record (id) WHERE file_state = 'due';
CREATE INDEX call_record_placed ON call_record (file_name, file_offset) WHERE file_state = 'placed';

-- Who was shown the call.
CREATE TABLE call_record_agent (
    call_id TEXT NOT NULL,
    login   TEXT NOT NULL,
    started TEXT NOT NULL, -- the call's
    PRIMARY KEY (call_id, login)
) WITHOUT ROWID;

CREATE INDEX call_record_agent_started ON call_record_agent (login, started, call_id);

-- +goose Down
DROP TABLE call_record_agent;
DROP TABLE call_record;
