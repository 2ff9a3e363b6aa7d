package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

// A search scans an agent's calls in blocks, newest first, and returns what it has after
// searchTime.
const (
	searchBlock = 20_000 // calls
	searchTime  = time.Second

	searchesAtOnce = sqlite.Readers / 2 // leaves connections for the cards
)

// placed selects the calls that the agent with a login placed, of those that were made here.
const placed = `instr(',' || r.agent || ',', ',' || ? || ',') > 0`

// RecordsOf implements cdr.EarlierCalls.
func (c *Records) RecordsOf(ctx context.Context, s cdr.Search) (found cdr.Found, err error) {
	if s.Limit < 1 {
		return cdr.Found{}, fmt.Errorf("read call records: limit %d is less than 1", s.Limit)
	}
	q := query{store: c.store, login: s.Login}
	if s.Missed {
		q.where += ` AND r.missed <> 0 AND NOT (r.direction = 'internal' AND ` + placed + `)`
		q.terms = append(q.terms, s.Login)
	}
	if s.Party != "" {
		party := q
		party.of, party.values = ofParty, []any{s.Party}
		if found, err = party.page(ctx, sqlite.Written(s.Before), s.Limit); err != nil || len(found.Records) > 0 {
			return found, err
		}
	}
	q.of = ofAgent
	for _, term := range words.Terms(s.Text) {
		q.where, q.terms = q.where+` AND instr(r.words, ?) > 0`, append(q.terms, term)
	}
	if q.sparse = q.where != ""; q.sparse {
		end, err := c.store.searches.begin(ctx, s.Login)
		if err != nil {
			return cdr.Found{}, err
		}
		defer end()
	}
	return q.page(ctx, sqlite.Written(s.Before), s.Limit)
}

// query is a search in an agent's ended calls.
type query struct {
	store  Store
	login  string
	of     string // ofAgent or ofParty
	values []any  // arguments of of, after the login
	where  string
	terms  []any // arguments of where
	sparse bool  // few calls may match: read in blocks
}

// between appends the time range. CROSS JOIN makes SQLite start with the party's calls, which are
// few.
const (
	ofAgent = `JOIN call_record_agent a ON a.call_id = r.call_id WHERE a.login = ? AND r.state <> 'open'`
	ofParty = `CROSS JOIN call_record_agent a ON a.call_id = r.call_id
		WHERE a.login = ? AND r.state <> 'open' AND r.party = ? AND r.party <> ''`
)

// page reads backwards from a time.
func (q query) page(ctx context.Context, before string, limit int) (found cdr.Found, err error) {
	for began := time.Now(); ; {
		from, err := q.blockStart(ctx, before)
		if err != nil {
			return cdr.Found{}, err
		}
		records, err := q.between(ctx, from, before, limit-len(found.Records))
		if err != nil {
			return cdr.Found{}, err
		}
		found.Records = append(found.Records, records...)
		switch {
		case len(found.Records) >= limit:
			found.Next = found.Records[len(found.Records)-1].Started
			found.More, err = q.anyBefore(ctx, sqlite.Written(found.Next))
			return found, err
		case from == "":
			return found, nil
		case time.Since(began) > searchTime:
			found.More = true
			return found, sqlite.Moment(&found.Next).Scan(from)
		}
		before = from
	}
}

// between reads the calls that began in [from, before), newest first: limit, and those that began
// at the same time as the last one.
func (q query) between(ctx context.Context, from, before string, limit int) ([]cdr.Record, error) {
	started := `a.started`
	if q.of == ofParty {
		started = `r.started`
	}
	read := func(from, before string, limit int) ([]cdr.Record, error) {
		values := append([]any{q.login}, q.values...)
		values = append(append(append(values, q.terms...), from, before), limit)
		return q.store.records(ctx,
			q.of+q.where+` AND `+started+` >= ? AND `+started+` < ? ORDER BY `+started+` DESC, r.call_id DESC LIMIT ?`,
			values...)
	}
	records, err := read(from, before, limit+1)
	if err != nil || len(records) <= limit {
		return records, err
	}
	last := records[limit-1].Started
	if !records[limit].Started.Equal(last) {
		return records[:limit], nil
	}
	for limit > 0 && records[limit-1].Started.Equal(last) {
		limit--
	}
	same, err := read(sqlite.Written(last), sqlite.Written(last.Add(time.Microsecond)), -1)
	return append(records[:limit], same...), err
}

// blockStart returns the start of the oldest call in the block before a time, so that calls of the
// same time are in one block. It is empty, which sorts before all times, if the block is the last.
func (q query) blockStart(ctx context.Context, before string) (from string, err error) {
	if !q.sparse {
		return "", nil
	}
	err = q.store.db.Read.QueryRowContext(ctx,
		`SELECT started FROM call_record_agent WHERE login = ? AND started < ? ORDER BY started DESC LIMIT 1 OFFSET ?`,
		q.login, before, searchBlock).Scan(&from)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read call records: %w", sqlite.Explain(err))
	}
	return from, nil
}

// anyBefore reports whether a matching call before a time exists, or may exist: it scans one block
// only.
func (q query) anyBefore(ctx context.Context, before string) (more bool, err error) {
	from, err := q.blockStart(ctx, before)
	if err != nil {
		return false, err
	}
	records, err := q.between(ctx, from, before, 1)
	return len(records) > 0 || from != "", err
}

// RecordOf implements cdr.EarlierCalls.
func (c *Records) RecordOf(ctx context.Context, login, callID string) (r cdr.Record, ok bool, err error) {
	r, ok, err = c.one(ctx, `JOIN call_record_agent a ON a.call_id = r.call_id
		WHERE a.login = ? AND r.call_id = ?`, login, callID)
	if err != nil || !ok {
		return r, ok, err
	}
	err = c.store.db.Each(ctx, func(from sqlite.Row) error {
		var told string
		err := from.Scan(&told)
		r.Told += told + "\n"
		return err
	}, `SELECT login FROM call_record_agent WHERE call_id = ? ORDER BY login`, callID)
	if err != nil {
		return cdr.Record{}, false, fmt.Errorf("read the agents of a call: %w", sqlite.Explain(err))
	}
	return r, true, nil
}

// PreviousRecord implements cdr.EarlierCalls.
func (c *Records) PreviousRecord(ctx context.Context, party string, before time.Time,
	not string,
) (r cdr.Record, ok bool, err error) {
	return c.one(ctx,
		`WHERE r.party = ? AND r.party <> '' AND r.started <= ? AND r.call_id <> ? AND r.state <> 'open'
		ORDER BY r.started DESC LIMIT 1`,
		party, sqlite.Written(before), not)
}

// AnsweredAfter implements cdr.EarlierCalls.
func (c *Records) AnsweredAfter(ctx context.Context, party string,
	after time.Time,
) (r cdr.Record, ok bool, err error) {
	return c.one(ctx,
		`WHERE r.party = ? AND r.party <> '' AND r.started > ? AND r.answered <> '' ORDER BY r.started LIMIT 1`,
		party, sqlite.Written(after))
}

func (c *Records) one(ctx context.Context, where string, values ...any) (r cdr.Record, ok bool, err error) {
	records, err := c.store.records(ctx, where, values...)
	if err != nil || len(records) == 0 {
		return cdr.Record{}, false, err
	}
	return records[0], true, nil
}
