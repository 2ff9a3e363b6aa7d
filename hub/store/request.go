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

// BeginTicket stores a request. first is true if this request must call the help desk: it is the
// call's first, or the first after a failure. The stored request is then pending, with this id and
// agent. Otherwise it returns the call's request, which gets the claim if it is pending and no
// other owner has it.
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
	// A single statement also works for two hubs on one database.
	kept, first, err = request(s.write.QueryRowContext(ctx, `
		INSERT INTO ticket_request (`+requestColumns+`)
			VALUES (?, ?, ?, 'pending', '', '', '', '', ?, ?, 0, '', ?, 0, 0, 0, ?, ?)
		ON CONFLICT (call_id) DO UPDATE SET action_id = excluded.action_id, agent = excluded.agent,
				state = 'pending', error = '', at = excluded.at, draft = excluded.draft, tries = 0, next_at = '',
				dark_at = excluded.dark_at, owed = 0, owner = excluded.owner,
				claimed_until = excluded.claimed_until
			WHERE ticket_request.state = 'failed'
		RETURNING `+requestColumns, r.CallID, r.ActionID, r.Agent, written(r.At), draft, written(r.UncertainSince),
		r.Claim.Owner, written(r.Claim.Until)))
	if err != nil || first {
		return kept, first, err
	}
	if r.Claim.Owner != "" {
		_, err := s.claim(ctx, r.Claim, "ticket_request", `call_id = ? AND state = 'pending'`, r.CallID)
		if err != nil {
			return tickets.Request{}, false, err
		}
	}
	kept, ok, err := request(s.write.QueryRowContext(ctx,
		`SELECT `+requestColumns+` FROM ticket_request WHERE call_id = ?`, r.CallID))
	if err == nil && !ok {
		err = fmt.Errorf("the ticket request of call %s was deleted meanwhile", r.CallID)
	}
	return kept, false, err
}

// EndTicket stores State, Ticket, Error and Owed of a pending request, and releases its claim. A
// created ticket stays: a later failure is an error and does not undo it. A failure of work that
// another owner has claimed is an error, too.
func (s *Store) EndTicket(ctx context.Context, r tickets.Request) error {
	result, err := s.write.ExecContext(ctx, `
		UPDATE ticket_request SET state = ?, ticket_id = ?, ticket_number = ?, ticket_url = ?, error = ?, owed = ?,
			next_at = '', owner = '', claimed_until = ''
		WHERE call_id = ? AND (? = 'made' OR state <> 'made' AND owner IN ('', ?))`,
		r.State, r.Ticket.ID, r.Ticket.Number, r.Ticket.URL, r.Error, r.Owed, r.CallID, r.State, r.Claim.Owner)
	if err != nil {
		return fmt.Errorf("save result of ticket request: %w", explain(err))
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("save result of ticket request: %w", err)
	}
	if r.State == tickets.Made { // the call is found by a ticket that its record does not have
		_, err := s.write.ExecContext(ctx,
			`UPDATE call_record SET words = words || char(10) || ?
				WHERE call_id = ? AND state = 'final' AND ticket = ''`,
			fold(r.Ticket.Number), r.CallID)
		if err != nil {
			return fmt.Errorf("add ticket to the search of call records: %w", explain(err))
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
