// Package recordings keeps what the PBXs said of recordings, who talked in calls, and which links to
// recordings no longer open.
package recordings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"traybell/hub/recordings"
	"traybell/hub/store/internal/sqlite"
)

var columns = sqlite.Columns[recordings.Note]{
	{Name: "call_id", Field: func(n *recordings.Note) any { return &n.CallID }},
	{Name: "uniqueid", Field: func(n *recordings.Note) any { return &n.Uniqueid }},
	{Name: "name", Field: func(n *recordings.Note) any { return &n.Name }},
	{Name: "began", Field: func(n *recordings.Note) any { return sqlite.Moment(&n.Began) }},
}

// Store implements recordings.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// KeepRecording implements recordings.Store.
func (s Store) KeepRecording(ctx context.Context, n recordings.Note) error {
	return s.change(ctx, "keep a recording's name", columns.Insert("recording")+" ON CONFLICT DO NOTHING",
		columns.Bind(&n)...)
}

// KeepTalkers implements recordings.Store.
func (s Store) KeepTalkers(ctx context.Context, callID string, logins []string, ended time.Time) error {
	for _, login := range logins {
		if err := s.change(ctx, "keep who talked", `INSERT INTO recording_talker (call_id, login, ended)
			VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, callID, login, sqlite.Written(ended)); err != nil {
			return err
		}
	}
	return nil
}

// MergeRecordings implements recordings.Store.
func (s Store) MergeRecordings(ctx context.Context, callID, into string) error {
	for _, table := range []string{"recording", "recording_talker"} {
		if err := s.change(ctx, "merge recordings", `UPDATE OR IGNORE `+table+` SET call_id = ? WHERE call_id = ?`,
			into, callID); err != nil {
			return err
		}
	}
	return nil
}

// RecordingsOf implements recordings.Store.
func (s Store) RecordingsOf(ctx context.Context, callID string) (notes []recordings.Note, talkers []string, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var n recordings.Note
		err := columns.Scan(from, &n)
		notes = append(notes, n)
		return err
	}, `SELECT `+columns.Selected("r")+` FROM recording r WHERE call_id = ? ORDER BY began, uniqueid, name`, callID)
	if err == nil {
		err = s.db.Each(ctx, func(from sqlite.Row) error {
			var login string
			err := from.Scan(&login)
			talkers = append(talkers, login)
			return err
		}, `SELECT login FROM recording_talker WHERE call_id = ? ORDER BY login`, callID)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the recordings of a call: %w", sqlite.Explain(err))
	}
	return notes, talkers, nil
}

// RevokeLinks implements recordings.Store.
func (s Store) RevokeLinks(ctx context.Context, callID string, at time.Time) error {
	return s.change(ctx, "revoke links", `INSERT INTO recording_revoked (call_id, at) VALUES (?, ?)
		ON CONFLICT (call_id) DO UPDATE SET at = excluded.at`, callID, sqlite.Written(at))
}

// LinksRevoked implements recordings.Store.
func (s Store) LinksRevoked(ctx context.Context, callID string) (at time.Time, err error) {
	err = s.db.Read.QueryRowContext(ctx, `SELECT at FROM recording_revoked WHERE call_id = ?`, callID).
		Scan(sqlite.Moment(&at))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("read revoked links: %w", sqlite.Explain(err))
	}
	return at, nil
}

// ForgetRecordings implements recordings.Store.
func (s Store) ForgetRecordings(ctx context.Context, before time.Time) error {
	for _, of := range []string{"recording WHERE began", "recording_talker WHERE ended", "recording_revoked WHERE at"} {
		if err := s.change(ctx, "forget recordings", `DELETE FROM `+of+` < ?`, sqlite.Written(before)); err != nil {
			return err
		}
	}
	return nil
}

func (s Store) change(ctx context.Context, what, statement string, values ...any) error {
	if _, err := s.db.Write.ExecContext(ctx, statement, values...); err != nil {
		return fmt.Errorf("%s: %w", what, sqlite.Explain(err))
	}
	return nil
}
