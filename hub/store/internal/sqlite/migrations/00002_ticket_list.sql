-- The built-in ticket list. A separate counter per day ensures that a number is never reused, even if tickets are deleted.

-- +goose Up
CREATE TABLE listed_ticket (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    number           TEXT NOT NULL UNIQUE,
    call_id          TEXT NOT NULL UNIQUE,
    title            TEXT NOT NULL,
    body             TEXT NOT NULL,
    queue            TEXT NOT NULL,
    priority         TEXT NOT NULL,
    state            TEXT NOT NULL,
    customer_login   TEXT NOT NULL,
    customer_name    TEXT NOT NULL,
    customer_company TEXT NOT NULL,
    caller_number    TEXT NOT NULL,
    caller_digits    TEXT NOT NULL, -- the number's digits alone, for the search
    agent            TEXT NOT NULL,
    agent_name       TEXT NOT NULL,
    created          TEXT NOT NULL,
    closed           TEXT,
    words            TEXT NOT NULL  -- all that can be searched, in lower case: SQLite folds the case of ASCII only
);

CREATE TABLE listed_ticket_counter (
    day  TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
);

-- Whose press the hub has to finish after a restart.
CREATE INDEX ticket_request_pending ON ticket_request (at) WHERE state = 'pending';

-- +goose Down
DROP INDEX ticket_request_pending;
DROP TABLE listed_ticket_counter;
DROP TABLE listed_ticket;
