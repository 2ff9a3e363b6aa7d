package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"traybell/hub/tickets"
)

const requestColumns = `call_id, action_id, agent, state, ticket_id, ticket_number, ticket_url, error, at,
	draft, tries, next_at, dark_at, owed, talk_ms, noted, owner, claimed_until`

// TicketOf returns the request of a call; ok is false without one.
func (s *Store) TicketOf(ctx context.Context, callID string) (r tickets.Request, ok bool, err error) {
	return request(s.read.QueryRowContext(ctx, `SELECT `+requestColumns+
		` FROM ticket_request WHERE call_id = ?`, callID))
}

// BeginTicket keeps a press. first is true for the one press that has to ask the help desk: the
// call's first, or the first after a failure; the kept request is pending then, with this press's
// id and agent. Otherwise the call's request is returned as it is; a pending one gets the claim
// where no other owner has it.
func (s *Store) BeginTicket(ctx context.Context,
	r tickets.Request,
) (kept tickets.Request, first bool, err error) {
	if r.CallID == "" {
		return tickets.Request{}, false, errors.New("a ticket request needs a call")
	}
	draft, err := draftText(r.Draft)
	if err != nil {
		return tickets.Request{}, false, err
	}
	// One statement decides, so that it holds for two hubs on one database as well.
	kept, first, err = request(s.write.QueryRowContext(ctx, `
		INSERT INTO ticket_request (`+requestColumns+`) VALUES (?, ?, ?, 'pending', '', '', '', '', ?, ?, 0, '', ?, 0, 0, 0, ?, ?)
		ON CONFLICT (call_id) DO UPDATE SET action_id = excluded.action_id, agent = excluded.agent, state = 'pending', error = '', at = excluded.at,
				draft = excluded.draft, tries = 0, next_at = '', dark_at = excluded.dark_at, owed = 0,
				owner = excluded.owner, claimed_until = excluded.claimed_until
			WHERE ticket_request.state = 'failed'
		RETURNING `+requestColumns, r.CallID, r.ActionID, r.Agent, written(r.At), draft, written(r.UncertainSince),
		r.Claim.Owner, written(r.Claim.Until)))
	if err != nil || first {
		return kept, first, err
	}
	if r.Claim.Owner != "" {
		if _, err := s.claim(ctx, r.Claim, "ticket_request", `call_id = ? AND state = 'pending'`, r.CallID); err != nil {
			return tickets.Request{}, false, err
		}
	}
	kept, ok, err := request(s.write.QueryRowContext(ctx,
		`SELECT `+requestColumns+` FROM ticket_request WHERE call_id = ?`, r.CallID))
	if err == nil && !ok {
		err = fmt.Errorf("the ticket request of call %s was deleted while it was begun", r.CallID)
	}
	return kept, false, err
}

// EndTicket stores State, Ticket, Error and Owed of a request that was begun, and releases its
// claim. A ticket that was made stays made: a later failure does not undo it, and is an error. So
// is the failure of work that another owner has claimed.
func (s *Store) EndTicket(ctx context.Context, r tickets.Request) error {
	result, err := s.write.ExecContext(ctx, `
		UPDATE ticket_request SET state = ?, ticket_id = ?, ticket_number = ?, ticket_url = ?, error = ?, owed = ?,
			next_at = '', owner = '', claimed_until = ''
		WHERE call_id = ? AND (? = 'made' OR state <> 'made' AND owner IN ('', ?))`,
		r.State, r.Ticket.ID, r.Ticket.Number, r.Ticket.URL, r.Error, r.Owed, r.CallID, r.State, r.Claim.Owner)
	if err != nil {
		return fmt.Errorf("keeping the end of a ticket request: %w", explain(err))
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("keeping the end of a ticket request: %w", err)
	}
	if r.State == tickets.Made { // so that the call is found by a ticket that its record does not have
		_, err := s.write.ExecContext(ctx,
			`UPDATE call_record SET words = words || char(10) || ? WHERE call_id = ? AND state = 'final' AND ticket = ''`,
			fold(r.Ticket.Number), r.CallID)
		if err != nil {
			return fmt.Errorf("noting a call's ticket for the search: %w", explain(err))
		}
	}
	if rows == 0 {
		return fmt.Errorf("call %s has no ticket request that could end as %s: none was begun, its ticket is made "+
			"already, or another hub has claimed it", r.CallID, r.State)
	}
	return nil
}

func request(from row) (r tickets.Request, ok bool, err error) {
	var draft string
	var talk int64
	err = from.Scan(&r.CallID, &r.ActionID, &r.Agent, &r.State, &r.Ticket.ID, &r.Ticket.Number, &r.Ticket.URL,
		&r.Error, moment{&r.At},
		&draft, &r.Tries, moment{&r.Next}, moment{&r.UncertainSince}, &r.Owed, &talk, &r.Noted,
		&r.Claim.Owner, moment{&r.Claim.Until})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tickets.Request{}, false, nil
	case err != nil:
		return tickets.Request{}, false, fmt.Errorf("a ticket request: %w", explain(err))
	}
	r.Talk = time.Duration(talk) * time.Millisecond
	if draft != "" {
		if err := json.Unmarshal([]byte(draft), &r.Draft); err != nil {
			return tickets.Request{}, false, fmt.Errorf("the ticket request of call %s: %w", r.CallID, err)
		}
	}
	return r, true, nil
}
