-- The trace of each call: what the hub decided and why. steps is one JSON object a line, oldest first.

-- +goose Up
CREATE TABLE call_trace (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id   TEXT NOT NULL UNIQUE,
    pbx       TEXT NOT NULL,
    direction TEXT NOT NULL,
    number    TEXT NOT NULL, -- as the PBX presented it
    name      TEXT NOT NULL,
    did       TEXT NOT NULL,
    party     TEXT NOT NULL, -- the number in E.164 where it could be read; empty when withheld
    at        TEXT NOT NULL,
    steps     TEXT NOT NULL
);
CREATE INDEX call_trace_party ON call_trace (party, id);
CREATE INDEX call_trace_at ON call_trace (at);

-- +goose Down
DROP TABLE call_trace;
