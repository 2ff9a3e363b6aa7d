package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/missed"
	"traybell/hub/store/internal/sqlite"
)

var missedColumns = sqlite.Columns[missed.Item]{
	{Name: "number", Field: func(i *missed.Item) any { return &i.Number }},
	{Name: "claim_kind", Field: func(i *missed.Item) any { return &i.Claim.Kind }},
	{Name: "claim_login", Field: func(i *missed.Item) any { return &i.Claim.Login }},
	{Name: "claim_name", Field: func(i *missed.Item) any { return &i.Claim.Name }},
	{Name: "claim_at", Field: func(i *missed.Item) any { return sqlite.Moment(&i.Claim.At) }},
	{Name: "claim_through", Field: func(i *missed.Item) any { return sqlite.Moment(&i.Claim.Through) }},
	{Name: "done_kind", Field: func(i *missed.Item) any { return &i.Done.Kind }},
	{Name: "done_login", Field: func(i *missed.Item) any { return &i.Done.Login }},
	{Name: "done_name", Field: func(i *missed.Item) any { return &i.Done.Name }},
	{Name: "done_at", Field: func(i *missed.Item) any { return sqlite.Moment(&i.Done.At) }},
	{Name: "done_through", Field: func(i *missed.Item) any { return sqlite.Moment(&i.Done.Through) }},
}

var putMissed = missedColumns.Insert("missed_call") + ` ON CONFLICT (number) DO UPDATE SET ` + missedColumns.Assigned()

// openMissed selects the missed calls that were not returned. Its parameter is the earliest start.
const openMissed = ` LEFT JOIN missed_call m ON m.number = r.party
	WHERE r.missed <> 0 AND r.direction = 'incoming' AND r.party <> '' AND r.state <> 'open' AND r.started >= ?
		AND r.started > COALESCE(m.done_through, '')
		AND NOT EXISTS (SELECT 1 FROM call_record a
			WHERE a.party = r.party AND a.party <> '' AND a.answered <> '' AND a.started > r.started)`

// forgetMissed deletes what was said about calls that have no record any more.
const forgetMissed = `DELETE FROM missed_call WHERE max(claim_through, done_through) < ?`

// MissedItems implements missed.Store.
func (s Store) MissedItems(ctx context.Context, q missed.Query) ([]missed.Item, error) {
	return s.missedItems(ctx, s.db.Read, q)
}

// MissedItem implements missed.Store.
func (s Store) MissedItem(ctx context.Context, number string, since time.Time) (missed.Item, error) {
	return s.missedItem(ctx, s.db.Read, number, since)
}

// ChangeMissed implements missed.Store.
func (s Store) ChangeMissed(ctx context.Context, number string, since time.Time,
	change func(*missed.Item) error,
) (item missed.Item, err error) {
	if number == "" {
		return item, errors.New("a missed call needs a number")
	}
	err = s.db.Change(ctx, func(tx *sql.Tx) (err error) {
		if item, err = s.missedItem(ctx, tx, number, since); err != nil {
			return err
		}
		was := item
		if err := change(&item); err != nil {
			return err
		}
		if item.Claim == was.Claim && item.Done == was.Done {
			return nil
		}
		if _, err := tx.ExecContext(ctx, putMissed, missedColumns.Bind(&item)...); err != nil {
			return fmt.Errorf("save who takes care of missed calls: %w", sqlite.Explain(err))
		}
		return nil
	})
	return item, err
}

func (s Store) missedItem(ctx context.Context, from sqlite.Querier, number string,
	since time.Time,
) (item missed.Item, err error) {
	list, err := s.missedItems(ctx, from, missed.Query{Number: number, Since: since, Limit: 1})
	if err != nil || len(list) > 0 {
		return append(list, item)[0], err
	}
	item.Number = number
	return item, marks(ctx, from, &item)
}

func (s Store) missedItems(ctx context.Context, from sqlite.Querier, q missed.Query) (list []missed.Item, err error) {
	// SQLite would read all calls, because call_record_party has them in the order of GROUP BY
	records, where, values := `call_record r INDEXED BY call_record_missed`, ``, []any{sqlite.Written(q.Since)}
	if q.Number != "" {
		records, where, values = `call_record r`, ` AND r.party = ?`, append(values, q.Number)
	}
	having := []string{`count(*) > 0`}
	if q.Login != "" {
		having = append(having,
			`max(EXISTS (SELECT 1 FROM call_record_agent g WHERE g.call_id = r.call_id AND g.login = ?)) > 0`)
		values = append(values, q.Login)
	}
	if !q.After.Last.IsZero() {
		having = append(having, `(max(r.started), r.party) < (?, ?)`)
		values = append(values, sqlite.Written(q.After.Last), q.After.Number)
	}
	var last []string // ids of calls
	err = sqlite.Each(ctx, from, func(row sqlite.Row) error {
		var i missed.Item
		var call string
		err := row.Scan(&i.Number, &i.Calls, sqlite.Moment(&i.First), sqlite.Moment(&i.Last), &call)
		list, last = append(list, i), append(last, call)
		return err
	}, `SELECT r.party, count(*), min(r.started), max(r.started), max(r.started || r.call_id) FROM `+
		records+openMissed+where+` GROUP BY r.party HAVING `+strings.Join(having, ` AND `)+
		` ORDER BY max(r.started) DESC, r.party DESC LIMIT ?`, append(values, q.Limit)...)
	for i := range list {
		if err != nil {
			break
		}
		err = fillMissed(ctx, from, &list[i], strings.TrimPrefix(last[i], sqlite.Written(list[i].Last)))
	}
	if err != nil {
		return nil, fmt.Errorf("read missed calls: %w", sqlite.Explain(err))
	}
	return list, nil
}

// fillMissed reads the last call, the agents and the marks of an item.
func fillMissed(ctx context.Context, from sqlite.Querier, i *missed.Item, call string) error {
	err := sqlite.Each(ctx, from, func(row sqlite.Row) (err error) {
		i.Call, err = record(row)
		return err
	}, selectRecords+`WHERE r.call_id = ?`, call)
	if err != nil {
		return err
	}
	err = sqlite.Each(ctx, from, func(row sqlite.Row) error {
		var login string
		err := row.Scan(&login)
		i.Agents = append(i.Agents, login)
		return err
	}, `SELECT DISTINCT g.login FROM call_record r JOIN call_record_agent g ON g.call_id = r.call_id
		WHERE r.party = ? AND r.party <> '' AND r.missed <> 0 AND r.direction = 'incoming' AND r.started BETWEEN ? AND ?
		ORDER BY g.login`, i.Number, sqlite.Written(i.First), sqlite.Written(i.Last))
	if err != nil {
		return err
	}
	if err := marks(ctx, from, i); err != nil {
		return err
	}
	if i.Claim.Through.Before(i.First) { // it was about calls that were returned
		i.Claim = missed.Mark{}
	}
	return nil
}

func marks(ctx context.Context, from sqlite.Querier, i *missed.Item) error {
	return sqlite.Each(ctx, from, func(row sqlite.Row) error { return missedColumns.Scan(row, i) },
		`SELECT `+missedColumns.Selected("missed_call")+` FROM missed_call WHERE number = ?`, i.Number)
}
