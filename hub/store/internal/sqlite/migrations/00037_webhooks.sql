-- Events on their way to webhooks, and the receivers that said that they are gone.

-- +goose Up
CREATE TABLE webhook_delivery (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook       TEXT NOT NULL, -- name in hub.yml
    event         TEXT NOT NULL, -- id, the same in all attempts
    type          TEXT NOT NULL,
    at            TEXT NOT NULL,
    body          BLOB NOT NULL, -- empty once delivered
    state         TEXT NOT NULL, -- waiting, delivered, set_aside
    error         TEXT NOT NULL DEFAULT '',
    tries         INTEGER NOT NULL DEFAULT 0,
    next          TEXT NOT NULL DEFAULT '',
    owner         TEXT NOT NULL DEFAULT '',
    claimed_until TEXT NOT NULL DEFAULT '',
    UNIQUE (webhook, event)
);
CREATE INDEX webhook_delivery_state ON webhook_delivery (state, webhook, id);
CREATE INDEX webhook_delivery_at ON webhook_delivery (at);
CREATE TABLE webhook_off (
    webhook TEXT PRIMARY KEY,
    url     TEXT NOT NULL,
    at      TEXT NOT NULL,
    reason  TEXT NOT NULL
);

-- +goose Down
DROP TABLE webhook_off;
DROP TABLE webhook_delivery;
