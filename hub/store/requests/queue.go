package requests

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/tickets"
)

// RetryTicket stores the progress of a pending request: Tries, Next, UncertainSince, Error and
// Claim. It returns jobs.ErrTaken if another owner has claimed the request, or it has ended.
func (s Store) RetryTicket(ctx context.Context, r tickets.Request) error {
	changed, err := s.changeRequest(ctx, "keep how far a ticket request is",
		`tries = ?, next_at = ?, dark_at = ?, error = ?, owner = ?, claimed_until = ?
			WHERE call_id = ? AND state = 'pending' AND owner IN ('', ?)`,
		r.Tries, sqlite.Written(r.Next), sqlite.Written(r.UncertainSince), r.Error, r.Claim.Owner,
		sqlite.Written(r.Claim.Until), r.CallID, r.Claim.Owner)
	if err == nil && changed == 0 && r.Claim.Owner != "" {
		return jobs.ErrTaken
	}
	return err
}

// ClaimTickets claims the pending requests that are free and returns them, oldest first.
func (s Store) ClaimTickets(ctx context.Context, claim jobs.Claim) ([]tickets.Request, error) {
	const pending = `state = 'pending'`
	if _, err := s.db.Claim(ctx, claim, "ticket_request", pending); err != nil {
		return nil, err
	}
	return s.requests(ctx, pending+` AND owner = ?`, claim.Owner)
}

// PendingTickets returns the pending requests after a position, oldest first. Those that cannot be
// read are an error; the others are returned with it.
func (s Store) PendingTickets(ctx context.Context, after tickets.Position, limit int) ([]tickets.Request, error) {
	return s.page(ctx, `state = 'pending' AND (at, call_id) > (?, ?)`, limit, sqlite.Written(after.At), after.CallID)
}

// owe stores that an agent must be notified of the end of a request.
const owe = `INSERT OR IGNORE INTO ticket_owed (login, call_id) SELECT ?, call_id FROM ticket_request WHERE call_id = ?`

// OweTicket stores that an agent stopped waiting for a request. It does nothing if the request is
// not pending.
func (s Store) OweTicket(ctx context.Context, callID, login string) error {
	_, err := s.db.Write.ExecContext(ctx, owe+` AND state = 'pending'`, login, callID)
	if err != nil {
		return fmt.Errorf("save that an agent waits for a ticket: %w", sqlite.Explain(err))
	}
	return nil
}

// OwedTickets returns the ended requests whose agents must still be notified, oldest first.
func (s Store) OwedTickets(ctx context.Context) ([]tickets.Request, error) {
	return s.requests(ctx, `owed <> 0 AND state <> 'pending'`)
}

// TicketTold stores that an agent was notified.
func (s Store) TicketTold(ctx context.Context, callID, login string) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM ticket_owed WHERE call_id = ? AND login = ?`, callID, login)
		if err != nil {
			return err
		}
		return markOwed(ctx, tx, callID)
	})
	if err != nil {
		return fmt.Errorf("save notification of agent: %w", sqlite.Explain(err))
	}
	return nil
}

// markOwed sets owed of a request.
func markOwed(ctx context.Context, tx *sql.Tx, callID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE ticket_request
		SET owed = EXISTS (SELECT 1 FROM ticket_owed WHERE ticket_owed.call_id = ticket_request.call_id)
		WHERE call_id = ?`, callID)
	return err
}

// KeepTalk stores the talk time of a call that has a request; without one it does nothing.
func (s Store) KeepTalk(ctx context.Context, callID string, talk time.Duration) error {
	_, err := s.changeRequest(ctx, "keep a talk time", `talk_ms = ? WHERE call_id = ?`, talk.Milliseconds(), callID)
	return err
}

// ClaimTalk claims the talk time of a call, or renews the claim. It returns jobs.ErrTaken if
// another owner has claimed it, or it is already in the ticket.
func (s Store) ClaimTalk(ctx context.Context, callID string, claim jobs.Claim) error {
	claimed, err := s.db.Claim(ctx, claim, "ticket_request", `call_id = ? AND noted = 0`, callID)
	if err == nil && claimed == 0 {
		return jobs.ErrTaken
	}
	return err
}

// ClaimTalks claims the talk times that are known, not yet in the ticket and free. It returns their
// requests, oldest first.
func (s Store) ClaimTalks(ctx context.Context, claim jobs.Claim) ([]tickets.Request, error) {
	const open = `talk_ms > 0 AND noted = 0 AND state = 'made'`
	if _, err := s.db.Claim(ctx, claim, "ticket_request", open); err != nil {
		return nil, err
	}
	return s.requests(ctx, open+` AND owner = ?`, claim.Owner)
}

// EndTalk stores that the talk time is in the ticket, or never will be.
func (s Store) EndTalk(ctx context.Context, callID string) error {
	_, err := s.changeRequest(ctx, "keep that a talk time is noted",
		`noted = 1, owner = '', claimed_until = '' WHERE call_id = ?`, callID)
	return err
}

// changeRequest changes a request and returns the number of changed rows: 0 or 1.
func (s Store) changeRequest(ctx context.Context, what, change string, args ...any) (int64, error) {
	result, err := s.db.Write.ExecContext(ctx, `UPDATE ticket_request SET `+change, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, sqlite.Explain(err))
	}
	return result.RowsAffected()
}

// requests reads the requests that match where, a constant of this package. Those that cannot be
// read are an error; the others are returned with it.
func (s Store) requests(ctx context.Context, where string, args ...any) ([]tickets.Request, error) {
	return s.page(ctx, where, -1, args...)
}

// page reads as many; -1: all.
func (s Store) page(ctx context.Context, where string, limit int, args ...any) ([]tickets.Request, error) {
	var list []tickets.Request
	var unreadable []error
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		r, _, err := request(from)
		if err != nil {
			unreadable = append(unreadable, err)
			return nil
		}
		list = append(list, r)
		return nil
	}, `SELECT `+readRequest+` FROM ticket_request WHERE `+where+` ORDER BY at, call_id LIMIT ?`,
		append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read ticket requests: %w", sqlite.Explain(err))
	}
	return list, errors.Join(unreadable...)
}

// draftText is the column of a draft; empty for none. Of the agent only the names are stored.
func draftText(d helpdesk.Draft) (string, error) {
	if d.CallID == "" {
		return "", nil
	}
	d.Agent = staff.Agent{Login: d.Agent.Login, Name: d.Agent.Name}
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("encode draft: %w", err)
	}
	return string(text), nil
}
