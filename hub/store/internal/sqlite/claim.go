package sqlite

import (
	"context"
	"fmt"

	"traybell/hub/jobs"
)

// free selects work that an owner may take. Its parameters are the owner and the current time.
const free = `(owner = '' OR owner = ? OR claimed_until <= ?)`

// Claim claims the free rows of a table that match where, and returns their number. table and where
// are constants.
func (s *Database) Claim(ctx context.Context, c jobs.Claim, table, where string, args ...any) (int64, error) {
	values := append([]any{c.Owner, Written(c.Until), c.Owner, Written(s.Now())}, args...)
	result, err := s.Write.ExecContext(ctx,
		`UPDATE `+table+` SET owner = ?, claimed_until = ? WHERE `+free+` AND `+where, values...)
	if err != nil {
		return 0, fmt.Errorf("claim work: %w", Explain(err))
	}
	return result.RowsAffected()
}
