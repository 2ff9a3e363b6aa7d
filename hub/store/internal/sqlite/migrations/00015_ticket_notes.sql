-- The notes that agents add to the tickets of calls, until the help desk has them.

-- +goose Up
CREATE TABLE ticket_note (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id       TEXT    NOT NULL,
    action_id     TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    text          TEXT    NOT NULL,
    at            TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'made', 'failed')),
    error         TEXT    NOT NULL DEFAULT '',
    owed          INTEGER NOT NULL DEFAULT 0,
    tries         INTEGER NOT NULL DEFAULT 0,
    next_at       TEXT    NOT NULL DEFAULT '',
    dark_at       TEXT    NOT NULL DEFAULT '',
    owner         TEXT    NOT NULL DEFAULT '',
    claimed_until TEXT    NOT NULL DEFAULT '',
    UNIQUE (agent, action_id)
);
CREATE INDEX ticket_note_pending ON ticket_note (call_id) WHERE state = 'pending';
CREATE INDEX ticket_note_owed ON ticket_note (id) WHERE owed <> 0;

-- +goose Down
DROP TABLE ticket_note;
