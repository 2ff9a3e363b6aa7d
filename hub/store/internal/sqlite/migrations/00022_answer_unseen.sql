-- answer_unseen: the answer was not seen when it happened, so that answered is when it was first known.

-- +goose Up
ALTER TABLE call_record ADD COLUMN answer_unseen INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE call_record DROP COLUMN answer_unseen;
