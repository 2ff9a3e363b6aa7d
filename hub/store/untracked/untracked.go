// Package untracked counts the numbers that were called and that hub.yml does not name.
package untracked

import (
	"context"
	"database/sql"
	"fmt"

	"traybell/hub/store/internal/sqlite"
	"traybell/hub/tracking"
)

var untrackedColumns = sqlite.Columns[tracking.Untracked]{
	{Name: "pbx", Field: func(u *tracking.Untracked) any { return &u.PBX }},
	{Name: "number", Field: func(u *tracking.Untracked) any { return &u.Number }},
	{Name: "calls", Field: func(u *tracking.Untracked) any { return &u.Calls }},
	{Name: "first", Field: func(u *tracking.Untracked) any { return sqlite.Moment(&u.First) }},
	{Name: "last", Field: func(u *tracking.Untracked) any { return sqlite.Moment(&u.Last) }},
}

var addUntracked = untrackedColumns.Insert("untracked_number") + ` ON CONFLICT (pbx, number) DO UPDATE SET
	calls = calls + excluded.calls, first = min(first, excluded.first), last = max(last, excluded.last)`

// Numbers that were called once, and not by these calls, are deleted first.
const limitUntracked = `DELETE FROM untracked_number WHERE (pbx, number) IN (
	SELECT pbx, number FROM untracked_number ORDER BY calls = 1 AND last < :begin DESC, last
	LIMIT max(0, (SELECT count(*) FROM untracked_number) - :most))`

// Store implements tracking.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// CountUntracked implements tracking.Store.
func (s Store) CountUntracked(ctx context.Context, counts []tracking.Untracked, most int) error {
	if len(counts) == 0 {
		return nil
	}
	begin := counts[0].First
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, u := range counts {
			if u.First.Before(begin) {
				begin = u.First
			}
			if _, err := tx.ExecContext(ctx, addUntracked, untrackedColumns.Bind(&u)...); err != nil {
				return sqlite.Refusal(err)
			}
		}
		_, err := tx.ExecContext(ctx, limitUntracked,
			sql.Named("begin", sqlite.Written(begin)), sql.Named("most", most))
		return err
	})
	if err != nil {
		return fmt.Errorf("count untracked numbers: %w", sqlite.Explain(err))
	}
	return nil
}

// UntrackedNumbers implements tracking.Store.
func (s Store) UntrackedNumbers(ctx context.Context) ([]tracking.Untracked, error) {
	var list []tracking.Untracked
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		var u tracking.Untracked
		if err := untrackedColumns.Scan(from, &u); err != nil {
			return err
		}
		list = append(list, u)
		return nil
	}, `SELECT `+untrackedColumns.Selected("n")+` FROM untracked_number n ORDER BY calls DESC, last DESC, pbx, number`)
	if err != nil {
		return nil, fmt.Errorf("read untracked numbers: %w", sqlite.Explain(err))
	}
	return list, nil
}
