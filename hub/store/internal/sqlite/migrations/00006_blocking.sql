-- Who blocked and unblocked which number, and on which PBXs in which forms; and every change of a category, which has its last one only.

-- +goose Up
CREATE TABLE block (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    number  TEXT    NOT NULL,
    blocked INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    agent   TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    at      TEXT    NOT NULL,
    state   TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'failed'))
);
CREATE INDEX block_number ON block (number, id);

CREATE TABLE block_entry (
    block INTEGER NOT NULL REFERENCES block (id) ON DELETE CASCADE,
    pbx   TEXT    NOT NULL,
    form  TEXT    NOT NULL,
    done  INTEGER NOT NULL,
    error TEXT    NOT NULL,
    PRIMARY KEY (block, pbx, form)
);
CREATE INDEX block_entry_open ON block_entry (pbx, block) WHERE done = 0;

CREATE TABLE category_change (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    number  TEXT NOT NULL,
    color   TEXT NOT NULL,
    comment TEXT NOT NULL,
    author  TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE INDEX category_change_number ON category_change (number, id);
INSERT INTO category_change (number, color, comment, author, changed) SELECT number, color, comment, author, changed FROM category ORDER BY changed;

-- +goose Down
DROP TABLE category_change;
DROP TABLE block_entry;
DROP TABLE block;
