-- With several help desks, notes and talk times go to the one that has the ticket.

-- +goose Up
ALTER TABLE ticket_request ADD COLUMN ticket_desk TEXT NOT NULL DEFAULT ''; -- the help desk's address; empty: an earlier version made the ticket

-- +goose Down
ALTER TABLE ticket_request DROP COLUMN ticket_desk;
