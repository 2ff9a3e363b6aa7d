package store

import (
	"context"
	"database/sql"
	"fmt"

	"traybell/hub/tracking"
)

// CountUntracked implements desk.UntrackedStore.
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
			_, err := tx.ExecContext(ctx,
				`INSERT INTO untracked_number (pbx, number, calls, first, last) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (pbx, number) DO UPDATE SET calls = calls + excluded.calls, first = min(first, excluded.first), last = max(last, excluded.last)`,
				u.PBX, u.Number, u.Calls, written(u.First), written(u.Last))
			if err != nil {
				return err
			}
		}
		// What was called once, and not just now, goes before what was called more often.
		_, err := tx.ExecContext(ctx,
			`DELETE FROM untracked_number WHERE (pbx, number) IN (SELECT pbx, number FROM untracked_number
			ORDER BY calls = 1 AND last < ?1 DESC, last LIMIT max(0, (SELECT count(*) FROM untracked_number) - ?2))`, written(begin), most)
		return err
	})
	if err != nil {
		return fmt.Errorf("counting numbers that are not tracked: %w", explain(err))
	}
	return nil
}

// UntrackedNumbers implements desk.UntrackedStore.
func (s *Store) UntrackedNumbers(ctx context.Context) ([]tracking.Untracked, error) {
	var list []tracking.Untracked
	err := s.each(ctx, func(r row) error {
		var u tracking.Untracked
		if err := r.Scan(&u.PBX, &u.Number, &u.Calls, moment{&u.First}, moment{&u.Last}); err != nil {
			return err
		}
		list = append(list, u)
		return nil
	}, `SELECT pbx, number, calls, first, last FROM untracked_number ORDER BY calls DESC, last DESC, pbx, number`)
	if err != nil {
		return nil, fmt.Errorf("reading the numbers that are not tracked: %w", explain(err))
	}
	return list, nil
}
