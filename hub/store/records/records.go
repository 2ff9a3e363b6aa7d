// Package records keeps the record of every call and writes the monthly CDR files.
package records

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"traybell/hub/batch"
	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

// Store keeps the records of calls.
type Store struct {
	db       *sqlite.Database
	searches *searches
}

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db, newSearches()} }

// Records implements cdr.Store in the database and, if a folder is configured, in a file per month.
type Records struct {
	store   Store
	file    cdr.File
	writing sync.Mutex // held by the one writer of files
}

// Records returns the call records.
func (s Store) Records(file cdr.File) cdr.Store {
	if file.Zone == nil {
		file.Zone = time.Local
	}
	return &Records{store: s, file: file}
}

// recordColumns are the columns of call_record that hold a field. A ticket that was made after the
// record was final is read from its request.
var recordColumns = sqlite.Columns[cdr.Record]{
	{Name: "call_id", Field: func(r *cdr.Record) any { return &r.CallID }, Once: true},
	{Name: "pbx", Field: func(r *cdr.Record) any { return &r.PBX }},
	{Name: "state", Field: func(r *cdr.Record) any { return &r.State }},
	{Name: "direction", Field: func(r *cdr.Record) any { return &r.Direction }},
	{Name: "number", Field: func(r *cdr.Record) any { return &r.Number }},
	{Name: "e164", Field: func(r *cdr.Record) any { return &r.E164 }},
	{Name: "name", Field: func(r *cdr.Record) any { return &r.Name }},
	{Name: "did", Field: func(r *cdr.Record) any { return &r.DID }},
	{Name: "exten", Field: func(r *cdr.Record) any { return &r.Exten }},
	{Name: "cid", Field: func(r *cdr.Record) any { return &r.CID }},
	{Name: "answered_by", Field: func(r *cdr.Record) any { return &r.AnsweredBy }},
	{Name: "line", Field: func(r *cdr.Record) any { return &r.Line }},
	{Name: "extension", Field: func(r *cdr.Record) any { return &r.Extension }},
	{Name: "agent", Field: func(r *cdr.Record) any { return &r.Agent }},
	{Name: "callee_agent", Field: func(r *cdr.Record) any { return &r.CalleeAgent }},
	{Name: "started", Field: func(r *cdr.Record) any { return sqlite.Moment(&r.Started) }, Once: true},
	{Name: "answered", Field: func(r *cdr.Record) any { return sqlite.Moment(&r.Answered) }},
	{Name: "ended", Field: func(r *cdr.Record) any { return sqlite.Moment(&r.Ended) }},
	{Name: "seen", Field: func(r *cdr.Record) any { return sqlite.Moment(&r.Seen) }},
	{Name: "rang", Field: func(r *cdr.Record) any { return sqlite.Microseconds(&r.Rang) }},
	{Name: "cause", Field: func(r *cdr.Record) any { return &r.Cause }},
	{Name: "missed", Field: func(r *cdr.Record) any { return &r.Missed }},
	{Name: "blocked", Field: func(r *cdr.Record) any { return &r.Blocked }},
	{Name: "hidden_by", Field: func(r *cdr.Record) any { return &r.HiddenBy }},
	{Name: "answer_unseen", Field: func(r *cdr.Record) any { return &r.AnswerUnseen }},
	{Name: "end_unseen", Field: func(r *cdr.Record) any { return &r.EndUnseen }},
	{Name: "customer", Field: func(r *cdr.Record) any { return &r.Customer }},
	{Name: "customer_name", Field: func(r *cdr.Record) any { return &r.CustomerName }},
	{Name: "company", Field: func(r *cdr.Record) any { return &r.Company }},
	{Name: "data", Field: func(r *cdr.Record) any { return &r.Data }},
	{Name: "channels", Field: func(r *cdr.Record) any { return &r.Channels }},
	{
		Name: "ticket", Field: func(r *cdr.Record) any { return &r.Ticket },
		Read: `CASE WHEN r.ticket <> '' THEN r.ticket
			ELSE COALESCE(t.ticket_number, ` + ofMerged("ticket_number") + `, '') END`,
	},
	{
		Name: "ticket_url", Field: func(r *cdr.Record) any { return &r.TicketURL },
		Read: `CASE WHEN r.ticket <> '' THEN r.ticket_url
			ELSE COALESCE(t.ticket_url, ` + ofMerged("ticket_url") + `, '') END`,
	},
}

var (
	selectRecords = `SELECT ` + recordColumns.Selected("r") + `
		FROM call_record r LEFT JOIN ticket_request t ON t.call_id = r.call_id AND t.state = 'made' `
	putRecord = recordColumns.Insert("call_record", "words", "party", "file_state") +
		` ON CONFLICT (call_id) DO UPDATE SET ` + recordColumns.Assigned("words", "party", "file_state") +
		` WHERE call_record.state <> 'final'`
)

// ofMerged selects a column of the first ticket that was requested for a call that became part of r.
func ofMerged(column string) string {
	return `(SELECT q.` + column + ` FROM call_merge m JOIN ticket_request q ON q.call_id = m.call_id
		WHERE m.into_id = r.call_id AND q.state = 'made' ORDER BY q.at LIMIT 1)`
}

const addShown = `INSERT OR IGNORE INTO call_record_agent (login, started, call_id)
	SELECT ?, started, call_id FROM call_record WHERE call_id = ?`

// KeepRecords implements cdr.Store.
func (c *Records) KeepRecords(ctx context.Context, records []cdr.Record, merged []cdr.Merge) error {
	put, shown := c.store.db.Write.In(ctx, putRecord), c.store.db.Write.In(ctx, addShown)
	err := c.store.db.Change(ctx, func(tx *sql.Tx) error {
		for _, r := range records {
			if err := c.keep(ctx, tx, put, shown, &r); err != nil {
				return fmt.Errorf("call %s: %w", r.CallID, sqlite.Refusal(err))
			}
		}
		for _, m := range merged {
			if err := merge(ctx, tx, m); err != nil {
				return fmt.Errorf("call %s: %w", m.CallID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save call records: %w", sqlite.Explain(err))
	}
	return nil
}

func (c *Records) keep(ctx context.Context, tx *sql.Tx, put, shown sqlite.Statement, r *cdr.Record) error {
	if r.CallID == "" {
		return &batch.RefusedError{Err: errors.New("a record needs a call")}
	}
	fileState := "none"
	if r.State == cdr.Final && c.file.Folder != "" {
		fileState = "due"
	}
	result, err := put(tx, recordColumns.Bind(r, sql.Named("words", recordWords(*r)),
		sql.Named("party", r.Party()), sql.Named("file_state", fileState))...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = addLate(ctx, tx, r)
		}
		return err
	}
	for login := range strings.Lines(r.Told) {
		if _, err := shown(tx, strings.TrimSuffix(login, "\n"), r.CallID); err != nil {
			return err
		}
	}
	return nil
}

// merge deletes the record of a merged call, and gives its ticket request to the other call. The
// agent who requested the ticket sees that call.
func merge(ctx context.Context, tx *sql.Tx, m cdr.Merge) error {
	into := m.Into // which may have become part of another call
	err := tx.QueryRowContext(ctx, `SELECT into_id FROM call_merge WHERE call_id = ?`, m.Into).Scan(&into)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case into == m.CallID:
		return nil // they would be parts of each other
	}
	for _, statement := range []string{
		`DELETE FROM call_record_agent WHERE call_id = :call
			AND EXISTS (SELECT 1 FROM call_record WHERE call_id = :call AND state <> 'final')`,
		`DELETE FROM call_record WHERE call_id = :call AND state <> 'final'`,
		`UPDATE call_merge SET into_id = :into WHERE into_id = :call`,
		`INSERT OR REPLACE INTO call_merge (call_id, into_id) VALUES (:call, :into)`,
		`INSERT OR IGNORE INTO call_record_agent (login, started, call_id)
			SELECT t.agent, r.started, r.call_id FROM ticket_request t, call_record r
			WHERE r.call_id = :into AND t.call_id IN (SELECT call_id FROM call_merge WHERE into_id = :into)`,
	} {
		_, err := tx.ExecContext(ctx, statement, sql.Named("call", m.CallID), sql.Named("into", into))
		if err != nil {
			return err
		}
	}
	return nil
}

// addLate adds the ticket, the customer and the rule that hid the number to a record that is final and
// has none. They are late if the directory was read, or the URL of a rule answered, only after the call.
func addLate(ctx context.Context, tx *sql.Tx, r *cdr.Record) error {
	if r.Ticket != "" {
		if _, err := tx.ExecContext(ctx, `
			UPDATE call_record SET ticket = :ticket, ticket_url = :url, words = words || char(10) || :words
			WHERE call_id = :call AND ticket = ''`,
			sql.Named("ticket", r.Ticket), sql.Named("url", r.TicketURL), sql.Named("words", words.Fold(r.Ticket)),
			sql.Named("call", r.CallID)); err != nil {
			return err
		}
	}
	if r.HiddenBy != "" {
		if _, err := tx.ExecContext(ctx, `UPDATE call_record SET hidden_by = ? WHERE call_id = ? AND hidden_by = ''`,
			r.HiddenBy, r.CallID); err != nil {
			return err
		}
	}
	if !r.HasCustomer() {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE call_record SET customer = :customer, customer_name = :name, company = :company,
			words = words || char(10) || :words
		WHERE call_id = :call AND customer = '' AND customer_name = ''`,
		sql.Named("customer", r.Customer), sql.Named("name", r.CustomerName), sql.Named("company", r.Company),
		sql.Named("words", words.Fold(strings.Join([]string{r.Customer, r.CustomerName, r.Company}, "\n"))),
		sql.Named("call", r.CallID))
	return err
}

// UnfinishedRecords implements cdr.Store.
func (c *Records) UnfinishedRecords(ctx context.Context) ([]cdr.Record, error) {
	var all []cdr.Record
	var unreadable []error
	err := c.store.db.Each(ctx, func(from sqlite.Row) error {
		r, err := record(from)
		if err != nil {
			unreadable = append(unreadable, &batch.RefusedError{Err: fmt.Errorf("call %s: %w", r.CallID, err)})
			return nil
		}
		all = append(all, r)
		return nil
	}, selectRecords+`WHERE r.state <> 'final' ORDER BY r.id`)
	if err != nil {
		return nil, fmt.Errorf("read call records: %w", sqlite.Explain(err))
	}
	return all, errors.Join(unreadable...)
}

// forgetMerges deletes the merges into calls without a record. Such a call may still get one, so a
// young ticket keeps its merge.
const forgetMerges = `DELETE FROM call_merge
	WHERE NOT EXISTS (SELECT 1 FROM call_record r WHERE r.call_id = call_merge.into_id)
		AND NOT EXISTS (SELECT 1 FROM ticket_request q WHERE q.call_id = call_merge.call_id AND q.at >= ?)`

// ForgetRecords implements cdr.Store.
func (c *Records) ForgetRecords(ctx context.Context, before time.Time) (deleted int, err error) {
	err = c.store.db.Change(ctx, func(tx *sql.Tx) error {
		const old = `FROM call_record WHERE started < ? AND state = 'final' AND file_state IN ('none', 'written')`
		if _, err := tx.ExecContext(ctx, `DELETE FROM call_record_agent WHERE call_id IN (SELECT call_id `+old+`)`,
			sqlite.Written(before)); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE `+old, sqlite.Written(before))
		if err != nil {
			return err
		}
		for _, forget := range []string{forgetMerges, forgetMissed} {
			if _, err := tx.ExecContext(ctx, forget, sqlite.Written(before)); err != nil {
				return err
			}
		}
		n, err := result.RowsAffected()
		deleted = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete old call records: %w", sqlite.Explain(err))
	}
	return deleted, c.forgetFiles(before)
}

// EachRecord calls each for the calls that began in [from, to), oldest first, including calls that
// are in progress. An error of each ends it.
func (s Store) EachRecord(ctx context.Context, from, to time.Time, each func(cdr.Record) error) error {
	return s.eachRecord(ctx, each, `WHERE r.started >= ? AND r.started < ? ORDER BY r.started, r.id`,
		sqlite.Written(from), sqlite.Written(to))
}

func (s Store) records(ctx context.Context, where string, values ...any) (all []cdr.Record, err error) {
	err = s.eachRecord(ctx, func(r cdr.Record) error {
		all = append(all, r)
		return nil
	}, where, values...)
	return all, err
}

func (s Store) eachRecord(ctx context.Context, each func(cdr.Record) error, where string, values ...any) error {
	var ended error // each's error, returned as it is
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		r, err := record(from)
		if err != nil {
			return err
		}
		ended = each(r)
		return ended
	}, selectRecords+where, values...)
	if err != nil && ended == nil {
		return fmt.Errorf("read call records: %w", sqlite.Explain(err))
	}
	return ended
}

func record(from sqlite.Row) (r cdr.Record, err error) {
	err = recordColumns.Scan(from, &r)
	return r, err
}
