-- The key of the tokens that desktops and browsers get at sign-in.

-- +goose Up
CREATE TABLE token_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL
);

-- +goose Down
DROP TABLE token_key;
