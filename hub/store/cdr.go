package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"traybell/hub/cdr"
)

// Records implements cdr.Store in the database and, if a folder is configured, in a file per month.
type Records struct {
	store   *Store
	file    cdr.File
	writing sync.Mutex // held by the one writer of files
}

// Records returns the call records.
func (s *Store) Records(file cdr.File) cdr.Store {
	if file.Zone == nil {
		file.Zone = time.Local
	}
	return &Records{store: s, file: file}
}

// recordColumns are the columns of call_record that hold a field. A ticket that was made after the
// record was final is read from its request.
var recordColumns = columns[cdr.Record]{
	{name: "call_id", field: func(r *cdr.Record) any { return &r.CallID }, once: true},
	{name: "pbx", field: func(r *cdr.Record) any { return &r.PBX }},
	{name: "state", field: func(r *cdr.Record) any { return &r.State }},
	{name: "direction", field: func(r *cdr.Record) any { return &r.Direction }},
	{name: "number", field: func(r *cdr.Record) any { return &r.Number }},
	{name: "e164", field: func(r *cdr.Record) any { return &r.E164 }},
	{name: "name", field: func(r *cdr.Record) any { return &r.Name }},
	{name: "did", field: func(r *cdr.Record) any { return &r.DID }},
	{name: "exten", field: func(r *cdr.Record) any { return &r.Exten }},
	{name: "cid", field: func(r *cdr.Record) any { return &r.CID }},
	{name: "answered_by", field: func(r *cdr.Record) any { return &r.AnsweredBy }},
	{name: "line", field: func(r *cdr.Record) any { return &r.Line }},
	{name: "extension", field: func(r *cdr.Record) any { return &r.Extension }},
	{name: "agent", field: func(r *cdr.Record) any { return &r.Agent }},
	{name: "started", field: func(r *cdr.Record) any { return moment{&r.Started} }, once: true},
	{name: "answered", field: func(r *cdr.Record) any { return moment{&r.Answered} }},
	{name: "ended", field: func(r *cdr.Record) any { return moment{&r.Ended} }},
	{name: "seen", field: func(r *cdr.Record) any { return moment{&r.Seen} }},
	{name: "rang", field: func(r *cdr.Record) any { return microseconds{&r.Rang} }},
	{name: "cause", field: func(r *cdr.Record) any { return &r.Cause }},
	{name: "missed", field: func(r *cdr.Record) any { return &r.Missed }},
	{name: "end_unseen", field: func(r *cdr.Record) any { return &r.EndUnseen }},
	{name: "customer", field: func(r *cdr.Record) any { return &r.Customer }},
	{name: "customer_name", field: func(r *cdr.Record) any { return &r.CustomerName }},
	{name: "company", field: func(r *cdr.Record) any { return &r.Company }},
	{
		name: "ticket", field: func(r *cdr.Record) any { return &r.Ticket },
		read: `CASE WHEN r.ticket <> '' THEN r.ticket ELSE COALESCE(t.ticket_number, '') END`,
	},
	{
		name: "ticket_url", field: func(r *cdr.Record) any { return &r.TicketURL },
		read: `CASE WHEN r.ticket <> '' THEN r.ticket_url ELSE COALESCE(t.ticket_url, '') END`,
	},
}

var (
	selectRecords = `SELECT ` + recordColumns.selected("r") + `
		FROM call_record r LEFT JOIN ticket_request t ON t.call_id = r.call_id AND t.state = 'made' `
	putRecord = recordColumns.insert("call_record", "words", "party", "file_state") +
		` ON CONFLICT (call_id) DO UPDATE SET ` + recordColumns.assigned("words", "party", "file_state") +
		` WHERE call_record.state <> 'final'`
)

const addShown = `INSERT OR IGNORE INTO call_record_agent (login, started, call_id)
	SELECT ?, started, call_id FROM call_record WHERE call_id = ?`

// KeepRecords implements cdr.Store.
func (c *Records) KeepRecords(ctx context.Context, records []cdr.Record, dropped []string) error {
	put, shown := c.store.write.in(ctx, putRecord), c.store.write.in(ctx, addShown)
	err := c.store.change(ctx, func(tx *sql.Tx) error {
		for _, r := range records {
			if err := c.keep(ctx, tx, put, shown, &r); err != nil {
				return fmt.Errorf("call %s: %w", r.CallID, err)
			}
		}
		for _, id := range dropped {
			for _, statement := range []string{
				`DELETE FROM call_record_agent WHERE call_id = ?1
					AND EXISTS (SELECT 1 FROM call_record WHERE call_id = ?1 AND state <> 'final')`,
				`DELETE FROM call_record WHERE call_id = ?1 AND state <> 'final'`,
			} {
				if _, err := tx.ExecContext(ctx, statement, id); err != nil {
					return fmt.Errorf("call %s: %w", id, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save call records: %w", explain(err))
	}
	return nil
}

func (c *Records) keep(ctx context.Context, tx *sql.Tx, put, shown statement, r *cdr.Record) error {
	if r.CallID == "" {
		return errors.New("a record needs a call")
	}
	fileState := "none"
	if r.State == cdr.Final && c.file.Folder != "" {
		fileState = "due"
	}
	result, err := put(tx, recordColumns.bind(r, sql.Named("words", recordWords(*r)),
		sql.Named("party", r.Party()), sql.Named("file_state", fileState))...)
	if err != nil {
		return err
	}
	// A record that is final already only takes a late ticket.
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err == nil && r.Ticket != "" {
			_, err = tx.ExecContext(ctx, `
				UPDATE call_record SET ticket = :ticket, ticket_url = :url, words = words || char(10) || :words
				WHERE call_id = :call AND ticket = ''`,
				sql.Named("ticket", r.Ticket), sql.Named("url", r.TicketURL), sql.Named("words", fold(r.Ticket)),
				sql.Named("call", r.CallID))
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

// UnfinishedRecords implements cdr.Store.
func (c *Records) UnfinishedRecords(ctx context.Context) ([]cdr.Record, error) {
	return c.store.records(ctx, `WHERE r.state <> 'final' ORDER BY r.id`)
}

// ForgetRecords implements cdr.Store.
func (c *Records) ForgetRecords(ctx context.Context, before time.Time) (deleted int, err error) {
	err = c.store.change(ctx, func(tx *sql.Tx) error {
		const old = `FROM call_record WHERE started < ? AND state = 'final' AND file_state IN ('none', 'written')`
		if _, err := tx.ExecContext(ctx, `DELETE FROM call_record_agent WHERE call_id IN (SELECT call_id `+old+`)`,
			written(before)); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE `+old, written(before))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		deleted = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete old call records: %w", explain(err))
	}
	return deleted, c.forgetFiles(before)
}

// EachRecord calls each for the calls that began in [from, to), oldest first, including calls that
// are in progress. An error of each ends it.
func (s *Store) EachRecord(ctx context.Context, from, to time.Time, each func(cdr.Record) error) error {
	return s.eachRecord(ctx, each, `WHERE r.started >= ? AND r.started < ? ORDER BY r.started, r.id`, written(from),
		written(to))
}

func (s *Store) records(ctx context.Context, where string, values ...any) (all []cdr.Record, err error) {
	err = s.eachRecord(ctx, func(r cdr.Record) error {
		all = append(all, r)
		return nil
	}, where, values...)
	return all, err
}

func (s *Store) eachRecord(ctx context.Context, each func(cdr.Record) error, where string, values ...any) error {
	var ended error // each's error, returned as it is
	err := s.each(ctx, func(from row) error {
		r, err := record(from)
		if err != nil {
			return err
		}
		ended = each(r)
		return ended
	}, selectRecords+where, values...)
	if err != nil && ended == nil {
		return fmt.Errorf("read call records: %w", explain(err))
	}
	return ended
}

func record(from row) (r cdr.Record, err error) {
	err = recordColumns.scan(from, &r)
	return r, err
}
