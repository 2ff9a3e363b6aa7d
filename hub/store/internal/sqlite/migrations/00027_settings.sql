-- What administrators change while the hub runs, and the answers to requests of programs, which may be repeated.

-- +goose Up
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL -- JSON
) WITHOUT ROWID;
CREATE TABLE answer (
    key     TEXT NOT NULL PRIMARY KEY, -- who asked, and the request's own key
    request TEXT NOT NULL,             -- digest
    at      TEXT NOT NULL,
    status  INTEGER NOT NULL,          -- 0: not answered yet
    header  TEXT NOT NULL,             -- JSON
    body    BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX answer_at ON answer (at);

-- +goose Down
DROP TABLE answer;
DROP TABLE setting;
