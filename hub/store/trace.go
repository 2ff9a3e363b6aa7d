package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/trace"
)

// longestTrace is how many bytes of steps a call may have; what comes later is not kept.
const longestTrace = 64 << 10

const (
	moreTrace = `UPDATE call_trace SET steps = steps || ? WHERE call_id = ? AND length(steps) < ?`
	putTrace  = `INSERT INTO call_trace (call_id, pbx, direction, number, name, did, party, at, steps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (call_id) DO UPDATE SET number = excluded.number, name = excluded.name, did = excluded.did, party = excluded.party,
		steps = CASE WHEN length(steps) < ? THEN steps || excluded.steps ELSE steps END`
)

// KeepTraces implements desk.Traces.
func (s *Store) KeepTraces(ctx context.Context, traces []trace.Trace) error {
	more, put := s.write.in(ctx, moreTrace), s.write.in(ctx, putTrace)
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, t := range traces {
			if t.CallID == "" {
				return errors.New("a trace needs a call")
			}
			var lines strings.Builder
			for _, step := range t.Steps {
				line, err := json.Marshal(step)
				if err != nil {
					return fmt.Errorf("call %s: %w", t.CallID, err)
				}
				if lines.Len()+len(line) > longestTrace {
					break
				}
				lines.Write(append(line, '\n'))
			}
			var err error
			if t.PBX == "" {
				_, err = more(tx, lines.String(), t.CallID, longestTrace)
			} else {
				_, err = put(tx,
					t.CallID, t.PBX, t.Direction, t.Number, t.Name, t.DID, t.Party, written(t.At), lines.String(), longestTrace)
			}
			if err != nil {
				return fmt.Errorf("call %s: %w", t.CallID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping traces of calls: %w", explain(err))
	}
	return nil
}

// ForgetTraces implements desk.Traces.
func (s *Store) ForgetTraces(ctx context.Context, before time.Time, most int) error {
	_, err := s.write.ExecContext(ctx,
		`DELETE FROM call_trace WHERE at < ? OR at <= (SELECT at FROM call_trace ORDER BY at DESC LIMIT 1 OFFSET ?)`,
		written(before), max(most, 0))
	if err != nil {
		return fmt.Errorf("deleting old traces of calls: %w", explain(err))
	}
	return nil
}

const selectTraces = `SELECT id, call_id, pbx, direction, number, name, did, party, at, steps FROM call_trace `

// TraceOf returns the trace of a call; ok is false where there is none.
func (s *Store) TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error) {
	list, err := s.tracesWhere(ctx, `WHERE call_id = ?`, callID)
	if err != nil || len(list) == 0 {
		return trace.Trace{}, false, err
	}
	return list[0], true, nil
}

// TracesOf returns the last traces of calls with a party (phone.Number.Key), or of all with an
// empty one, newest first, those before that one where its id is not 0.
func (s *Store) TracesOf(ctx context.Context, party string, before int64, limit int) ([]trace.Trace, error) {
	where, values := []string{`id > 0`}, []any{}
	if party != "" {
		where, values = append(where, `party = ?`), append(values, party)
	}
	if before > 0 {
		where, values = append(where, `id < ?`), append(values, before)
	}
	return s.tracesWhere(ctx, `WHERE `+strings.Join(where, ` AND `)+` ORDER BY id DESC LIMIT ?`,
		append(values, max(limit, 0))...)
}

func (s *Store) tracesWhere(ctx context.Context, where string, values ...any) (list []trace.Trace, err error) {
	err = s.each(ctx, func(from row) error {
		t, err := traceOf(from)
		list = append(list, t)
		return err
	}, selectTraces+where, values...)
	if err != nil {
		return nil, fmt.Errorf("reading traces of calls: %w", explain(err))
	}
	return list, nil
}

func traceOf(from row) (t trace.Trace, err error) {
	var steps string
	if err := from.Scan(&t.ID, &t.CallID, &t.PBX, &t.Direction, &t.Number, &t.Name, &t.DID, &t.Party, moment{&t.At},
		&steps); err != nil {
		return t, err
	}
	for line := range strings.Lines(steps) {
		var step trace.Step
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			return t, fmt.Errorf("call %s: %w", t.CallID, err)
		}
		t.Steps = append(t.Steps, step)
	}
	slices.SortStableFunc(t.Steps, func(a, b trace.Step) int { return a.At.Compare(b.At) })
	return t, nil
}
