-- The calls that became part of another one, by a transfer with consultation: a ticket that was
-- requested for one belongs to the other. channels are the Uniqueids of a call in progress, separated
-- by spaces: a hub that did not see the merge finds them in the other call.

-- +goose Up
CREATE TABLE call_merge (
    call_id TEXT NOT NULL PRIMARY KEY,
    into_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX call_merge_into ON call_merge (into_id);
ALTER TABLE call_record ADD COLUMN channels TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE call_record DROP COLUMN channels;
DROP TABLE call_merge;
