package store

import (
	"context"
	"fmt"
)

// versions has a query per subject whose result differs after a change. Each reads an index or a
// small table.
var versions = map[string]string{
	"records": `SELECT concat_ws(' ', (SELECT max(id) FROM call_record), count(*), total(state = 'ended'))
		FROM call_record WHERE state <> 'final'`,
	"tickets": `SELECT concat_ws(' ', (SELECT max(id) FROM listed_ticket),
		(SELECT max(id) FROM listed_ticket_event), count(*), total(tries))
		FROM ticket_request WHERE state = 'pending'`,
	"callers": `SELECT concat_ws(' ', (SELECT max(id) FROM category_change), (SELECT max(id) FROM block), count(*))
		FROM block_entry WHERE done = 0`,
	"numbers": `SELECT concat_ws(' ', count(*), total(calls)) FROM untracked_number`,
	"missed":  `SELECT concat_ws(' ', count(*), max(claim_at), max(done_at), total(claim_at <> '')) FROM missed_call`,
	"audit":   `SELECT coalesce(max(id), 0) FROM audit`,
}

// Versions returns for each subject of the database a text that is another one after a change, so
// that open pages know when to load themselves again.
func (s *Store) Versions(ctx context.Context) (map[string]string, error) {
	found := make(map[string]string, len(versions))
	for subject, query := range versions {
		var version any
		if err := s.db.Read.QueryRowContext(ctx, query).Scan(&version); err != nil {
			return nil, fmt.Errorf("read the version of the %s: %w", subject, err)
		}
		found[subject] = fmt.Sprint(version)
	}
	return found, nil
}
