-- What the hub does once at its next start, in Go and with its configuration. A later version that reads numbers in another way inserts 'rekey' again.

-- +goose Up
CREATE TABLE once (task TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
INSERT INTO once (task) VALUES ('rekey');

-- +goose Down
DROP TABLE once;
