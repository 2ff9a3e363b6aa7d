-- Why a help desk refused, for agents; and the agents who must still be notified of the end of a ticket request. owed of ticket_request is set while there is one.

-- +goose Up
ALTER TABLE ticket_request ADD COLUMN problem TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket_request ADD COLUMN about   TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket_note ADD COLUMN problem TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket_note ADD COLUMN about   TEXT NOT NULL DEFAULT '';

CREATE TABLE ticket_owed (
    call_id TEXT NOT NULL,
    login   TEXT NOT NULL,
    PRIMARY KEY (call_id, login)
) WITHOUT ROWID;
INSERT INTO ticket_owed (call_id, login) SELECT call_id, agent FROM ticket_request WHERE owed <> 0;

-- +goose Down
DROP TABLE ticket_owed;
ALTER TABLE ticket_note DROP COLUMN about;
ALTER TABLE ticket_note DROP COLUMN problem;
ALTER TABLE ticket_request DROP COLUMN about;
ALTER TABLE ticket_request DROP COLUMN problem;
