// Package duties keeps what agents do and did.
package duties

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/duty"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/settings"
)

var spans = sqlite.Columns[agentstate.Span]{
	{Name: "login", Field: func(s *agentstate.Span) any { return &s.Login }},
	{Name: "shift", Field: func(s *agentstate.Span) any { return sqlite.Moment(&s.Shift) }},
	{Name: "began", Field: func(s *agentstate.Span) any { return sqlite.Moment(&s.Began) }},
	{Name: "ended", Field: func(s *agentstate.Span) any { return sqlite.Moment(&s.Ended) }},
	{Name: "mode", Field: func(s *agentstate.Span) any { return &s.Mode }},
	{Name: "state", Field: func(s *agentstate.Span) any { return &s.State }},
	{Name: "reason", Field: func(s *agentstate.Span) any { return &s.Reason }},
	{Name: "project", Field: func(s *agentstate.Span) any { return &s.Project }},
	{Name: "kind", Field: func(s *agentstate.Span) any { return &s.Kind }},
}

var tasks = sqlite.Columns[agentstate.Done]{
	{Name: "login", Field: func(d *agentstate.Done) any { return &d.Login }},
	{Name: "project", Field: func(d *agentstate.Done) any { return &d.Project }},
	{Name: "kind", Field: func(d *agentstate.Done) any { return &d.Kind }},
	{Name: "began", Field: func(d *agentstate.Done) any { return sqlite.Moment(&d.Began) }},
	{Name: "ended", Field: func(d *agentstate.Done) any { return sqlite.Moment(&d.Ended) }},
	{Name: "note", Field: func(d *agentstate.Done) any { return &d.Note }},
}

const (
	setStatus = `INSERT INTO agent_state (login, status) VALUES (?, ?)
		ON CONFLICT (login) DO UPDATE SET status = excluded.status`
	of       = ` WHERE ended > ? AND began < ? AND (? = '' OR login = ?) ORDER BY login, began, id`
	aliveKey = "agents.alive"
)

var (
	insertSpan  = spans.Insert("agent_time")
	insertTask  = tasks.Insert("agent_task")
	selectSpans = `SELECT ` + spans.Selected("agent_time") + ` FROM agent_time` + of
	selectTasks = `SELECT ` + tasks.Selected("agent_task") + ` FROM agent_task` + of
)

// Store implements duty.Store and worktime.Store.
type Store struct {
	db    *sqlite.Database
	alive settings.Store
}

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db, settings.New(db)} }

// KeepDuty implements duty.Store.
func (s Store) KeepDuty(ctx context.Context, changes []duty.Change) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, c := range changes {
			if err := keep(ctx, tx, c); err != nil {
				return sqlite.Refusal(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save agent states: %w", sqlite.Explain(err))
	}
	return nil
}

func keep(ctx context.Context, tx *sql.Tx, c duty.Change) error {
	status, err := json.Marshal(c.Status)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, setStatus, c.Login, string(status)); err != nil {
		return err
	}
	for _, span := range c.Spans {
		if _, err := tx.ExecContext(ctx, insertSpan, spans.Bind(&span)...); err != nil {
			return err
		}
	}
	if c.Done == nil {
		return nil
	}
	_, err = tx.ExecContext(ctx, insertTask, tasks.Bind(c.Done)...)
	return err
}

// Duty implements duty.Store.
func (s Store) Duty(ctx context.Context) (statuses map[string]agentstate.Status, alive time.Time, err error) {
	statuses = map[string]agentstate.Status{}
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var login string
		var text []byte
		if err := from.Scan(&login, &text); err != nil {
			return err
		}
		var status agentstate.Status
		if err := json.Unmarshal(text, &status); err != nil {
			return fmt.Errorf("the state of %s: %w", login, err)
		}
		statuses[login] = status
		return nil
	}, `SELECT login, status FROM agent_state`)
	if err != nil {
		return nil, alive, fmt.Errorf("read agent states: %w", sqlite.Explain(err))
	}
	_, err = s.alive.Setting(ctx, aliveKey, &alive)
	return statuses, alive, err
}

// KeepAlive implements duty.Store.
func (s Store) KeepAlive(ctx context.Context, at time.Time) error {
	return s.alive.SetSetting(ctx, aliveKey, at)
}

// ForgetTimes implements duty.Store.
func (s Store) ForgetTimes(ctx context.Context, before time.Time) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			`DELETE FROM agent_time WHERE ended < ?`, `DELETE FROM agent_task WHERE ended < ?`,
		} {
			if _, err := tx.ExecContext(ctx, query, sqlite.Written(before)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete old working times: %w", sqlite.Explain(err))
	}
	return nil
}

// Spans implements worktime.Store.
func (s Store) Spans(ctx context.Context, login string, from, to time.Time) ([]agentstate.Span, error) {
	return list(ctx, s.db, spans, selectSpans, login, from, to)
}

// Tasks implements worktime.Store.
func (s Store) Tasks(ctx context.Context, login string, from, to time.Time) ([]agentstate.Done, error) {
	return list(ctx, s.db, tasks, selectTasks, login, from, to)
}

func list[T any](ctx context.Context, db *sqlite.Database, columns sqlite.Columns[T], query, login string,
	from, to time.Time,
) (found []T, err error) {
	err = db.Each(ctx, func(row sqlite.Row) error {
		var v T
		if err := columns.Scan(row, &v); err != nil {
			return err
		}
		found = append(found, v)
		return nil
	}, query, sqlite.Written(from), sqlite.Written(to), login, login)
	if err != nil {
		return nil, fmt.Errorf("read working times: %w", sqlite.Explain(err))
	}
	return found, nil
}
