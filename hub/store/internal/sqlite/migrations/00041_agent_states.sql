-- What agents do, and what they did: states, and tasks without a call.

-- +goose Up
CREATE TABLE agent_state (
    login  TEXT PRIMARY KEY,
    status TEXT NOT NULL -- JSON of agentstate.Status
) WITHOUT ROWID;

CREATE TABLE agent_time (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    login   TEXT NOT NULL,
    shift   TEXT NOT NULL, -- its begin
    began   TEXT NOT NULL,
    ended   TEXT NOT NULL,
    mode    TEXT NOT NULL,
    state   TEXT NOT NULL,
    reason  TEXT NOT NULL, -- code of a pause
    project TEXT NOT NULL, -- of the task
    kind    TEXT NOT NULL
);
CREATE INDEX agent_time_ended ON agent_time (ended);
CREATE INDEX agent_time_login ON agent_time (login, ended);

CREATE TABLE agent_task (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    login   TEXT NOT NULL,
    project TEXT NOT NULL,
    kind    TEXT NOT NULL,
    began   TEXT NOT NULL,
    ended   TEXT NOT NULL,
    note    TEXT NOT NULL
);
CREATE INDEX agent_task_ended ON agent_task (ended);
CREATE INDEX agent_task_login ON agent_task (login, ended);

-- +goose Down
DROP TABLE agent_task;
DROP TABLE agent_time;
DROP TABLE agent_state;
