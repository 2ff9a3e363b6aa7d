package store

import (
	"context"
	"fmt"

	"traybell/hub/jobs"
)

// free selects work that an owner may take. Its parameters are the owner and the current time.
const free = `(owner = '' OR owner = ? OR claimed_until <= ?)`

// claim claims the free rows of a table that match where, and returns their number. table and where
// are constants of this package.
func (s *Store) claim(ctx context.Context, c jobs.Claim, table, where string, args ...any) (int64, error) {
	values := append([]any{c.Owner, written(c.Until), c.Owner, written(s.now())}, args...)
	result, err := s.write.ExecContext(ctx,
		`UPDATE `+table+` SET owner = ?, claimed_until = ? WHERE `+free+` AND `+where, values...)
	if err != nil {
		return 0, fmt.Errorf("claim work: %w", explain(err))
	}
	return result.RowsAffected()
}
