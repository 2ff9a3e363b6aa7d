-- A press is kept whole, so that its ticket can be made after a restart; and a call's talk time until it is in the ticket.

-- +goose Up
ALTER TABLE ticket_request ADD COLUMN draft   TEXT    NOT NULL DEFAULT ''; -- JSON
ALTER TABLE ticket_request ADD COLUMN tries   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_request ADD COLUMN next_at TEXT    NOT NULL DEFAULT '';
ALTER TABLE ticket_request ADD COLUMN dark_at TEXT    NOT NULL DEFAULT '';
ALTER TABLE ticket_request ADD COLUMN owed    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_request ADD COLUMN talk_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket_request ADD COLUMN noted   INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ticket_request_owed ON ticket_request (at) WHERE owed <> 0;
CREATE INDEX ticket_request_talk ON ticket_request (at) WHERE talk_ms > 0 AND noted = 0;
CREATE INDEX listed_ticket_open ON listed_ticket (customer_login) WHERE closed IS NULL;

-- +goose Down
DROP INDEX listed_ticket_open;
DROP INDEX ticket_request_talk;
DROP INDEX ticket_request_owed;
ALTER TABLE ticket_request DROP COLUMN noted;
ALTER TABLE ticket_request DROP COLUMN talk_ms;
ALTER TABLE ticket_request DROP COLUMN owed;
ALTER TABLE ticket_request DROP COLUMN dark_at;
ALTER TABLE ticket_request DROP COLUMN next_at;
ALTER TABLE ticket_request DROP COLUMN tries;
ALTER TABLE ticket_request DROP COLUMN draft;
