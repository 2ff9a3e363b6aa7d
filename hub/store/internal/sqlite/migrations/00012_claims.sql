-- Who works on a ticket request, its talk time or a block, and until when: several hubs may share one database. An empty owner is free work.

-- +goose Up
ALTER TABLE ticket_request ADD COLUMN owner         TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket_request ADD COLUMN claimed_until TEXT NOT NULL DEFAULT '';
ALTER TABLE block ADD COLUMN owner         TEXT NOT NULL DEFAULT '';
ALTER TABLE block ADD COLUMN claimed_until TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE block DROP COLUMN claimed_until;
ALTER TABLE block DROP COLUMN owner;
ALTER TABLE ticket_request DROP COLUMN claimed_until;
ALTER TABLE ticket_request DROP COLUMN owner;
