-- Version 0: a database as the first traybell left it. Do not edit: every later version must be able to open it.
CREATE TABLE goose_db_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL,
    is_applied INTEGER NOT NULL,
    tstamp TIMESTAMP DEFAULT (datetime('now'))
);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1);

CREATE TABLE category (
    number  TEXT NOT NULL PRIMARY KEY,
    color   TEXT NOT NULL,
    comment TEXT NOT NULL,
    author  TEXT NOT NULL,
    changed TEXT NOT NULL
);
INSERT INTO category VALUES ('+74951234567', 'red', 'Ругается', 'anna', '2026-11-22T05:53:35.123456Z');

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
INSERT INTO ticket_request VALUES ('main:1795319561.0', 'a1', 'anna', 'made', '43', '2026112210000431', 'https://desk.example.com/43', '', '2026-11-22T05:53:36.000000Z');
INSERT INTO ticket_request VALUES ('main:1795319570.4', 'a2', 'boris', 'pending', '', '', '', '', '2026-11-22T05:54:00.000000Z');
