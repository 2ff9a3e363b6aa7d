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

// Callers calls each with the called number and the other party's number of all incoming calls, and of
// those whose number a rule hid: rule is its name.
func (s Store) Callers(ctx context.Context, each func(did, number, rule string)) error {
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		var did, number, rule string
		if err := from.Scan(&did, &number, &rule); err != nil {
			return err
		}
		each(did, number, rule)
		return nil
	}, `SELECT DISTINCT did, CASE e164 WHEN '' THEN number ELSE e164 END, hidden_by FROM call_record
		WHERE (direction = 'incoming' OR hidden_by <> '') AND number <> ''`)
	if err != nil {
		return fmt.Errorf("read callers: %w", sqlite.Explain(err))
	}
	return nil
}
