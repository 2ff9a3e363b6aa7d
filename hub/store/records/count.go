package records

import (
	"context"
	"fmt"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
)

// CountRecords counts the ended calls that began in [from, to), by slots of that length, which
// begin with a minute. Slots without calls are absent. Calls between extensions do not count.
func (s Store) CountRecords(ctx context.Context, from, to time.Time, slot time.Duration) ([]cdr.Count, error) {
	// Minutes are the beginnings of texts, which costs less than to parse each time.
	rows, err := s.db.Read.QueryContext(ctx, `
		SELECT substr(started, 1, 16) AS minute, sum(missed = 0), sum(missed <> 0), sum(direction = 'outgoing')
		FROM call_record
		WHERE started >= ? AND started < ? AND state <> 'open' AND direction <> 'internal'
		GROUP BY minute ORDER BY minute`,
		sqlite.Written(from), sqlite.Written(to))
	if err != nil {
		return nil, fmt.Errorf("count call records: %w", err)
	}
	defer rows.Close()
	var list []cdr.Count
	for rows.Next() {
		var minute string
		var c cdr.Count
		if err := rows.Scan(&minute, &c.Answered, &c.Missed, &c.Outgoing); err != nil {
			return nil, fmt.Errorf("count call records: %w", err)
		}
		began, err := time.Parse("2006-01-02T15:04", minute)
		if err != nil {
			return nil, fmt.Errorf("count call records: %w", err)
		}
		c.Slot = int(began.Sub(from) / slot)
		if n := len(list); n > 0 && list[n-1].Slot == c.Slot {
			last := &list[n-1]
			last.Answered += c.Answered
			last.Missed += c.Missed
			last.Outgoing += c.Outgoing
			continue
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count call records: %w", err)
	}
	return list, nil
}
