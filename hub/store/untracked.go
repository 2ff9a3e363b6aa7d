package store

import (
	"context"
	"database/sql"
	"fmt"

	"traybell/hub/tracking"
)

var untrackedColumns = columns[tracking.Untracked]{
	{name: "pbx", field: func(u *tracking.Untracked) any { return &u.PBX }},
	{name: "number", field: func(u *tracking.Untracked) any { return &u.Number }},
	{name: "calls", field: func(u *tracking.Untracked) any { return &u.Calls }},
	{name: "first", field: func(u *tracking.Untracked) any { return moment{&u.First} }},
	{name: "last", field: func(u *tracking.Untracked) any { return moment{&u.Last} }},
}

var addUntracked = untrackedColumns.insert("untracked_number") + ` ON CONFLICT (pbx, number) DO UPDATE SET
	calls = calls + excluded.calls, first = min(first, excluded.first), last = max(last, excluded.last)`

// Numbers that were called once, and not by these calls, are deleted first.
const limitUntracked = `DELETE FROM untracked_number WHERE (pbx, number) IN (
	SELECT pbx, number FROM untracked_number ORDER BY calls = 1 AND last < :begin DESC, last
	LIMIT max(0, (SELECT count(*) FROM untracked_number) - :most))`

// CountUntracked implements tracking.Store.
func (s *Store) CountUntracked(ctx context.Context, counts []tracking.Untracked, most int) error {
	if len(counts) == 0 {
		return nil
	}
	begin := counts[0].First
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, u := range counts {
			if u.First.Before(begin) {
				begin = u.First
			}
			if _, err := tx.ExecContext(ctx, addUntracked, untrackedColumns.bind(&u)...); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, limitUntracked, sql.Named("begin", written(begin)), sql.Named("most", most))
		return err
	})
	if err != nil {
		return fmt.Errorf("count untracked numbers: %w", explain(err))
	}
	return nil
}

// UntrackedNumbers implements tracking.Store.
func (s *Store) UntrackedNumbers(ctx context.Context) ([]tracking.Untracked, error) {
	var list []tracking.Untracked
	err := s.each(ctx, func(from row) error {
		var u tracking.Untracked
		if err := untrackedColumns.scan(from, &u); err != nil {
			return err
		}
		list = append(list, u)
		return nil
	}, `SELECT `+untrackedColumns.selected("n")+` FROM untracked_number n ORDER BY calls DESC, last DESC, pbx, number`)
	if err != nil {
		return nil, fmt.Errorf("read untracked numbers: %w", explain(err))
	}
	return list, nil
}
