// Package traces keeps the decisions about each call.
package traces

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/batch"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/trace"
)

// maxTraceBytes limits the steps of a call; later ones are dropped.
const maxTraceBytes = 64 << 10

var traceColumns = sqlite.Columns[trace.Trace]{
	{Name: "call_id", Field: func(t *trace.Trace) any { return &t.CallID }, Once: true},
	{Name: "pbx", Field: func(t *trace.Trace) any { return &t.PBX }, Once: true},
	{Name: "direction", Field: func(t *trace.Trace) any { return &t.Direction }, Once: true},
	{Name: "number", Field: func(t *trace.Trace) any { return &t.Number }},
	{Name: "name", Field: func(t *trace.Trace) any { return &t.Name }},
	{Name: "did", Field: func(t *trace.Trace) any { return &t.DID }},
	{Name: "party", Field: func(t *trace.Trace) any { return &t.Party }},
	{Name: "at", Field: func(t *trace.Trace) any { return sqlite.Moment(&t.At) }, Once: true},
}

var (
	selectTraces = `SELECT ` + traceColumns.Selected("call_trace") + `, id, steps FROM call_trace `
	putTrace     = traceColumns.Insert("call_trace", "steps") +
		` ON CONFLICT (call_id) DO UPDATE SET ` + traceColumns.Assigned() + `,
		steps = CASE WHEN length(steps) < :most THEN steps || excluded.steps ELSE steps END`
)

const moreTrace = `UPDATE call_trace SET steps = steps || :steps WHERE call_id = :call_id AND length(steps) < :most`

// Store implements trace.Store.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// KeepTraces implements trace.Store.
func (s Store) KeepTraces(ctx context.Context, traces []trace.Trace) error {
	more, put := s.db.Write.In(ctx, moreTrace), s.db.Write.In(ctx, putTrace)
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		for _, t := range traces {
			if err := keepTrace(tx, more, put, t); err != nil {
				return fmt.Errorf("call %s: %w", t.CallID, sqlite.Refusal(err))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save call traces: %w", sqlite.Explain(err))
	}
	return nil
}

func keepTrace(tx *sql.Tx, more, put sqlite.Statement, t trace.Trace) error {
	if t.CallID == "" {
		return &batch.RefusedError{Err: errors.New("a trace needs a call")}
	}
	hub, agents, err := stepLines(t.Steps)
	if err != nil {
		return &batch.RefusedError{Err: err}
	}
	steps, most := sql.Named("steps", hub), sql.Named("most", maxTraceBytes)
	if t.PBX != "" {
		_, err = put(tx, traceColumns.Bind(&t, steps, most)...)
	} else if hub != "" {
		_, err = more(tx, steps, sql.Named("call_id", t.CallID), most)
	}
	if err == nil && agents != "" {
		_, err = more(tx, sql.Named("steps", agents), sql.Named("call_id", t.CallID),
			sql.Named("most", maxTraceBytes/2))
	}
	return err
}

// stepLines is the steps column: a JSON object per line. Those that agents cause are separate: they
// get half of the place at most.
func stepLines(steps []trace.Step) (hub, agents string, err error) {
	var lines [2]strings.Builder
	for _, step := range steps {
		line, err := json.Marshal(step)
		if err != nil {
			return "", "", err
		}
		to := &lines[0]
		if step.ByAgent() {
			to = &lines[1]
		}
		if to.Len()+len(line) < maxTraceBytes {
			to.Write(append(line, '\n'))
		}
	}
	return lines[0].String(), lines[1].String(), nil
}

// ForgetTraces implements trace.Store.
func (s Store) ForgetTraces(ctx context.Context, before time.Time, most int) error {
	_, err := s.db.Write.ExecContext(ctx,
		`DELETE FROM call_trace WHERE at < ? OR at <= (SELECT at FROM call_trace ORDER BY at DESC LIMIT 1 OFFSET ?)`,
		sqlite.Written(before), max(most, 0))
	if err != nil {
		return fmt.Errorf("delete old call traces: %w", sqlite.Explain(err))
	}
	return nil
}

// TraceOf returns the trace of a call; ok is false if there is none.
func (s Store) TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error) {
	list, err := s.tracesWhere(ctx, `WHERE call_id = ?`, callID)
	if err != nil || len(list) == 0 {
		return trace.Trace{}, false, err
	}
	return list[0], true, nil
}

// TracesOf returns the last traces of calls with a party (phone.Number.Key), newest first. An empty
// party selects all calls. If before is not 0, only traces with a lower id are returned.
func (s Store) TracesOf(ctx context.Context, party string, before int64, limit int) ([]trace.Trace, error) {
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

// TracesAt returns the traces of calls first seen in [from, to), newest first.
func (s Store) TracesAt(ctx context.Context, from, to time.Time, limit int) ([]trace.Trace, error) {
	return s.tracesWhere(ctx, `WHERE at >= ? AND at < ? ORDER BY id DESC LIMIT ?`, sqlite.Written(from),
		sqlite.Written(to), max(limit, 0))
}

// mostGuessed bounds the traces that GuessedTraces reads.
const mostGuessed = 5000

// GuessedTraces returns the last traces in which an endpoint was judged without evidence, newest
// first.
func (s Store) GuessedTraces(ctx context.Context) ([]trace.Trace, error) {
	step := fmt.Sprintf(`"what":%q`, trace.Guessed)
	return s.tracesWhere(ctx, `WHERE instr(steps, ?) > 0 ORDER BY id DESC LIMIT ?`, step, mostGuessed)
}

func (s Store) tracesWhere(ctx context.Context, where string, values ...any) (list []trace.Trace, err error) {
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		t, err := traceOf(from)
		list = append(list, t)
		return err
	}, selectTraces+where, values...)
	if err != nil {
		return nil, fmt.Errorf("read call traces: %w", sqlite.Explain(err))
	}
	return list, nil
}

func traceOf(from sqlite.Row) (t trace.Trace, err error) {
	var steps string
	if err := traceColumns.Scan(from, &t, &t.ID, &steps); err != nil {
		return t, err
	}
	for line := range strings.Lines(steps) {
		var step trace.Step
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			step = trace.Step{At: t.At, What: "unreadable", Why: err.Error()} // the others are of use
		}
		t.Steps = append(t.Steps, step)
	}
	slices.SortStableFunc(t.Steps, func(a, b trace.Step) int { return a.At.Compare(b.At) })
	return t, nil
}
