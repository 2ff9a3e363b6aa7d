package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

// FindRecords returns ended calls of all agents, newest first. It takes about a second at most and
// says how far it got.
func (s Store) FindRecords(ctx context.Context, q cdr.Query) (page cdr.Page, err error) {
	if q.Limit < 1 {
		return cdr.Page{}, fmt.Errorf("read call records: limit %d is less than 1", q.Limit)
	}
	where, terms := conditions(q)
	if len(terms) > 0 {
		end, err := s.searches.begin(ctx, "")
		if err != nil {
			return cdr.Page{}, err
		}
		defer end()
	}
	before := sqlite.Written(q.After.Started)
	if before == "" {
		before = sqlite.Written(q.To)
	}
	for began := time.Now(); ; {
		from, err := s.blockStart(ctx, before, q.From)
		if err != nil {
			return cdr.Page{}, err
		}
		here, values := where+` AND r.started >= ?`, append(append([]any{}, terms...), from)
		if before != "" {
			here, values = here+` AND (r.started, r.call_id) < (?, ?)`, append(values, before, q.After.CallID)
		}
		left := q.Limit - len(page.Records)
		found, err := s.records(ctx, here+` ORDER BY r.started DESC, r.call_id DESC LIMIT ?`, append(values, left+1)...)
		if err != nil {
			return cdr.Page{}, err
		}
		page.Records = append(page.Records, found[:min(left, len(found))]...)
		switch last := sqlite.Written(q.From); {
		case len(found) > left:
			newest := page.Records[q.Limit-1]
			page.More, page.Next = true, cdr.Position{Started: newest.Started, CallID: newest.CallID}
			return page, nil
		case from == last:
			return page, nil
		case time.Since(began) > searchTime:
			page.More = true
			return page, sqlite.Moment(&page.Next.Started).Scan(from)
		}
		before, q.After.CallID = from, ""
	}
}

// conditions returns the WHERE of a query, without its position, and its arguments.
func conditions(q cdr.Query) (where string, values []any) {
	list := []string{`r.state <> 'open'`}
	add := func(condition string, value ...any) {
		list, values = append(list, condition), append(values, value...)
	}
	if !q.To.IsZero() {
		add(`r.started < ?`, sqlite.Written(q.To))
	}
	if q.PBX != "" {
		add(`r.pbx = ?`, q.PBX)
	}
	if q.Direction != "" {
		add(`r.direction = ?`, q.Direction)
	}
	if q.Missed {
		add(`r.missed <> 0`)
	}
	if q.Agent != "" {
		add(`(`+placed+` OR instr(',' || r.callee_agent || ',', ',' || ? || ',') > 0)`, q.Agent, q.Agent)
	}
	if q.ShownTo != "" {
		add(`EXISTS (SELECT 1 FROM call_record_agent a WHERE a.login = ? AND a.call_id = r.call_id)`, q.ShownTo)
	}
	for _, term := range words.Terms(q.Text) {
		add(`instr(r.words, ?) > 0`, term)
	}
	return `WHERE ` + strings.Join(list, ` AND `), values
}

// blockStart returns the start of the oldest call in the block before a time, or that from which the
// search goes if the block is the last.
func (s Store) blockStart(ctx context.Context, before string, from time.Time) (start string, err error) {
	earliest := sqlite.Written(from)
	err = s.db.Read.QueryRowContext(ctx,
		`SELECT started FROM call_record WHERE started >= ? AND (? = '' OR started < ?) ORDER BY started DESC
			LIMIT 1 OFFSET ?`, earliest, before, before, searchBlock).Scan(&start)
	if errors.Is(err, sql.ErrNoRows) {
		return earliest, nil
	}
	if err != nil {
		return "", fmt.Errorf("read call records: %w", sqlite.Explain(err))
	}
	return start, nil
}
