-- What the CDR file has and agents do not see: the number that was called, as the PBX has it, also of outgoing and
-- internal calls; the CallerID as the PBX received it; and the extension that answered.

-- +goose Up
ALTER TABLE call_record ADD COLUMN exten       TEXT NOT NULL DEFAULT '';
ALTER TABLE call_record ADD COLUMN cid         TEXT NOT NULL DEFAULT '';
ALTER TABLE call_record ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE call_record DROP COLUMN answered_by;
ALTER TABLE call_record DROP COLUMN cid;
ALTER TABLE call_record DROP COLUMN exten;
