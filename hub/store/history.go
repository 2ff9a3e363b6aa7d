package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"traybell/hub/cdr"
)

// A search looks through an agent's calls a stretch at a time, newest first, and stops after
// searchTime with what it has.
const (
	searchStretch = 20_000 // calls
	searchTime    = time.Second

	searchesAtOnce = readers / 2 // the other connections are left to what a card waits for
)

// RecordsOf implements desk.Records.
func (c *Records) RecordsOf(ctx context.Context, s cdr.Search) (found cdr.Found, err error) {
	if s.Limit < 1 {
		return cdr.Found{}, fmt.Errorf("a page of %d calls cannot be read", s.Limit)
	}
	q := query{store: c.store, login: s.Login}
	if s.Missed {
		q.where += ` AND r.missed <> 0`
	}
	if s.Party != "" {
		party := q
		party.of, party.values = ofParty, []any{s.Party}
		if found, err = party.page(ctx, written(s.Before), s.Limit); err != nil || len(found.Records) > 0 {
			return found, err
		}
	}
	q.of = ofAgent
	for _, term := range searchTerms(s.Text) {
		q.where, q.terms = q.where+` AND instr(r.words, ?) > 0`, append(q.terms, term)
	}
	if q.picky = q.where != ""; q.picky {
		select {
		case c.store.searches <- struct{}{}:
			defer func() { <-c.store.searches }()
		case <-ctx.Done():
			return cdr.Found{}, fmt.Errorf("searching records of calls: too many search already: %w", ctx.Err())
		}
	}
	return q.page(ctx, written(s.Before), s.Limit)
}

// query is a search in an agent's ended calls.
type query struct {
	store  *Store
	login  string
	of     string // ofAgent or ofParty
	values []any  // of of, after the login
	where  string
	terms  []any // of where
	picky  bool  // many calls may have to be looked through for one that fits
}

// A moment's two bounds follow. CROSS JOIN has SQLite begin with the party's calls, which are few.
const (
	ofAgent = `JOIN call_record_agent a ON a.call_id = r.call_id WHERE a.login = ? AND r.state <> 'open'`
	ofParty = `CROSS JOIN call_record_agent a ON a.call_id = r.call_id WHERE a.login = ? AND r.state <> 'open' AND r.party = ? AND r.party <> ''`
)

// page reads from a moment backwards.
func (q query) page(ctx context.Context, before string, limit int) (found cdr.Found, err error) {
	for began := time.Now(); ; {
		from, err := q.stretchEnd(ctx, before)
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
			found.More, err = q.anyBefore(ctx, written(found.Next))
			return found, err
		case from == "":
			return found, nil
		case time.Since(began) > searchTime:
			found.More = true
			return found, moment{&found.Next}.Scan(from)
		}
		before = from
	}
}

// between reads the calls that began from one moment and before the other, newest first: limit, and
// those that began in the same instant as the last of them.
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
	same, err := read(written(last), written(last.Add(time.Microsecond)), -1)
	return append(records[:limit], same...), err
}

// stretchEnd is the start of the call at which a stretch before that moment ends, so that no
// instant is parted; empty, which sorts before all moments, where there are no more calls.
func (q query) stretchEnd(ctx context.Context, before string) (from string, err error) {
	if !q.picky {
		return "", nil
	}
	err = q.store.read.QueryRowContext(ctx,
		`SELECT started FROM call_record_agent WHERE login = ? AND started < ? ORDER BY started DESC LIMIT 1 OFFSET ?`,
		q.login, before, searchStretch).Scan(&from)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading records of calls: %w", explain(err))
	}
	return from, nil
}

// anyBefore tells whether a call fits that began before that moment. It looks through one stretch;
// where that holds none, there may be one.
func (q query) anyBefore(ctx context.Context, before string) (more bool, err error) {
	from, err := q.stretchEnd(ctx, before)
	if err != nil {
		return false, err
	}
	records, err := q.between(ctx, from, before, 1)
	return len(records) > 0 || from != "", err
}

// PreviousRecord implements desk.Records.
func (c *Records) PreviousRecord(ctx context.Context, party string, before time.Time,
	not string,
) (r cdr.Record, ok bool, err error) {
	return c.one(ctx,
		`WHERE r.party = ? AND r.party <> '' AND r.started <= ? AND r.call_id <> ? AND r.state <> 'open' ORDER BY r.started DESC LIMIT 1`,
		party, written(before), not)
}

// AnsweredAfter implements desk.Records.
func (c *Records) AnsweredAfter(ctx context.Context, party string,
	after time.Time,
) (r cdr.Record, ok bool, err error) {
	return c.one(ctx,
		`WHERE r.party = ? AND r.party <> '' AND r.started > ? AND r.answered <> '' ORDER BY r.started LIMIT 1`,
		party, written(after))
}

func (c *Records) one(ctx context.Context, where string, values ...any) (r cdr.Record, ok bool, err error) {
	records, err := c.store.records(ctx, where, values...)
	if err != nil || len(records) == 0 {
		return cdr.Record{}, false, err
	}
	return records[0], true, nil
}
