package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"traybell/hub/desk"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
)

// RetryTicket notes how far a pending request is: Tries, Next, Dark and Error.
func (s *Store) RetryTicket(ctx context.Context, r desk.TicketRequest) error {
	return s.changeRequest(ctx, "keeping how far a ticket request is",
		`tries = ?, next_at = ?, dark_at = ?, error = ? WHERE call_id = ? AND state = 'pending'`,
		r.Tries, written(r.Next), written(r.Dark), r.Error, r.CallID)
}

// OwedTickets returns the ended requests of which their agents have to be told yet, oldest first.
func (s *Store) OwedTickets(ctx context.Context) ([]desk.TicketRequest, error) {
	return s.requests(ctx, `owed <> 0 AND state <> 'pending'`)
}

// TicketTold notes that the agent was told of the end of a request.
func (s *Store) TicketTold(ctx context.Context, callID string) error {
	return s.changeRequest(ctx, "noting that a ticket was told", `owed = 0 WHERE call_id = ?`, callID)
}

// KeepTalk notes the talk time of a call that has a request; without one it does nothing.
func (s *Store) KeepTalk(ctx context.Context, callID string, talk time.Duration) error {
	return s.changeRequest(ctx, "keeping a talk time", `talk_ms = ? WHERE call_id = ?`, talk.Milliseconds(), callID)
}

// OpenTalks returns the made requests whose talk time is known and not noted, oldest first.
func (s *Store) OpenTalks(ctx context.Context) ([]desk.TicketRequest, error) {
	return s.requests(ctx, `talk_ms > 0 AND noted = 0 AND state = 'made'`)
}

// EndTalk notes that the talk time is in the ticket, or never will be.
func (s *Store) EndTalk(ctx context.Context, callID string) error {
	return s.changeRequest(ctx, "noting that a talk time is told", `noted = 1 WHERE call_id = ?`, callID)
}

func (s *Store) changeRequest(ctx context.Context, what, change string, args ...any) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE ticket_request SET `+change, args...); err != nil {
		return fmt.Errorf("%s: %w", what, explain(err))
	}
	return nil
}

// requests reads those that where, written by this package alone, holds of.
func (s *Store) requests(ctx context.Context, where string) ([]desk.TicketRequest, error) {
	var list []desk.TicketRequest
	err := s.each(ctx, func(from row) error {
		r, _, err := request(from)
		list = append(list, r)
		return err
	}, `SELECT `+requestColumns+` FROM ticket_request WHERE `+where+` ORDER BY at, call_id`)
	if err != nil {
		return nil, fmt.Errorf("reading ticket requests: %w", explain(err))
	}
	return list, nil
}

// draftText is a draft as its column holds it; empty for none. Of the agent only the names are
// kept.
func draftText(d helpdesk.Draft) (string, error) {
	if d.CallID == "" {
		return "", nil
	}
	d.Agent = staff.Agent{Login: d.Agent.Login, Name: d.Agent.Name}
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("keeping a ticket's text: %w", err)
	}
	return string(text), nil
}
