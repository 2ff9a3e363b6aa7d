-- What agents note about numbers, and what they pressed. Times are UTC, written as 2026-11-22T05:53:35.123456Z, so that they sort as text.

-- +goose Up
CREATE TABLE category (
    number  TEXT NOT NULL PRIMARY KEY,
    color   TEXT NOT NULL,
    comment TEXT NOT NULL,
    author  TEXT NOT NULL,
    changed TEXT NOT NULL
);

CREATE TABLE ticket_request (
    call_id       TEXT NOT NULL PRIMARY KEY,
    action_id     TEXT NOT NULL,
    agent         TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('pending', 'made', 'failed')),
    ticket_id     TEXT NOT NULL,
    ticket_number TEXT NOT NULL,
    ticket_url    TEXT NOT NULL,
    error         TEXT NOT NULL,
    at            TEXT NOT NULL
);

-- +goose Down
DROP TABLE ticket_request;
DROP TABLE category;
