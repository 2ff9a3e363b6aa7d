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

const listedColumns = `id, number, call_id, title, body, queue, priority, state, customer_login, customer_name, customer_company, caller_number, agent, agent_name, created, closed`

// AddListed puts a ticket into the built-in list and gives it its number. A call that has a ticket
// keeps it: the list's own is returned.
func (s *Store) AddListed(ctx context.Context, draft helpdesk.Draft) (helpdesk.ListedTicket, error) {
	if draft.CallID == "" {
		return helpdesk.ListedTicket{}, errors.New("a ticket of the built-in list needs a call")
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("adding to the ticket list: %w", explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	t, ok, err := listed(tx.QueryRowContext(ctx, `SELECT `+listedColumns+` FROM listed_ticket WHERE call_id = ?`,
		draft.CallID))
	if err != nil || ok {
		return t, err
	}
	now := s.now().UTC()
	number, err := nextNumber(ctx, tx, now)
	if err != nil {
		return helpdesk.ListedTicket{}, err
	}
	var customer struct{ login, name, company string }
	if c := draft.Customer; c != nil {
		customer.login, customer.name, customer.company = c.Login, c.Name, c.Company
	}
	words := strings.ToLower(strings.Join([]string{
		number, draft.Title, draft.Body, draft.Queue, customer.login, customer.name, customer.company, draft.Number,
		draft.Agent.Login, draft.Agent.Name, draft.CallID,
	}, "\n"))
	t, _, err = listed(tx.QueryRowContext(ctx, `
		INSERT INTO listed_ticket (number, call_id, title, body, queue, priority, state, customer_login, customer_name, customer_company,
			caller_number, caller_digits, agent, agent_name, created, words)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING `+listedColumns,
		number, draft.CallID, draft.Title, draft.Body, draft.Queue, draft.Priority, draft.State, customer.login, customer.name, customer.company,
		draft.Number, digits(draft.Number), draft.Agent.Login, draft.Agent.Name, written(now), words))
	if err != nil {
		return helpdesk.ListedTicket{}, err
	}
	if err := tx.Commit(); err != nil {
		return helpdesk.ListedTicket{}, fmt.Errorf("adding to the ticket list: %w", explain(err))
	}
	return t, nil
}

// nextNumber counts within a day, the UTC one, from 1.
func nextNumber(ctx context.Context, tx *sql.Tx, now time.Time) (string, error) {
	day := now.Format("20060102")
	var n int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO listed_ticket_counter (day, last) VALUES (?, 1)
		ON CONFLICT (day) DO UPDATE SET last = listed_ticket_counter.last + 1 RETURNING last`, day).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("counting the day's tickets: %w", explain(err))
	}
	return fmt.Sprintf("%s%05d", day, n), nil
}

// ListedByCall returns the ticket of a call; ok is false where there is none.
func (s *Store) ListedByCall(ctx context.Context, callID string) (t helpdesk.ListedTicket, ok bool, err error) {
	return listed(s.read.QueryRowContext(ctx, `SELECT `+listedColumns+` FROM listed_ticket WHERE call_id = ?`, callID))
}

// ListedByNumber returns the ticket with that number; ok is false where there is none.
func (s *Store) ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error) {
	return listed(s.read.QueryRowContext(ctx, `SELECT `+listedColumns+` FROM listed_ticket WHERE number = ?`, number))
}

// OpenListed returns a customer's newest tickets that are not closed, newest first, and how many
// there are of them.
func (s *Store) OpenListed(ctx context.Context, customer string,
	limit int,
) (newest []helpdesk.ListedTicket, count int, err error) {
	const open = ` FROM listed_ticket WHERE customer_login = ? AND closed IS NULL`
	err = s.each(ctx, func(from row) error {
		t, _, err := listed(from)
		newest = append(newest, t)
		return err
	}, `SELECT `+listedColumns+open+` ORDER BY id DESC LIMIT ?`, customer, max(limit, 0))
	if err == nil {
		err = s.read.QueryRowContext(ctx, `SELECT count(*)`+open, customer).Scan(&count)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading a customer's tickets: %w", explain(err))
	}
	return newest, count, nil
}

// AppendListed adds text, which holds mark, to a ticket's body; a ticket that has the mark already
// stays as it is. ok is false where there is no such ticket.
func (s *Store) AppendListed(ctx context.Context, number, text, mark string) (ok bool, err error) {
	_, err = s.write.ExecContext(ctx, `
		UPDATE listed_ticket SET body = rtrim(body, char(10)) || char(10) || char(10) || ?, words = words || char(10) || ?
		WHERE number = ? AND instr(body, ?) = 0`, text, strings.ToLower(text), number, mark)
	if err != nil {
		return false, fmt.Errorf("adding to a ticket: %w", explain(err))
	}
	_, ok, err = s.ListedByNumber(ctx, number)
	return ok, err
}

// SearchListed returns the tickets that hold text, newest first, and how many there are in all.
// Upper and lower case are alike; a text that is a telephone number, however written, also finds
// its digits. An empty text finds every ticket.
func (s *Store) SearchListed(ctx context.Context, text string,
	offset, limit int,
) (found []helpdesk.ListedTicket, total int, err error) {
	where, args := `words LIKE ? ESCAPE '\'`, []any{
		"%" + likeEscaper.Replace(strings.ToLower(strings.TrimSpace(text))) + "%",
	}
	if number := dialled(text); number != "" {
		where, args = where+` OR caller_digits LIKE ?`, append(args, "%"+number+"%")
	}
	// Both reads see one state of the list.
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, fmt.Errorf("searching the ticket list: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM listed_ticket WHERE `+
		where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting in the ticket list: %w", err)
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT `+listedColumns+` FROM listed_ticket WHERE `+where+` ORDER BY id DESC LIMIT ? OFFSET ?`,
		append(args, max(limit, 0), max(offset, 0))...)
	if err != nil {
		return nil, 0, fmt.Errorf("searching the ticket list: %w", err)
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
		return nil, 0, fmt.Errorf("searching the ticket list: %w", err)
	}
	return found, total, nil
}

// CloseListed closes a ticket, or opens it again. ok is false where there is no such ticket; one
// that stands so already is left as it is.
func (s *Store) CloseListed(ctx context.Context, number string, closed bool) (ok bool, err error) {
	state, at := helpdesk.ListedOpen, any(nil)
	if closed {
		state, at = helpdesk.ListedClosed, written(s.now())
	}
	result, err := s.write.ExecContext(ctx,
		`UPDATE listed_ticket SET state = ?, closed = ? WHERE number = ? AND (closed IS NOT NULL) <> ?`, state, at,
		number, closed)
	if err != nil {
		return false, fmt.Errorf("closing a ticket: %w", explain(err))
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err == nil, err
	}
	_, ok, err = s.ListedByNumber(ctx, number)
	return ok, err
}

func listed(from row) (t helpdesk.ListedTicket, ok bool, err error) {
	err = from.Scan(&t.ID, &t.Number, &t.CallID, &t.Title, &t.Body, &t.Queue, &t.Priority, &t.State, &t.CustomerLogin,
		&t.CustomerName, &t.CustomerCompany,
		&t.CallerNumber, &t.Agent, &t.AgentName, moment{&t.Created}, moment{&t.Closed})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return helpdesk.ListedTicket{}, false, nil
	case err != nil:
		return helpdesk.ListedTicket{}, false, fmt.Errorf("a ticket of the built-in list: %w", explain(err))
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

// dialled returns the digits to look for where text is a telephone number, else nothing. Of a long
// number the last ten count: the same line is written with +7, with 8 and with 00 before it.
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
