package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
)

// RetryTicket stores the progress of a pending request: Tries, Next, UncertainSince, Error and
// Claim. It returns jobs.ErrTaken if another owner has claimed the request, or it has ended.
func (s *Store) RetryTicket(ctx context.Context, r tickets.Request) error {
	changed, err := s.changeRequest(ctx, "keep how far a ticket request is",
		`tries = ?, next_at = ?, dark_at = ?, error = ?, owner = ?, claimed_until = ?
			WHERE call_id = ? AND state = 'pending' AND owner IN ('', ?)`,
		r.Tries, written(r.Next), written(r.UncertainSince), r.Error, r.Claim.Owner, written(r.Claim.Until),
		r.CallID, r.Claim.Owner)
	if err == nil && changed == 0 && r.Claim.Owner != "" {
		return jobs.ErrTaken
	}
	return err
}

// ClaimTickets claims the pending requests that are free and returns them, oldest first.
func (s *Store) ClaimTickets(ctx context.Context, claim jobs.Claim) ([]tickets.Request, error) {
	const pending = `state = 'pending'`
	if _, err := s.claim(ctx, claim, "ticket_request", pending); err != nil {
		return nil, err
	}
	return s.requests(ctx, pending+` AND owner = ?`, claim.Owner)
}

// OwedTickets returns the ended requests whose agents must still be notified, oldest first.
func (s *Store) OwedTickets(ctx context.Context) ([]tickets.Request, error) {
	return s.requests(ctx, `owed <> 0 AND state <> 'pending'`)
}

// TicketTold stores that the agent was notified.
func (s *Store) TicketTold(ctx context.Context, callID string) error {
	_, err := s.changeRequest(ctx, "save notification of agent", `owed = 0 WHERE call_id = ?`, callID)
	return err
}

// KeepTalk stores the talk time of a call that has a request; without one it does nothing.
func (s *Store) KeepTalk(ctx context.Context, callID string, talk time.Duration) error {
	_, err := s.changeRequest(ctx, "keep a talk time", `talk_ms = ? WHERE call_id = ?`, talk.Milliseconds(), callID)
	return err
}

// ClaimTalk claims the talk time of a call, or renews the claim. It returns jobs.ErrTaken if
// another owner has claimed it, or it is already in the ticket.
func (s *Store) ClaimTalk(ctx context.Context, callID string, claim jobs.Claim) error {
	claimed, err := s.claim(ctx, claim, "ticket_request", `call_id = ? AND noted = 0`, callID)
	if err == nil && claimed == 0 {
		return jobs.ErrTaken
	}
	return err
}

// ClaimTalks claims the talk times that are known, not yet in the ticket and free. It returns their
// requests, oldest first.
func (s *Store) ClaimTalks(ctx context.Context, claim jobs.Claim) ([]tickets.Request, error) {
	const open = `talk_ms > 0 AND noted = 0 AND state = 'made'`
	if _, err := s.claim(ctx, claim, "ticket_request", open); err != nil {
		return nil, err
	}
	return s.requests(ctx, open+` AND owner = ?`, claim.Owner)
}

// EndTalk stores that the talk time is in the ticket, or never will be.
func (s *Store) EndTalk(ctx context.Context, callID string) error {
	_, err := s.changeRequest(ctx, "keep that a talk time is noted",
		`noted = 1, owner = '', claimed_until = '' WHERE call_id = ?`, callID)
	return err
}

// changeRequest changes a request and returns the number of changed rows: 0 or 1.
func (s *Store) changeRequest(ctx context.Context, what, change string, args ...any) (int64, error) {
	result, err := s.write.ExecContext(ctx, `UPDATE ticket_request SET `+change, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, explain(err))
	}
	return result.RowsAffected()
}

// requests reads the requests that match where, a constant of this package.
func (s *Store) requests(ctx context.Context, where string, args ...any) ([]tickets.Request, error) {
	var list []tickets.Request
	err := s.each(ctx, func(from row) error {
		r, _, err := request(from)
		list = append(list, r)
		return err
	}, `SELECT `+requestColumns+` FROM ticket_request WHERE `+where+` ORDER BY at, call_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read ticket requests: %w", explain(err))
	}
	return list, nil
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
