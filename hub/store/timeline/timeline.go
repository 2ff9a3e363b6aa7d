// Package timeline keeps when the hub ran, its PBXs worked and agents were signed in.
package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"traybell/hub/store/internal/sqlite"
	"traybell/hub/timeline"
)

var columns = sqlite.Columns[timeline.Event]{
	{Name: "at", Field: func(e *timeline.Event) any { return sqlite.Moment(&e.At) }},
	{Name: "subject", Field: func(e *timeline.Event) any { return &e.Subject }},
	{Name: "who", Field: func(e *timeline.Event) any { return &e.Who }},
	{Name: "what", Field: func(e *timeline.Event) any { return &e.What }},
	{Name: "place", Field: func(e *timeline.Event) any { return &e.Where }},
	{Name: "code", Field: func(e *timeline.Event) any { return &e.Code }},
	{Name: "text", Field: func(e *timeline.Event) any { return &e.Text }},
}

var (
	insert = columns.Insert("timeline")
	before = `SELECT ` + columns.Selected("timeline") + ` FROM timeline
		WHERE subject = ? AND who = ? AND at <= ? ORDER BY id DESC LIMIT ?`
)

// The last event of each state of a subject says what holds since then, however long ago it was.
const forget = `DELETE FROM timeline WHERE at < :before
	AND id NOT IN (SELECT max(id) FROM timeline GROUP BY subject, who, what)
	OR id <= (SELECT id FROM timeline ORDER BY id DESC LIMIT 1 OFFSET :most)`

// Otherwise an agent who signs in all the time would push out the events of all others.
const forgetOfOne = `DELETE FROM timeline WHERE id IN (SELECT id FROM (
	SELECT id, row_number() OVER (PARTITION BY subject, who ORDER BY id DESC) AS place FROM timeline)
	WHERE place > :most)`

// Store implements timeline.Store and timeline.Kept.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// KeepEvents implements timeline.Store.
func (s Store) KeepEvents(ctx context.Context, events []timeline.Event) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, e := range events {
			if _, err := tx.ExecContext(ctx, insert, columns.Bind(&e)...); err != nil {
				return sqlite.Refusal(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the timeline: %w", sqlite.Explain(err))
	}
	return nil
}

// ForgetEvents implements timeline.Store.
func (s Store) ForgetEvents(ctx context.Context, before time.Time, most, ofOne int) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, forgetOfOne, sql.Named("most", max(ofOne, 0))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, forget, sql.Named("before", sqlite.Written(before)),
			sql.Named("most", max(most, 0)))
		return err
	})
	if err != nil {
		return fmt.Errorf("delete old events of the timeline: %w", sqlite.Explain(err))
	}
	return nil
}

// EventsOf implements timeline.Kept.
func (s Store) EventsOf(ctx context.Context, subject timeline.Subject, who string, until time.Time, limit int,
) (list []timeline.Event, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var e timeline.Event
		if err := columns.Scan(from, &e); err != nil {
			return err
		}
		list = append(list, e)
		return nil
	}, before, subject, who, sqlite.Written(until), max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("read the timeline: %w", sqlite.Explain(err))
	}
	return list, nil
}
