package store

import (
	"context"
	"fmt"

	"traybell/hub/jobs"
)

// free is true of work that an owner may take: the owner and the time now are its parameters.
const free = `(owner = '' OR owner = ? OR claimed_until <= ?)`

// claim claims those rows of a table that where holds of and that are free, and returns how many.
// table and where are written by this package alone.
func (s *Store) claim(ctx context.Context, c jobs.Claim, table, where string, args ...any) (int64, error) {
	values := append([]any{c.Owner, written(c.Until), c.Owner, written(s.now())}, args...)
	result, err := s.write.ExecContext(ctx,
		`UPDATE `+table+` SET owner = ?, claimed_until = ? WHERE `+free+` AND `+where, values...)
	if err != nil {
		return 0, fmt.Errorf("claim work: %w", explain(err))
	}
	return result.RowsAffected()
}
