-- Numbers that agents save for themselves.

-- +goose Up
CREATE TABLE personal_number (
    login  TEXT NOT NULL,
    number TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (login, number)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE personal_number;
