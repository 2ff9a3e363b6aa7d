-- Earlier calls are searched by what agents know of them, and found by the other party's number. words and party are filled in for the calls that are there already by the next step, which is
-- in Go: SQLite folds the case of ASCII only.

-- +goose Up
ALTER TABLE call_record ADD COLUMN company TEXT NOT NULL DEFAULT ''; -- the customer's
ALTER TABLE call_record ADD COLUMN words   TEXT NOT NULL DEFAULT ''; -- all that can be searched, in lower case, numbers as digits alone
ALTER TABLE call_record ADD COLUMN party   TEXT NOT NULL DEFAULT ''; -- the outside party's number, in E.164 where it could be read; empty for internal calls and withheld numbers
CREATE INDEX call_record_party ON call_record (party, started) WHERE party <> '';
CREATE INDEX call_record_talked ON call_record (party, started) WHERE party <> '' AND answered <> '';

-- +goose Down
DROP INDEX call_record_talked;
DROP INDEX call_record_party;
ALTER TABLE call_record DROP COLUMN party;
ALTER TABLE call_record DROP COLUMN words;
ALTER TABLE call_record DROP COLUMN company;
