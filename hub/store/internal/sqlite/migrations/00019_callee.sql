-- Of an internal call, the agent who was called: agent has the one who placed it.

-- +goose Up
ALTER TABLE call_record ADD COLUMN callee_agent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE call_record DROP COLUMN callee_agent;
