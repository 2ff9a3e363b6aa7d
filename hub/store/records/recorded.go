package records

import (
	"context"

	"traybell/hub/cdr"
)

// CallRecord returns the record of a call; ok is false if there is none.
func (s Store) CallRecord(ctx context.Context, callID string) (r cdr.Record, ok bool, err error) {
	found, err := s.records(ctx, `WHERE r.call_id = ?`, callID)
	if err != nil || len(found) == 0 {
		return r, false, err
	}
	return found[0], true, nil
}

// RecordsWith returns all calls with a party, as in phone.Number.Key, oldest first.
func (s Store) RecordsWith(ctx context.Context, party string) ([]cdr.Record, error) {
	return s.records(ctx, `WHERE r.party = ? AND r.party <> '' ORDER BY r.started`, party)
}
