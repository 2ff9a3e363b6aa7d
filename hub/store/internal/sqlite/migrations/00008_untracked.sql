-- The numbers that were called and that hub.yml does not name, so that an administrator finds what to enter.

-- +goose Up
CREATE TABLE untracked_number (
    pbx    TEXT    NOT NULL,
    number TEXT    NOT NULL,
    calls  INTEGER NOT NULL,
    first  TEXT    NOT NULL,
    last   TEXT    NOT NULL,
    PRIMARY KEY (pbx, number)
);

-- +goose Down
DROP TABLE untracked_number;
