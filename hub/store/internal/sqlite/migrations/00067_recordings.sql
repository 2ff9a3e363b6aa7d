-- What the PBXs said of recordings, who talked in recorded calls, and which links no longer open.

-- +goose Up
CREATE TABLE recording (
    call_id  TEXT NOT NULL,
    uniqueid TEXT NOT NULL, -- of the channel that recorded
    name     TEXT NOT NULL, -- path on the PBX; empty: unknown
    began    TEXT NOT NULL,
    PRIMARY KEY (call_id, uniqueid, name)
) WITHOUT ROWID;
CREATE INDEX recording_began ON recording (began);

CREATE TABLE recording_talker (
    call_id TEXT NOT NULL,
    login   TEXT NOT NULL,
    ended   TEXT NOT NULL,
    PRIMARY KEY (call_id, login)
) WITHOUT ROWID;
CREATE INDEX recording_talker_ended ON recording_talker (ended);

CREATE TABLE recording_revoked (
    call_id TEXT NOT NULL PRIMARY KEY,
    at      TEXT NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE recording_revoked;
DROP TABLE recording_talker;
DROP TABLE recording;
