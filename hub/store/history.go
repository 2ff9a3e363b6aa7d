package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/desk"
)

// A search looks through an agent's calls a stretch at a time, newest first, and stops after searchTime with what it has.
const (
	searchStretch = 20_000 // calls
	searchTime    = time.Second
)

// RecordsOf implements desk.Records.
func (c *Records) RecordsOf(ctx context.Context, s desk.RecordSearch) (found desk.FoundRecords, err error) {
	where, values := ``, []any{}
	if s.Missed {
		where += ` AND r.missed <> 0`
	}
	for _, term := range searchTerms(s.Text) {
		where, values = where+` AND instr(r.words, ?) > 0`, append(values, term)
	}
	if s.Limit < 1 {
		return desk.FoundRecords{}, fmt.Errorf("a page of %d calls cannot be read", s.Limit)
	}
	// An empty moment sorts before all others: the whole is one stretch.
	stretch := func(from, before string) ([]desk.Record, error) {
		return c.store.recordsTo(ctx, s.Login, from, before, s.Limit-len(found.Records), where, values)
	}
	before, began := written(s.Before), time.Now()
	for {
		from := ""
		if where != "" {
			if from, err = c.store.stretchEnd(ctx, s.Login, before); err != nil {
				return desk.FoundRecords{}, err
			}
		}
		records, err := stretch(from, before)
		if err != nil {
			return desk.FoundRecords{}, err
		}
		found.Records = append(found.Records, records...)
		enough := len(found.Records) >= s.Limit
		switch {
		case enough:
			found.Next = found.Records[len(found.Records)-1].Started
			found.More, err = c.store.anyBefore(ctx, s.Login, written(found.Next), where, values)
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

// recordsTo reads an agent's ended calls that began from one moment and before the other, newest first: limit, and those that began in the same instant as the last of them.
func (s *Store) recordsTo(ctx context.Context, login, from, before string, limit int, where string, values []any) ([]desk.Record, error) {
	const of = `JOIN call_record_agent a ON a.call_id = r.call_id WHERE a.login = ? AND a.started >= ? AND a.started < ? AND r.state <> 'open'`
	const order = ` ORDER BY a.started DESC, a.call_id DESC`
	records, err := s.records(ctx, of+where+order+` LIMIT ?`, append(append([]any{login, from, before}, values...), limit+1)...)
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
	same, err := s.records(ctx, of+where+order, append([]any{login, written(last), written(last.Add(time.Microsecond))}, values...)...)
	return append(records[:limit], same...), err
}

// stretchEnd is the start of the call at which a stretch before that moment ends, so that no instant is parted; empty where there are no more calls.
func (s *Store) stretchEnd(ctx context.Context, login, before string) (from string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT started FROM call_record_agent WHERE login = ? AND started < ? ORDER BY started DESC LIMIT 1 OFFSET ?`, login, before, searchStretch).Scan(&from)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading records of calls: %w", explain(err))
	}
	return from, nil
}

// anyBefore tells whether a call fits that began before that moment. It looks through one stretch; where that holds none, there may be one.
func (s *Store) anyBefore(ctx context.Context, login, before, where string, values []any) (more bool, err error) {
	from := ""
	if where != "" {
		if from, err = s.stretchEnd(ctx, login, before); err != nil {
			return false, err
		}
	}
	records, err := s.recordsTo(ctx, login, from, before, 1, where, values)
	return len(records) > 0 || from != "", err
}

// PreviousRecord implements desk.Records.
func (c *Records) PreviousRecord(ctx context.Context, party string, before time.Time, not string) (r desk.Record, ok bool, err error) {
	return c.one(ctx, `WHERE r.party = ? AND r.party <> '' AND r.started <= ? AND r.call_id <> ? AND r.state <> 'open' ORDER BY r.started DESC LIMIT 1`, party, written(before), not)
}

// AnsweredAfter implements desk.Records.
func (c *Records) AnsweredAfter(ctx context.Context, party string, after time.Time) (r desk.Record, ok bool, err error) {
	return c.one(ctx, `WHERE r.party = ? AND r.party <> '' AND r.started > ? AND r.answered <> '' ORDER BY r.started LIMIT 1`, party, written(after))
}

func (c *Records) one(ctx context.Context, where string, values ...any) (r desk.Record, ok bool, err error) {
	if strings.TrimSpace(fmt.Sprint(values[0])) == "" {
		return desk.Record{}, false, nil
	}
	records, err := c.store.records(ctx, where, values...)
	if err != nil || len(records) == 0 {
		return desk.Record{}, false, err
	}
	return records[0], true, nil
}
