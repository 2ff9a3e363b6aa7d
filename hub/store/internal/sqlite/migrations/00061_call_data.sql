-- What the dialplan says about calls.

-- +goose Up
ALTER TABLE call_record ADD COLUMN data TEXT NOT NULL DEFAULT ''; -- JSON of protocol.CallDatum; empty: none

-- +goose Down
ALTER TABLE call_record DROP COLUMN data;
