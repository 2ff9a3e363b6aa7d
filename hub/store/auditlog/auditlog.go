// Package auditlog keeps who changed what.
package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/audit"
	"traybell/hub/batch"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

var columns = sqlite.Columns[audit.Entry]{
	{Name: "at", Field: func(e *audit.Entry) any { return sqlite.Moment(&e.At) }},
	{Name: "kind", Field: func(e *audit.Entry) any { return &e.Kind }},
	{Name: "who", Field: func(e *audit.Entry) any { return &e.Who }},
	{Name: "source", Field: func(e *audit.Entry) any { return &e.From }},
	{Name: "action", Field: func(e *audit.Entry) any { return &e.Action }},
	{Name: "object", Field: func(e *audit.Entry) any { return &e.Object }},
	{Name: "detail", Field: func(e *audit.Entry) any { return &e.Detail }},
	{Name: "error", Field: func(e *audit.Entry) any { return &e.Error }},
}

var (
	add     = columns.Insert("audit", "words")
	entries = `SELECT ` + columns.Selected("audit") + `, id FROM audit `
)

// Store implements audit.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// KeepAudit implements audit.Store.
func (s Store) KeepAudit(ctx context.Context, list []audit.Entry) error {
	insert := s.db.Write.In(ctx, add)
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, e := range list {
			if e.Action == "" {
				return &batch.RefusedError{Err: errors.New("an entry of the audit needs an action")}
			}
			if _, err := insert(tx, columns.Bind(&e, sql.Named("words", text(e)))...); err != nil {
				return sqlite.Refusal(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save changes for the audit: %w", sqlite.Explain(err))
	}
	return nil
}

// text is what searches look in.
func text(e audit.Entry) string {
	return words.Fold(strings.Join([]string{
		e.Kind, e.Who, e.From, words.Digits(e.From), e.Action, e.Object, words.Digits(e.Object), e.Detail, e.Error,
	}, "\n"))
}

// SearchAudit implements audit.Store.
func (s Store) SearchAudit(ctx context.Context, search audit.Search) (found audit.Found, err error) {
	if search.Limit < 1 {
		return audit.Found{}, fmt.Errorf("read the audit: limit %d is less than 1", search.Limit)
	}
	where, values := []string{`at >= ?`}, []any{sqlite.Written(search.From)}
	if !search.Until.IsZero() {
		where, values = append(where, `at < ?`), append(values, sqlite.Written(search.Until))
	}
	if search.Before > 0 {
		where, values = append(where, `id < ?`), append(values, search.Before)
	}
	for _, term := range words.Terms(search.Text) {
		where, values = append(where, `instr(words, ?) > 0`), append(values, term)
	}
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		var e audit.Entry
		err := columns.Scan(from, &e, &e.ID)
		found.Entries = append(found.Entries, e)
		return err
	}, entries+`WHERE `+strings.Join(where, ` AND `)+` ORDER BY id DESC LIMIT ?`, append(values, search.Limit+1)...)
	if err != nil {
		return audit.Found{}, fmt.Errorf("read the audit: %w", sqlite.Explain(err))
	}
	if len(found.Entries) > search.Limit {
		found.Entries = found.Entries[:search.Limit]
		found.Next = found.Entries[search.Limit-1].ID
	}
	return found, nil
}

// Otherwise someone with few rights, by changing something all the time or being refused, would push
// out what others have changed.
const forgetOfOne = `DELETE FROM audit WHERE id IN (SELECT id FROM (
	SELECT id, row_number() OVER (PARTITION BY kind, who ORDER BY id DESC) AS place FROM audit)
	WHERE place > ?)`

// ForgetAudit implements audit.Store.
func (s Store) ForgetAudit(ctx context.Context, before time.Time, most, ofOne int) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, forgetOfOne, max(ofOne, 0)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`DELETE FROM audit WHERE at < ? OR id <= (SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?)`,
			sqlite.Written(before), max(most, 0))
		return err
	})
	if err != nil {
		return fmt.Errorf("delete old entries of the audit: %w", sqlite.Explain(err))
	}
	return nil
}
