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

const recordColumns = `call_id, pbx, state, direction, number, e164, name, did, line, extension, agent, started, answered, ended, seen, rang, cause, missed, end_unseen,
	customer, customer_name, company, ticket, ticket_url, words, party`

// selectRecords reads records as r, with the ticket that was made after the record was final.
const selectRecords = `SELECT r.call_id, r.pbx, r.state, r.direction, r.number, r.e164, r.name, r.did, r.line, r.extension, r.agent, r.started, r.answered, r.ended, r.seen, r.rang, r.cause,
	r.missed, r.end_unseen, r.customer, r.customer_name, r.company,
	CASE WHEN r.ticket <> '' THEN r.ticket ELSE COALESCE(t.ticket_number, '') END, CASE WHEN r.ticket <> '' THEN r.ticket_url ELSE COALESCE(t.ticket_url, '') END
	FROM call_record r LEFT JOIN ticket_request t ON t.call_id = r.call_id AND t.state = 'made' `

// KeepRecords implements desk.Records.
func (c *Records) KeepRecords(ctx context.Context, records []cdr.Record, dropped []string) error {
	put, tell := c.store.write.in(ctx, putRecord), c.store.write.in(ctx, tellRecord)
	err := c.store.change(ctx, func(tx *sql.Tx) error {
		for _, r := range records {
			if err := c.keep(ctx, tx, put, tell, r); err != nil {
				return fmt.Errorf("call %s: %w", r.CallID, err)
			}
		}
		for _, id := range dropped {
			for _, statement := range []string{
				`DELETE FROM call_record_agent WHERE call_id = ?1 AND EXISTS (SELECT 1 FROM call_record WHERE call_id = ?1 AND state <> 'final')`,
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
		return fmt.Errorf("keeping records of calls: %w", explain(err))
	}
	return nil
}

const (
	putRecord = `INSERT INTO call_record (` + recordColumns +
		`, file_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (call_id) DO UPDATE SET pbx = excluded.pbx, state = excluded.state, direction = excluded.direction, number = excluded.number, e164 = excluded.e164,
		name = excluded.name, did = excluded.did, line = excluded.line, extension = excluded.extension, agent = excluded.agent, answered = excluded.answered,
		ended = excluded.ended, seen = excluded.seen, rang = excluded.rang, cause = excluded.cause, missed = excluded.missed, end_unseen = excluded.end_unseen,
		customer = excluded.customer, customer_name = excluded.customer_name, company = excluded.company, words = excluded.words, party = excluded.party, ticket = excluded.ticket, ticket_url = excluded.ticket_url, file_state = excluded.file_state
		WHERE call_record.state <> 'final'`
	tellRecord = `INSERT OR IGNORE INTO call_record_agent (login, started, call_id) SELECT ?, started, call_id FROM call_record WHERE call_id = ?`
)

func (c *Records) keep(ctx context.Context, tx *sql.Tx, put, tell statement, r cdr.Record) error {
	if r.CallID == "" {
		return errors.New("a record needs a call")
	}
	due := "none"
	if r.State == cdr.Final && c.file.Folder != "" {
		due = "due"
	}
	result, err := put(tx,
		r.CallID, r.PBX, r.State, r.Direction, r.Number, r.E164, r.Name, r.DID, r.Line, r.Extension, r.Agent, written(r.Started), written(r.Answered), written(r.Ended), written(r.Seen),
		r.Rang.Microseconds(), r.Cause, r.Missed, r.EndUnseen, r.Customer, r.CustomerName, r.Company, r.Ticket, r.TicketURL, recordWords(r), recordParty(r), due)
	if err != nil {
		return err
	}
	// it is final: a ticket that came late is all that can be added
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err == nil && r.Ticket != "" {
			_, err = tx.ExecContext(ctx,
				`UPDATE call_record SET ticket = ?, ticket_url = ?, words = words || char(10) || ? WHERE call_id = ? AND ticket = ''`,
				r.Ticket, r.TicketURL, fold(r.Ticket), r.CallID)
		}
		return err
	}
	for login := range strings.Lines(r.Told) {
		// The row's own start: a record's stays what it was first.
		_, err := tell(tx, strings.TrimSuffix(login, "\n"), r.CallID)
		if err != nil {
			return err
		}
	}
	return nil
}

// UnfinishedRecords implements desk.Records.
func (c *Records) UnfinishedRecords(ctx context.Context) ([]cdr.Record, error) {
	return c.store.records(ctx, `WHERE r.state <> 'final' ORDER BY r.id`)
}

// ForgetRecords implements desk.Records.
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
		return 0, fmt.Errorf("deleting old records of calls: %w", explain(err))
	}
	return deleted, c.forgetFiles(before)
}

// EachRecord hands on all calls that began from and before to, oldest first, those that go on among
// them. each's error ends it.
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
	var ended error // each's own: it says itself what could not be done
	err := s.each(ctx, func(from row) error {
		r, err := record(from)
		if err != nil {
			return err
		}
		ended = each(r)
		return ended
	}, selectRecords+where, values...)
	if err != nil && ended == nil {
		return fmt.Errorf("reading records of calls: %w", explain(err))
	}
	return ended
}

func record(from row) (r cdr.Record, err error) {
	var rang int64
	err = from.Scan(&r.CallID, &r.PBX, &r.State, &r.Direction, &r.Number, &r.E164, &r.Name, &r.DID, &r.Line,
		&r.Extension, &r.Agent, moment{&r.Started}, moment{&r.Answered}, moment{&r.Ended},
		moment{&r.Seen}, &rang, &r.Cause, &r.Missed, &r.EndUnseen, &r.Customer, &r.CustomerName, &r.Company, &r.Ticket, &r.TicketURL)
	r.Rang = time.Duration(rang) * time.Microsecond
	return r, err
}
