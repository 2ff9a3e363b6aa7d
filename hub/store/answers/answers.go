// Package answers keeps the answers to requests of programs, which may be repeated.
package answers

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"traybell/hub/repeat"
	"traybell/hub/store/internal/sqlite"
)

// Store implements repeat.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// BeginAnswer implements repeat.Store.
func (s Store) BeginAnswer(ctx context.Context, key string, a repeat.Answer, stale time.Time,
) (kept repeat.Answer, first bool, err error) {
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var header []byte
		err := tx.QueryRowContext(ctx, `SELECT request, at, status, header, body FROM answer WHERE key = ?`, key).
			Scan(&kept.Request, sqlite.Moment(&kept.At), &kept.Status, &header, &kept.Body)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			first = true
		case err != nil:
			return err
		case kept.Status == 0 && kept.Request == a.Request && kept.At.Before(stale):
			first = true
		default:
			return json.Unmarshal(header, &kept.Header)
		}
		return put(ctx, tx, key, a)
	})
	if err != nil {
		return repeat.Answer{}, false, fmt.Errorf("keep request: %w", sqlite.Explain(err))
	}
	return kept, first, nil
}

func put(ctx context.Context, tx *sql.Tx, key string, a repeat.Answer) error {
	header, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	body := a.Body
	if body == nil {
		body = []byte{}
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO answer (key, request, at, status, header, body)
		VALUES (?, ?, ?, ?, ?, ?)`, key, a.Request, sqlite.Written(a.At), a.Status, string(header), body)
	return err
}

// KeepAnswer implements repeat.Store.
func (s Store) KeepAnswer(ctx context.Context, key string, a repeat.Answer) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error { return put(ctx, tx, key, a) })
	if err != nil {
		return fmt.Errorf("keep answer: %w", sqlite.Explain(err))
	}
	return nil
}

// DropAnswer implements repeat.Store.
func (s Store) DropAnswer(ctx context.Context, key string) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM answer WHERE key = ?`, key); err != nil {
		return fmt.Errorf("drop answer: %w", sqlite.Explain(err))
	}
	return nil
}

// ForgetAnswers implements repeat.Store.
func (s Store) ForgetAnswers(ctx context.Context, before time.Time, prefix string, most int) error {
	after := prefix + "\U0010ffff"
	_, err := s.db.Write.ExecContext(ctx,
		`DELETE FROM answer WHERE at < ?1 OR key >= ?2 AND key < ?3 AND at <=
			(SELECT at FROM answer WHERE key >= ?2 AND key < ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4)`,
		sqlite.Written(before), prefix, after, max(most, 0))
	if err != nil {
		return fmt.Errorf("delete old answers: %w", sqlite.Explain(err))
	}
	return nil
}
