package records

import (
	"context"
	"fmt"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
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

// Callers calls each with all pairs of a called number and a caller's number of incoming calls.
func (s Store) Callers(ctx context.Context, each func(did, number string)) error {
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		var did, number string
		if err := from.Scan(&did, &number); err != nil {
			return err
		}
		each(did, number)
		return nil
	}, `SELECT DISTINCT did, CASE e164 WHEN '' THEN number ELSE e164 END FROM call_record
		WHERE direction = 'incoming' AND number <> ''`)
	if err != nil {
		return fmt.Errorf("read callers: %w", sqlite.Explain(err))
	}
	return nil
}
