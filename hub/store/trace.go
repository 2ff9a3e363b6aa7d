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

// maxTraceBytes limits the steps of a call; later ones are dropped.
const maxTraceBytes = 64 << 10

var traceColumns = columns[trace.Trace]{
	{name: "call_id", field: func(t *trace.Trace) any { return &t.CallID }, once: true},
	{name: "pbx", field: func(t *trace.Trace) any { return &t.PBX }, once: true},
	{name: "direction", field: func(t *trace.Trace) any { return &t.Direction }, once: true},
	{name: "number", field: func(t *trace.Trace) any { return &t.Number }},
	{name: "name", field: func(t *trace.Trace) any { return &t.Name }},
	{name: "did", field: func(t *trace.Trace) any { return &t.DID }},
	{name: "party", field: func(t *trace.Trace) any { return &t.Party }},
	{name: "at", field: func(t *trace.Trace) any { return moment{&t.At} }, once: true},
}

var (
	selectTraces = `SELECT ` + traceColumns.selected("call_trace") + `, id, steps FROM call_trace `
	putTrace     = traceColumns.insert("call_trace", "steps") +
		` ON CONFLICT (call_id) DO UPDATE SET ` + traceColumns.assigned() + `,
		steps = CASE WHEN length(steps) < :most THEN steps || excluded.steps ELSE steps END`
)

const moreTrace = `UPDATE call_trace SET steps = steps || :steps WHERE call_id = :call_id AND length(steps) < :most`

// KeepTraces implements trace.Store.
func (s *Store) KeepTraces(ctx context.Context, traces []trace.Trace) error {
	more, put := s.write.in(ctx, moreTrace), s.write.in(ctx, putTrace)
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, t := range traces {
			if t.CallID == "" {
				return errors.New("a trace needs a call")
			}
			lines, err := stepLines(t.Steps)
			if err != nil {
				return fmt.Errorf("call %s: %w", t.CallID, err)
			}
			steps, most := sql.Named("steps", lines), sql.Named("most", maxTraceBytes)
			if t.PBX == "" {
				_, err = more(tx, steps, sql.Named("call_id", t.CallID), most)
			} else {
				_, err = put(tx, traceColumns.bind(&t, steps, most)...)
			}
			if err != nil {
				return fmt.Errorf("call %s: %w", t.CallID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save call traces: %w", explain(err))
	}
	return nil
}

// stepLines is the steps column: a JSON object per line.
func stepLines(steps []trace.Step) (string, error) {
	var lines strings.Builder
	for _, step := range steps {
		line, err := json.Marshal(step)
		if err != nil {
			return "", err
		}
		if lines.Len()+len(line) > maxTraceBytes {
			break
		}
		lines.Write(append(line, '\n'))
	}
	return lines.String(), nil
}

// ForgetTraces implements trace.Store.
func (s *Store) ForgetTraces(ctx context.Context, before time.Time, most int) error {
	_, err := s.write.ExecContext(ctx,
		`DELETE FROM call_trace WHERE at < ? OR at <= (SELECT at FROM call_trace ORDER BY at DESC LIMIT 1 OFFSET ?)`,
		written(before), max(most, 0))
	if err != nil {
		return fmt.Errorf("delete old call traces: %w", explain(err))
	}
	return nil
}

// TraceOf returns the trace of a call; ok is false if there is none.
func (s *Store) TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error) {
	list, err := s.tracesWhere(ctx, `WHERE call_id = ?`, callID)
	if err != nil || len(list) == 0 {
		return trace.Trace{}, false, err
	}
	return list[0], true, nil
}

// TracesOf returns the last traces of calls with a party (phone.Number.Key), newest first. An empty
// party selects all calls. If before is not 0, only traces with a lower id are returned.
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
		return nil, fmt.Errorf("read call traces: %w", explain(err))
	}
	return list, nil
}

func traceOf(from row) (t trace.Trace, err error) {
	var steps string
	if err := traceColumns.scan(from, &t, &t.ID, &steps); err != nil {
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
