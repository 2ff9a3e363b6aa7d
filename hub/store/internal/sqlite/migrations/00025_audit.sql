-- Who changed what, when and from where. words is what the search looks in, in lower case.

-- +goose Up
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     TEXT NOT NULL,
    kind   TEXT NOT NULL,
    who    TEXT NOT NULL,
    source TEXT NOT NULL, -- address
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    error  TEXT NOT NULL, -- empty if it was done
    words  TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);

-- +goose Down
DROP TABLE audit;
