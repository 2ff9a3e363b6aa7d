package ticketlist

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/store/internal/sqlite"
)

// listedByNumber reads a ticket of the built-in list with its events.
func listedByNumber(ctx context.Context, tx *sql.Tx, number string) (t helpdesk.ListedTicket, ok bool, err error) {
	t, ok, err = listed(tx.QueryRowContext(ctx, selectListed+`WHERE number = ?`, number))
	if err != nil || !ok {
		return t, ok, err
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT id, kind, at, by_name, text, mark FROM listed_ticket_event WHERE number = ? ORDER BY id`, number)
	if err != nil {
		return helpdesk.ListedTicket{}, false, fmt.Errorf("read events of ticket: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		var e helpdesk.ListedEvent
		if err := rows.Scan(&e.ID, &e.Kind, sqlite.Moment(&e.At), &e.By, &e.Text, &e.Mark); err != nil {
			return helpdesk.ListedTicket{}, false, fmt.Errorf("read events of ticket: %w", sqlite.Explain(err))
		}
		t.Events = append(t.Events, e)
	}
	if err := rows.Err(); err != nil {
		return helpdesk.ListedTicket{}, false, fmt.Errorf("read events of ticket: %w", sqlite.Explain(err))
	}
	return t, true, nil
}

// AppendListed adds a note to a ticket, unless the ticket has one with its mark. ok is false if
// there is no such ticket.
func (s Store) AppendListed(ctx context.Context, number string, note helpdesk.ListedEvent) (ok bool, err error) {
	return s.changeListed(ctx, number, func(t *helpdesk.ListedTicket) error {
		if note.Mark == "" || !t.Noted(note.Mark) {
			note.Kind = helpdesk.ListedNote
			t.Events = append(t.Events, note)
		}
		return nil
	})
}

// EditListed changes a ticket, and keeps who changed what. What has the new value already is not
// changed. ok is false if there is no such ticket; the error is helpdesk.ErrListedChanged if the
// ticket has changed since the person saw it.
func (s Store) EditListed(ctx context.Context, number string, edit helpdesk.ListedEdit) (ok bool, err error) {
	return s.changeListed(ctx, number, func(t *helpdesk.ListedTicket) error {
		if edit.Seen != nil && *edit.Seen != t.LastEvent() {
			return helpdesk.ErrListedChanged
		}
		s.edit(t, edit)
		return nil
	})
}

// edit changes a ticket, and adds an event for each change.
func (s Store) edit(t *helpdesk.ListedTicket, edit helpdesk.ListedEdit) {
	event := func(kind helpdesk.ListedKind, text string) {
		t.Events = append(t.Events, helpdesk.ListedEvent{Kind: kind, By: edit.By, Text: text})
	}
	var edited []string
	field := func(name string, now *string, field *string) {
		if now != nil && *now != *field {
			edited = append(edited, fmt.Sprintf("%s, before: %s", name, *field))
			*field = *now
		}
	}
	field("Title", edit.Title, &t.Title)
	field("Queue", edit.Queue, &t.Queue)
	field("Priority", edit.Priority, &t.Priority)
	field("Text", edit.Body, &t.Body)
	if len(edited) > 0 {
		event(helpdesk.ListedEdited, strings.Join(edited, "\n"))
	}
	if to := edit.Assignee; to != nil && to.Login != t.Assignee {
		t.Assignee, t.AssigneeName = to.Login, to.Name
		event(helpdesk.ListedAssigned, to.Name)
	}
	if edit.Note != "" {
		event(helpdesk.ListedNote, edit.Note)
	}
	if edit.Closed == nil || *edit.Closed != t.Closed.IsZero() {
		return
	}
	t.State, t.Closed = helpdesk.ListedOpen, time.Time{}
	if *edit.Closed {
		t.State, t.Closed = helpdesk.ListedClosed, s.db.Now().UTC()
	}
	event(helpdesk.ListedState, t.State)
}

// changeListed reads a ticket, has it changed and writes it with its new events.
func (s Store) changeListed(ctx context.Context, number string,
	change func(t *helpdesk.ListedTicket) error,
) (ok bool, err error) {
	err = s.db.Change(ctx, func(tx *sql.Tx) error {
		var t helpdesk.ListedTicket
		if t, ok, err = listedByNumber(ctx, tx, number); err != nil || !ok {
			return err
		}
		before := len(t.Events)
		if err := change(&t); err != nil {
			return err
		}
		for _, e := range t.Events[before:] {
			if _, err := tx.ExecContext(ctx,
				`INSERT INTO listed_ticket_event (number, kind, at, by_name, text, mark) VALUES (?, ?, ?, ?, ?, ?)`,
				number, e.Kind, sqlite.Written(s.db.Now()), e.By, e.Text, e.Mark); err != nil {
				return err
			}
		}
		var closed any
		if !t.Closed.IsZero() {
			closed = sqlite.Written(t.Closed)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE listed_ticket SET title = ?, body = ?, queue = ?, priority = ?, state = ?, closed = ?, assignee = ?,
				assignee_name = ?, words = ? WHERE number = ?`,
			t.Title, t.Body, t.Queue, t.Priority, t.State, closed, t.Assignee, t.AssigneeName, listedWords(t), number)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("change ticket: %w", sqlite.Explain(err))
	}
	return ok, nil
}
