-- The rules that hid numbers of calls from agents.

-- +goose Up
ALTER TABLE call_record ADD COLUMN hidden_by TEXT NOT NULL DEFAULT ''; -- name of the rule; empty: none

-- +goose Down
ALTER TABLE call_record DROP COLUMN hidden_by;
