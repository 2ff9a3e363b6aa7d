// Package requests keeps ticket requests with their talk times, and the notes that agents add to tickets.
package requests

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
	"traybell/hub/tickets"
)

const (
	requestColumns = `call_id, action_id, agent, state, ticket_id, ticket_number, ticket_url, error, problem, about,
		at, draft, tries, next_at, dark_at, talk_ms, noted, owner, claimed_until, ticket_desk`
	// readRequest are requestColumns and the agents in Owed.
	readRequest = requestColumns + `, COALESCE((SELECT group_concat(login, char(10) ORDER BY login) FROM ticket_owed
		WHERE ticket_owed.call_id = ticket_request.call_id), '')`
)

// Store keeps the ticket requests of tickets.Store, and their talk times.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// TicketOf returns the request of a call, or of one that was merged into it; ok is false without
// one.
func (s Store) TicketOf(ctx context.Context, callID string) (r tickets.Request, ok bool, err error) {
	return request(s.db.Read.QueryRowContext(ctx, `SELECT `+readRequest+
		` FROM ticket_request
			WHERE call_id = ?1 OR call_id IN (SELECT call_id FROM call_merge WHERE into_id = ?1)
			ORDER BY state = 'failed', call_id <> ?1, at LIMIT 1`, callID))
}

// BeginTicket stores a request. first is true if this request must call the help desk: it is the
// call's first, or the first after a failure. The stored request is then pending, with this id and
// agent. Otherwise it returns the call's request, which gets the claim if it is pending and no
// other owner has it.
func (s Store) BeginTicket(ctx context.Context,
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
	kept, first, err = request(s.db.Write.QueryRowContext(ctx, `
		INSERT INTO ticket_request (`+requestColumns+`)
			VALUES (?, ?, ?, 'pending', '', '', '', '', '', '', ?, ?, 0, '', ?, ?, 0, ?, ?, '')
		ON CONFLICT (call_id) DO UPDATE SET action_id = excluded.action_id, agent = excluded.agent,
				state = 'pending', error = '', problem = '', about = '', at = excluded.at,
				draft = excluded.draft, tries = 0, next_at = '', dark_at = excluded.dark_at, owner = excluded.owner,
				talk_ms = max(ticket_request.talk_ms, excluded.talk_ms),
				claimed_until = excluded.claimed_until
			WHERE ticket_request.state = 'failed'
		RETURNING `+readRequest, r.CallID, r.ActionID, r.Agent, sqlite.Written(r.At), draft,
		sqlite.Written(r.UncertainSince),
		r.Talk.Milliseconds(), r.Claim.Owner, sqlite.Written(r.Claim.Until)))
	if err == nil && first { // the agent waits again
		err = s.TicketTold(ctx, r.CallID, r.Agent)
		kept.Owed = slices.DeleteFunc(kept.Owed, func(login string) bool { return login == r.Agent })
	}
	if err != nil || first {
		return kept, first, err
	}
	if r.Claim.Owner != "" {
		_, err := s.db.Claim(ctx, r.Claim, "ticket_request", `call_id = ? AND state = 'pending'`, r.CallID)
		if err != nil {
			return tickets.Request{}, false, err
		}
	}
	kept, ok, err := request(s.db.Write.QueryRowContext(ctx,
		`SELECT `+readRequest+` FROM ticket_request WHERE call_id = ?`, r.CallID))
	if err == nil && !ok {
		err = fmt.Errorf("the ticket request of call %s was deleted meanwhile", r.CallID)
	}
	return kept, false, err
}

// EndTicket stores State, Ticket, Error, Problem, About and Owed of a pending request, and releases
// its claim. A created ticket stays: a later failure is an error and does not undo it. A failure of
// work that another owner has claimed is an error, too.
func (s Store) EndTicket(ctx context.Context, r tickets.Request) error {
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `
			UPDATE ticket_request SET state = ?, ticket_id = ?, ticket_number = ?, ticket_url = ?, ticket_desk = ?,
				error = ?, problem = ?, about = ?, next_at = '', owner = '', claimed_until = ''
			WHERE call_id = ? AND (? = 'made' OR state <> 'made' AND owner IN ('', ?))`,
			r.State, r.Ticket.ID, r.Ticket.Number, r.Ticket.URL, r.Ticket.Desk, r.Error, r.Problem, r.About, r.CallID,
			r.State, r.Claim.Owner)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		switch {
		case err != nil:
			return err
		case rows == 0:
			return fmt.Errorf("call %s has no ticket request that could end as %s: none was begun, its ticket is made "+
				"already, or another hub has claimed it", r.CallID, r.State)
		}
		if r.State == tickets.Made { // the call is found by a ticket that its record does not have
			_, err := tx.ExecContext(ctx,
				`UPDATE call_record SET words = words || char(10) || ?
					WHERE call_id IN (?, (SELECT into_id FROM call_merge WHERE call_id = ?))
						AND state = 'final' AND ticket = ''`,
				words.Fold(r.Ticket.Number), r.CallID, r.CallID)
			if err != nil {
				return fmt.Errorf("add ticket to the search of call records: %w", err)
			}
		}
		for _, login := range r.Owed {
			if _, err := tx.ExecContext(ctx, owe, login, r.CallID); err != nil {
				return err
			}
		}
		return markOwed(ctx, tx, r.CallID)
	})
	if err != nil {
		return fmt.Errorf("save result of ticket request: %w", sqlite.Explain(err))
	}
	return nil
}

func request(from sqlite.Row) (r tickets.Request, ok bool, err error) {
	var draft, owed string
	var talk int64
	err = from.Scan(&r.CallID, &r.ActionID, &r.Agent, &r.State, &r.Ticket.ID, &r.Ticket.Number, &r.Ticket.URL,
		&r.Error, &r.Problem, &r.About, sqlite.Moment(&r.At),
		&draft, &r.Tries, sqlite.Moment(&r.Next), sqlite.Moment(&r.UncertainSince), &talk, &r.Noted,
		&r.Claim.Owner, sqlite.Moment(&r.Claim.Until), &r.Ticket.Desk, &owed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tickets.Request{}, false, nil
	case err != nil:
		return tickets.Request{}, false, fmt.Errorf("a ticket request: %w", sqlite.Explain(err))
	}
	r.Talk = time.Duration(talk) * time.Millisecond
	if owed != "" {
		r.Owed = strings.Split(owed, "\n")
	}
	if draft != "" {
		if err := json.Unmarshal([]byte(draft), &r.Draft); err != nil {
			return tickets.Request{}, false, fmt.Errorf("the ticket request of call %s: %w", r.CallID, err)
		}
	}
	return r, true, nil
}
