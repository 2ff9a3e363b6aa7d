-- blocked says who blocked the number of a call that the PBX turned away, when and why.
-- Missed means called here. Earlier versions also set it for unanswered calls that agents had placed: outgoing ones, and internal ones (feature codes, the mailbox) of which only those at the calling extension were told.

-- +goose Up
ALTER TABLE call_record ADD COLUMN blocked TEXT NOT NULL DEFAULT '';
UPDATE call_record SET missed = 0 WHERE missed <> 0 AND (direction = 'outgoing' OR direction = 'internal' AND NOT EXISTS (
    SELECT 1 FROM call_record_agent a WHERE a.call_id = call_record.call_id
        AND instr(',' || call_record.agent || ',', ',' || a.login || ',') = 0));

-- +goose Down
ALTER TABLE call_record DROP COLUMN blocked;
UPDATE call_record SET missed = 1 WHERE answered = '' AND state <> 'open' AND direction <> 'incoming';
