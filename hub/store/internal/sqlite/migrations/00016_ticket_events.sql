-- The notes of a ticket in the built-in list, and who changed what in it and when.

-- +goose Up
ALTER TABLE listed_ticket ADD COLUMN assignee      TEXT NOT NULL DEFAULT '';
ALTER TABLE listed_ticket ADD COLUMN assignee_name TEXT NOT NULL DEFAULT '';

CREATE TABLE listed_ticket_event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    number  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      TEXT NOT NULL,
    by_name TEXT NOT NULL,
    text    TEXT NOT NULL,
    mark    TEXT NOT NULL -- the key of a note that came from a call
);
CREATE INDEX listed_ticket_event_number ON listed_ticket_event (number, id);
CREATE UNIQUE INDEX listed_ticket_event_mark ON listed_ticket_event (number, mark) WHERE mark <> '';

-- +goose Down
DROP TABLE listed_ticket_event;
ALTER TABLE listed_ticket DROP COLUMN assignee_name;
ALTER TABLE listed_ticket DROP COLUMN assignee;
