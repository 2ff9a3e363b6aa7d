-- When the hub ran, its PBXs worked and agents were signed in. It explains calls without a popup.

-- +goose Up
CREATE TABLE timeline (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    subject TEXT NOT NULL, -- hub, pbx or agent
    who     TEXT NOT NULL,
    what    TEXT NOT NULL,
    place   TEXT NOT NULL, -- the desktop of a session
    code    INTEGER NOT NULL,
    text    TEXT NOT NULL
);
CREATE INDEX timeline_who ON timeline (subject, who, id);
CREATE INDEX timeline_at ON timeline (at);

-- +goose Down
DROP TABLE timeline;
