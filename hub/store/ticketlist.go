package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/helpdesk"
)

var listedColumns = columns[helpdesk.ListedTicket]{
	{name: "number", field: func(t *helpdesk.ListedTicket) any { return &t.Number }},
	{name: "call_id", field: func(t *helpdesk.ListedTicket) any { return &t.CallID }},
	{name: "title", field: func(t *helpdesk.ListedTicket) any { return &t.Title }},
	{name: "body", field: func(t *helpdesk.ListedTicket) any { return &t.Body }},
	{name: "queue", field: func(t *helpdesk.ListedTicket) any { return &t.Queue }},
	{name: "priority", field: func(t *helpdesk.ListedTicket) any { return &t.Priority }},
	{name: "state", field: func(t *helpdesk.ListedTicket) any { return &t.State }},
	{name: "customer_login", field: func(t *helpdesk.ListedTicket) any { return &t.CustomerLogin }},
	{name: "customer_name", field: func(t *helpdesk.ListedTicket) any { return &t.CustomerName }},
	{name: "customer_company", field: func(t *helpdesk.ListedTicket) any { return &t.CustomerCompany }},
	{name: "caller_number", field: func(t *helpdesk.ListedTicket) any { return &t.CallerNumber }},
	{name: "agent", field: func(t *helpdesk.ListedTicket) any { return &t.Agent }},
	{name: "agent_name", field: func(t *helpdesk.ListedTicket) any { return &t.AgentName }},
	{name: "created", field: func(t *helpdesk.ListedTicket) any { return moment{&t.Created} }},
}

var (
	readListed   = listedColumns.selected("listed_ticket") + `, id, closed`
	selectListed = `SELECT ` + readListed + ` FROM listed_ticket `
	addListed    = listedColumns.insert("listed_ticket", "caller_digits", "words") + ` RETURNING ` + readListed
)

// AddListed adds a ticket to the built-in list and gives it its number. If the call has a ticket
// already, that one is returned.
func (s *Store) AddListed(ctx context.Context, draft helpdesk.Draft) (helpdesk.ListedTicket, error) {
	if draft.CallID == "" {
		return helpdesk.ListedTicket{}, errors.New("a ticket of the built-in list needs a call")
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("add listed ticket: %w", explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	t, ok, err := listed(tx.QueryRowContext(ctx, selectListed+`WHERE call_id = ?`, draft.CallID))
	if err != nil || ok {
		return t, err
	}
	now := s.now().UTC()
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
	words := strings.ToLower(strings.Join([]string{
		t.Number, t.Title, t.Body, t.Queue, t.CustomerLogin, t.CustomerName, t.CustomerCompany, t.CallerNumber, t.Agent,
		t.AgentName, t.CallID,
	}, "\n"))
	t, _, err = listed(tx.QueryRowContext(ctx, addListed, listedColumns.bind(&t,
		sql.Named("caller_digits", digits(t.CallerNumber)), sql.Named("words", words))...))
	if err != nil {
		return helpdesk.ListedTicket{}, err
	}
	if err := tx.Commit(); err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("add listed ticket: %w", explain(err))
	}
	return t, nil
}

// nextNumber counts the tickets of a UTC day from 1.
func nextNumber(ctx context.Context, tx *sql.Tx, now time.Time) (string, error) {
	day := now.Format("20060102")
	var n int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO listed_ticket_counter (day, last) VALUES (?, 1)
		ON CONFLICT (day) DO UPDATE SET last = listed_ticket_counter.last + 1 RETURNING last`, day).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("count the day's tickets: %w", explain(err))
	}
	return fmt.Sprintf("%s%05d", day, n), nil
}

// ListedByCall returns the ticket of a call; ok is false if there is none.
func (s *Store) ListedByCall(ctx context.Context, callID string) (t helpdesk.ListedTicket, ok bool, err error) {
	return listed(s.read.QueryRowContext(ctx, selectListed+`WHERE call_id = ?`, callID))
}

// ListedByNumber returns the ticket with a number; ok is false if there is none.
func (s *Store) ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error) {
	return listed(s.read.QueryRowContext(ctx, selectListed+`WHERE number = ?`, number))
}

// OpenListed returns a customer's open tickets, newest first, and their total count.
func (s *Store) OpenListed(ctx context.Context, customer string,
	limit int,
) (newest []helpdesk.ListedTicket, count int, err error) {
	const open = `WHERE customer_login = ? AND closed IS NULL`
	err = s.each(ctx, func(from row) error {
		t, _, err := listed(from)
		newest = append(newest, t)
		return err
	}, selectListed+open+` ORDER BY id DESC LIMIT ?`, customer, max(limit, 0))
	if err == nil {
		err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM listed_ticket `+open, customer).Scan(&count)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the customer's tickets: %w", explain(err))
	}
	return newest, count, nil
}

// AppendListed appends text, which contains mark, to a ticket's body, unless the body has the mark
// already. ok is false if there is no such ticket.
func (s *Store) AppendListed(ctx context.Context, number, text, mark string) (ok bool, err error) {
	_, err = s.write.ExecContext(ctx, `
		UPDATE listed_ticket SET body = rtrim(body, char(10)) || char(10) || char(10) || ?,
			words = words || char(10) || ? WHERE number = ? AND instr(body, ?) = 0`,
		text, strings.ToLower(text), number, mark)
	if err != nil {
		return false, fmt.Errorf("append to the ticket: %w", explain(err))
	}
	_, ok, err = s.ListedByNumber(ctx, number)
	return ok, err
}

// SearchListed returns the tickets that contain text, newest first, and their total count. The
// search ignores case. A telephone number in any notation also matches its digits. An empty text
// finds every ticket.
func (s *Store) SearchListed(ctx context.Context, text string,
	offset, limit int,
) (found []helpdesk.ListedTicket, total int, err error) {
	where, args := `words LIKE ? ESCAPE '\'`, []any{
		"%" + likeEscaper.Replace(strings.ToLower(strings.TrimSpace(text))) + "%",
	}
	if number := dialled(text); number != "" {
		where, args = where+` OR caller_digits LIKE ?`, append(args, "%"+number+"%")
	}
	// Both reads see the same state of the list.
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, fmt.Errorf("search the ticket list: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM listed_ticket WHERE `+
		where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count the tickets found: %w", err)
	}
	rows, err := tx.QueryContext(ctx,
		selectListed+`WHERE `+where+` ORDER BY id DESC LIMIT ? OFFSET ?`,
		append(args, max(limit, 0), max(offset, 0))...)
	if err != nil {
		return nil, 0, fmt.Errorf("search the ticket list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, _, err := listed(rows)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, t)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("search the ticket list: %w", err)
	}
	return found, total, nil
}

// CloseListed closes or reopens a ticket. A ticket that has that state already is not changed. ok
// is false if there is no such ticket.
func (s *Store) CloseListed(ctx context.Context, number string, closed bool) (ok bool, err error) {
	state, at := helpdesk.ListedOpen, any(nil)
	if closed {
		state, at = helpdesk.ListedClosed, written(s.now())
	}
	result, err := s.write.ExecContext(ctx,
		`UPDATE listed_ticket SET state = ?, closed = ? WHERE number = ? AND (closed IS NOT NULL) <> ?`, state, at,
		number, closed)
	if err != nil {
		return false, fmt.Errorf("close the ticket: %w", explain(err))
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err == nil, err
	}
	_, ok, err = s.ListedByNumber(ctx, number)
	return ok, err
}

func listed(from row) (t helpdesk.ListedTicket, ok bool, err error) {
	err = listedColumns.scan(from, &t, &t.ID, moment{&t.Closed})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return helpdesk.ListedTicket{}, false, nil
	case err != nil:
		return helpdesk.ListedTicket{}, false, fmt.Errorf("read listed ticket: %w", explain(err))
	}
	return t, true, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// dialled returns the digits to search for if text is a telephone number, otherwise "". Of a long
// number the last ten count: the same line is written with +7, 8 or 00 in front.
func dialled(text string) string {
	if strings.Trim(text, "0123456789 +-()./\u00a0\t") != "" {
		return ""
	}
	d := digits(text)
	if len(d) < 3 {
		return ""
	}
	return d[max(0, len(d)-10):]
}
