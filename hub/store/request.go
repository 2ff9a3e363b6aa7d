package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"traybell/hub/desk"
)

const requestColumns = `call_id, action_id, agent, state, ticket_id, ticket_number, ticket_url, error, at,
	draft, tries, next_at, dark_at, owed, talk_ms, noted`

// TicketOf returns the request of a call; ok is false where nobody has pressed.
func (s *Store) TicketOf(ctx context.Context, callID string) (r desk.TicketRequest, ok bool, err error) {
	return request(s.read.QueryRowContext(ctx, `SELECT `+requestColumns+
		` FROM ticket_request WHERE call_id = ?`, callID))
}

// BeginTicket keeps a press. first is true for the one press that has to ask the help desk: the
// call's first, or the first after a failure; the kept request is pending then, with this press's
// id and agent. Otherwise the call's request is returned as it stands.
func (s *Store) BeginTicket(ctx context.Context,
	r desk.TicketRequest,
) (kept desk.TicketRequest, first bool, err error) {
	if r.CallID == "" {
		return desk.TicketRequest{}, false, errors.New("a ticket request needs a call")
	}
	draft, err := draftText(r.Draft)
	if err != nil {
		return desk.TicketRequest{}, false, err
	}
	// One statement decides, so that it holds for two hubs on one database as well.
	kept, first, err = request(s.write.QueryRowContext(ctx, `
		INSERT INTO ticket_request (`+requestColumns+`) VALUES (?, ?, ?, 'pending', '', '', '', '', ?, ?, 0, '', ?, 0, 0, 0)
		ON CONFLICT (call_id) DO UPDATE SET action_id = excluded.action_id, agent = excluded.agent, state = 'pending', error = '', at = excluded.at,
				draft = excluded.draft, tries = 0, next_at = '', dark_at = excluded.dark_at, owed = 0
			WHERE ticket_request.state = 'failed'
		RETURNING `+requestColumns, r.CallID, r.ActionID, r.Agent, written(r.At), draft, written(r.Dark)))
	if err != nil || first {
		return kept, first, err
	}
	kept, ok, err := request(s.write.QueryRowContext(ctx,
		`SELECT `+requestColumns+` FROM ticket_request WHERE call_id = ?`, r.CallID))
	if err == nil && !ok {
		err = fmt.Errorf("the ticket request of call %s was deleted while it was begun", r.CallID)
	}
	return kept, false, err
}

// EndTicket notes State, Ticket, Error and Owed of a request that was begun. A ticket that was made
// stays made: a later failure does not undo it, and is an error.
func (s *Store) EndTicket(ctx context.Context, r desk.TicketRequest) error {
	result, err := s.write.ExecContext(ctx, `
		UPDATE ticket_request SET state = ?, ticket_id = ?, ticket_number = ?, ticket_url = ?, error = ?, owed = ?, next_at = ''
		WHERE call_id = ? AND (state <> 'made' OR ? = 'made')`,
		r.State, r.Ticket.ID, r.Ticket.Number, r.Ticket.URL, r.Error, r.Owed, r.CallID, r.State)
	if err != nil {
		return fmt.Errorf("keeping the end of a ticket request: %w", explain(err))
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("keeping the end of a ticket request: %w", err)
	}
	if r.State == desk.TicketMade { // so that the call is found by a ticket that its record does not have
		_, err := s.write.ExecContext(ctx,
			`UPDATE call_record SET words = words || char(10) || ? WHERE call_id = ? AND state = 'final' AND ticket = ''`,
			fold(r.Ticket.Number), r.CallID)
		if err != nil {
			return fmt.Errorf("noting a call's ticket for the search: %w", explain(err))
		}
	}
	if rows == 0 {
		return fmt.Errorf("call %s has no ticket request that could end as %s: none was begun, or its ticket is "+
			"made already",
			r.CallID, r.State)
	}
	return nil
}

// PendingTickets returns the requests whose end is not known, oldest first: after a start, those
// that the hub was stopped in.
func (s *Store) PendingTickets(ctx context.Context) ([]desk.TicketRequest, error) {
	return s.requests(ctx, `state = 'pending'`)
}

func request(from row) (r desk.TicketRequest, ok bool, err error) {
	var draft string
	var talk int64
	err = from.Scan(&r.CallID, &r.ActionID, &r.Agent, &r.State, &r.Ticket.ID, &r.Ticket.Number, &r.Ticket.URL,
		&r.Error, moment{&r.At},
		&draft, &r.Tries, moment{&r.Next}, moment{&r.Dark}, &r.Owed, &talk, &r.Noted)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return desk.TicketRequest{}, false, nil
	case err != nil:
		return desk.TicketRequest{}, false, fmt.Errorf("a ticket request: %w", explain(err))
	}
	r.Talk = time.Duration(talk) * time.Millisecond
	if draft != "" {
		if err := json.Unmarshal([]byte(draft), &r.Draft); err != nil {
			return desk.TicketRequest{}, false, fmt.Errorf("the ticket request of call %s: %w", r.CallID, err)
		}
	}
	return r, true, nil
}
