// Package ticketlist keeps the tickets of the built-in help desk.
package ticketlist

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/internal/words"
)

var listedColumns = sqlite.Columns[helpdesk.ListedTicket]{
	{Name: "number", Field: func(t *helpdesk.ListedTicket) any { return &t.Number }},
	{Name: "call_id", Field: func(t *helpdesk.ListedTicket) any { return &t.CallID }},
	{Name: "title", Field: func(t *helpdesk.ListedTicket) any { return &t.Title }},
	{Name: "body", Field: func(t *helpdesk.ListedTicket) any { return &t.Body }},
	{Name: "queue", Field: func(t *helpdesk.ListedTicket) any { return &t.Queue }},
	{Name: "priority", Field: func(t *helpdesk.ListedTicket) any { return &t.Priority }},
	{Name: "state", Field: func(t *helpdesk.ListedTicket) any { return &t.State }},
	{Name: "customer_login", Field: func(t *helpdesk.ListedTicket) any { return &t.CustomerLogin }},
	{Name: "customer_name", Field: func(t *helpdesk.ListedTicket) any { return &t.CustomerName }},
	{Name: "customer_company", Field: func(t *helpdesk.ListedTicket) any { return &t.CustomerCompany }},
	{Name: "caller_number", Field: func(t *helpdesk.ListedTicket) any { return &t.CallerNumber }},
	{Name: "agent", Field: func(t *helpdesk.ListedTicket) any { return &t.Agent }},
	{Name: "agent_name", Field: func(t *helpdesk.ListedTicket) any { return &t.AgentName }},
	{Name: "created", Field: func(t *helpdesk.ListedTicket) any { return sqlite.Moment(&t.Created) }},
}

var (
	readListed   = listedColumns.Selected("listed_ticket") + `, id, closed, assignee, assignee_name`
	selectListed = `SELECT ` + readListed + ` FROM listed_ticket `
	addListed    = listedColumns.Insert("listed_ticket", "caller_digits", "words") + ` RETURNING ` + readListed
)

// Store keeps the tickets of the built-in help desk.
type Store struct{ db *sqlite.Database }

// New returns the store of a database.
func New(db *sqlite.Database) Store { return Store{db} }

// AddListed adds a ticket to the built-in list and gives it its number. If the call has a ticket
// already, that one is returned.
func (s Store) AddListed(ctx context.Context, draft helpdesk.Draft) (helpdesk.ListedTicket, error) {
	if draft.CallID == "" {
		return helpdesk.ListedTicket{}, errors.New("a ticket of the built-in list needs a call")
	}
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("add listed ticket: %w", sqlite.Explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	t, ok, err := listed(tx.QueryRowContext(ctx, selectListed+`WHERE call_id = ?`, draft.CallID))
	if err != nil || ok {
		return t, err
	}
	now := s.db.Now().UTC()
	number, err := nextNumber(ctx, tx, now)
	if err != nil {
		return helpdesk.ListedTicket{}, err
	}
	t = helpdesk.ListedTicket{
		Number: number, CallID: draft.CallID, Title: draft.Title, Body: draft.Body, Queue: draft.Queue,
		Priority: draft.Priority, State: draft.State, CallerNumber: draft.Number,
		Agent: draft.Agent.Login, AgentName: draft.Agent.Name, Created: now,
	}
	if c := draft.Customer; c != nil {
		t.CustomerLogin, t.CustomerName, t.CustomerCompany = c.Login, c.Name, c.Company
	}
	t, _, err = listed(tx.QueryRowContext(ctx, addListed, listedColumns.Bind(&t,
		sql.Named("caller_digits", words.Digits(t.CallerNumber)), sql.Named("words", listedWords(t)))...))
	if err != nil {
		return helpdesk.ListedTicket{}, err
	}
	if err := tx.Commit(); err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("add listed ticket: %w", sqlite.Explain(err))
	}
	return t, nil
}

// listedWords is what the search looks in.
func listedWords(t helpdesk.ListedTicket) string {
	words := []string{
		t.Number, t.Title, t.Body, t.Queue, t.CustomerLogin, t.CustomerName, t.CustomerCompany, t.CallerNumber, t.Agent,
		t.AgentName, t.CallID, t.AssigneeName,
	}
	for _, e := range t.Events {
		if e.Kind == helpdesk.ListedNote {
			words = append(words, e.Text)
		}
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

// nextNumber counts the tickets of a UTC day from 1.
func nextNumber(ctx context.Context, tx *sql.Tx, now time.Time) (string, error) {
	day := now.Format("20060102")
	var n int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO listed_ticket_counter (day, last) VALUES (?, 1)
		ON CONFLICT (day) DO UPDATE SET last = listed_ticket_counter.last + 1 RETURNING last`, day).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("count the day's tickets: %w", sqlite.Explain(err))
	}
	return fmt.Sprintf("%s%05d", day, n), nil
}

// ListedByCall returns the ticket of a call; ok is false if there is none.
func (s Store) ListedByCall(ctx context.Context, callID string) (t helpdesk.ListedTicket, ok bool, err error) {
	return listed(s.db.Read.QueryRowContext(ctx, selectListed+`WHERE call_id = ?`, callID))
}

// ListedByNumber returns the ticket with a number and its events; ok is false if there is none.
func (s Store) ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error) {
	tx, err := s.db.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both reads see the same state
	if err != nil {
		return helpdesk.ListedTicket{}, false, fmt.Errorf("read listed ticket: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return listedByNumber(ctx, tx, number)
}

// OpenListed returns a customer's open tickets, newest first, and their total count.
func (s Store) OpenListed(ctx context.Context, customer string,
	limit int,
) (newest []helpdesk.ListedTicket, count int, err error) {
	const open = `WHERE customer_login = ? AND closed IS NULL`
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		t, _, err := listed(from)
		newest = append(newest, t)
		return err
	}, selectListed+open+` ORDER BY id DESC LIMIT ?`, customer, max(limit, 0))
	if err == nil {
		err = s.db.Read.QueryRowContext(ctx, `SELECT count(*) FROM listed_ticket `+open, customer).Scan(&count)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the customer's tickets: %w", sqlite.Explain(err))
	}
	return newest, count, nil
}

// containing is the condition that a ticket contains a text.
func containing(text string) (where string, args []any) {
	where, args = `(words LIKE ? ESCAPE '\'`, []any{
		"%" + words.Like(strings.ToLower(strings.TrimSpace(text))) + "%",
	}
	if number := words.Dialled(text); number != "" {
		where, args = where+` OR caller_digits LIKE ?`, append(args, "%"+number+"%")
	}
	return where + `)`, args
}

// FindListed returns tickets that contain a text, newest first: those made by the agent with the
// login of, or assigned to that agent, unless it is empty. Their IDs are below before, unless that is
// 0. The search ignores case. A telephone number in any notation also matches its digits. An empty
// text finds every ticket. Events are not read.
func (s Store) FindListed(ctx context.Context, text, of string, before int64, limit int,
) (found []helpdesk.ListedTicket, err error) {
	where, args := containing(text)
	if of != "" {
		where, args = where+` AND (agent = ? OR assignee = ?)`, append(args, of, of)
	}
	if before > 0 {
		where, args = where+` AND id < ?`, append(args, before)
	}
	err = s.db.Each(ctx, func(from sqlite.Row) error {
		t, _, err := listed(from)
		found = append(found, t)
		return err
	}, selectListed+`WHERE `+where+` ORDER BY id DESC LIMIT ?`, append(args, max(limit, 0))...)
	if err != nil {
		return nil, fmt.Errorf("search the ticket list: %w", sqlite.Explain(err))
	}
	return found, nil
}

func listed(from sqlite.Row) (t helpdesk.ListedTicket, ok bool, err error) {
	err = listedColumns.Scan(from, &t, &t.ID, sqlite.Moment(&t.Closed), &t.Assignee, &t.AssigneeName)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return helpdesk.ListedTicket{}, false, nil
	case err != nil:
		return helpdesk.ListedTicket{}, false, fmt.Errorf("read listed ticket: %w", sqlite.Explain(err))
	}
	return t, true, nil
}
