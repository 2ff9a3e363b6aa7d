package requests

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/tickets"
)

var noteColumns = sqlite.Columns[tickets.Note]{
	{Name: "call_id", Field: func(n *tickets.Note) any { return &n.CallID }},
	{Name: "action_id", Field: func(n *tickets.Note) any { return &n.ActionID }},
	{Name: "agent", Field: func(n *tickets.Note) any { return &n.Agent }},
	{Name: "text", Field: func(n *tickets.Note) any { return &n.Text }},
	{Name: "at", Field: func(n *tickets.Note) any { return sqlite.Moment(&n.At) }},
	{Name: "state", Field: func(n *tickets.Note) any { return &n.State }},
	{Name: "error", Field: func(n *tickets.Note) any { return &n.Error }},
	{Name: "problem", Field: func(n *tickets.Note) any { return &n.Problem }},
	{Name: "about", Field: func(n *tickets.Note) any { return &n.About }},
	{Name: "owed", Field: func(n *tickets.Note) any { return &n.Owed }},
	{Name: "tries", Field: func(n *tickets.Note) any { return &n.Tries }},
	{Name: "next_at", Field: func(n *tickets.Note) any { return sqlite.Moment(&n.Next) }},
	{Name: "dark_at", Field: func(n *tickets.Note) any { return sqlite.Moment(&n.UncertainSince) }},
	{Name: "owner", Field: func(n *tickets.Note) any { return &n.Claim.Owner }},
	{Name: "claimed_until", Field: func(n *tickets.Note) any { return sqlite.Moment(&n.Claim.Until) }},
}

var (
	addNote = noteColumns.Insert("ticket_note") + ` ON CONFLICT (agent, action_id) DO NOTHING`
	// selectNotes reads notes with the tickets of their calls.
	selectNotes = `SELECT ` + noteColumns.Selected("n") + `, n.id, COALESCE(t.ticket_id, ''),
			COALESCE(t.ticket_number, ''), COALESCE(t.ticket_url, ''), COALESCE(t.ticket_desk, ''),
			COALESCE(t.draft, '')
		FROM ticket_note n LEFT JOIN ticket_request t ON t.call_id = n.call_id AND t.state = 'made' `
)

// Notes implements tickets.NoteStore.
type Notes struct{ db *sqlite.Database }

// NewNotes returns the notes of a database.
func NewNotes(db *sqlite.Database) Notes { return Notes{db} }

// BeginNote stores a note and its claim. If the agent's action has one already, it returns that
// one, and first is false.
func (s Notes) BeginNote(ctx context.Context, n tickets.Note) (kept tickets.Note, first bool, err error) {
	if n.CallID == "" || n.ActionID == "" {
		return tickets.Note{}, false, errors.New("a note needs a call and an action")
	}
	result, err := s.db.Write.ExecContext(ctx, addNote, noteColumns.Bind(&n)...)
	if err != nil {
		return tickets.Note{}, false, fmt.Errorf("save note: %w", sqlite.Explain(err))
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return tickets.Note{}, false, fmt.Errorf("save note: %w", err)
	}
	list, err := s.notes(ctx, `WHERE n.agent = ? AND n.action_id = ?`, n.Agent, n.ActionID)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("the note of call %s was deleted meanwhile", n.CallID)
	}
	if err != nil {
		return tickets.Note{}, false, err
	}
	return list[0], rows > 0, nil
}

// RetryNote stores the progress of a pending note: Tries, Next, UncertainSince, Error and Claim. It
// returns jobs.ErrTaken if another owner has claimed or ended it.
func (s Notes) RetryNote(ctx context.Context, n tickets.Note) error {
	changed, err := s.changeNote(ctx, `tries = ?, next_at = ?, dark_at = ?, error = ?, owner = ?, claimed_until = ?
			WHERE id = ? AND state = 'pending' AND owner IN ('', ?)`,
		n.Tries, sqlite.Written(n.Next), sqlite.Written(n.UncertainSince), n.Error, n.Claim.Owner,
		sqlite.Written(n.Claim.Until), n.ID, n.Claim.Owner)
	if err == nil && changed == 0 {
		return jobs.ErrTaken
	}
	return err
}

// EndNote stores the result, State, Error, Problem, About and Owed, and releases the claim.
func (s Notes) EndNote(ctx context.Context, n tickets.Note) error {
	_, err := s.changeNote(ctx, `state = ?, error = ?, problem = ?, about = ?, owed = ?, next_at = '', owner = '',
		claimed_until = '' WHERE id = ? AND state = 'pending'`, n.State, n.Error, n.Problem, n.About, n.Owed, n.ID)
	return err
}

// ClaimNotes claims the pending notes whose ticket is made, of one call or, if callID is empty, of
// all, that are free. It returns them, oldest first.
func (s Notes) ClaimNotes(ctx context.Context, claim jobs.Claim, callID string) ([]tickets.Note, error) {
	const ready = `state = 'pending' AND (? = '' OR call_id = ?)
		AND call_id IN (SELECT call_id FROM ticket_request WHERE state = 'made')`
	if _, err := s.db.Claim(ctx, claim, "ticket_note", ready, callID, callID); err != nil {
		return nil, err
	}
	return s.notes(ctx, `WHERE n.state = 'pending' AND n.owner = ? AND t.call_id IS NOT NULL
		AND (? = '' OR n.call_id = ?)`, claim.Owner, callID, callID)
}

// RefuseNotes ends the pending notes of a call whose ticket is not made or, if callID is empty, of
// all calls whose ticket was refused. It returns them, oldest first. Their agents are owed the news.
func (s Notes) RefuseNotes(ctx context.Context, callID string) ([]tickets.Note, error) {
	var refused []tickets.Note
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `UPDATE ticket_note SET state = 'failed', owed = 1, next_at = '', owner = '',
				claimed_until = '', error = COALESCE(
					(SELECT error FROM ticket_request t WHERE t.call_id = ticket_note.call_id), '')
			WHERE state = 'pending'
				AND (call_id = ? OR ? = '' AND call_id IN (SELECT call_id FROM ticket_request WHERE state = 'failed'))
				AND call_id NOT IN (SELECT call_id FROM ticket_request WHERE state <> 'failed')
			RETURNING id`, callID, callID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n tickets.Note
			if err := rows.Scan(&n.ID); err != nil {
				return err
			}
			refused = append(refused, n)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("refuse notes: %w", sqlite.Explain(err))
	}
	for i, n := range refused {
		list, err := s.notes(ctx, `WHERE n.id = ?`, n.ID)
		if err != nil {
			return nil, err
		}
		refused[i] = list[0]
	}
	slices.SortFunc(refused, func(a, b tickets.Note) int { return cmp.Compare(a.ID, b.ID) })
	return refused, nil
}

// OwedNotes returns the refused notes whose agents must still be notified, oldest first.
func (s Notes) OwedNotes(ctx context.Context) ([]tickets.Note, error) {
	return s.notes(ctx, `WHERE n.owed <> 0`)
}

// NoteTold stores that the agent was notified.
func (s Notes) NoteTold(ctx context.Context, id int64) error {
	_, err := s.changeNote(ctx, `owed = 0 WHERE id = ?`, id)
	return err
}

func (s Notes) changeNote(ctx context.Context, change string, args ...any) (int64, error) {
	result, err := s.db.Write.ExecContext(ctx, `UPDATE ticket_note SET `+change, args...)
	if err != nil {
		return 0, fmt.Errorf("save note: %w", sqlite.Explain(err))
	}
	return result.RowsAffected()
}

// notes reads the notes that match where, a constant of this package. The caller in a draft that
// cannot be read is left out.
func (s Notes) notes(ctx context.Context, where string, args ...any) ([]tickets.Note, error) {
	var list []tickets.Note
	err := s.db.Each(ctx, func(from sqlite.Row) error {
		var n tickets.Note
		var text string
		err := noteColumns.Scan(from, &n, &n.ID, &n.Ticket.ID, &n.Ticket.Number, &n.Ticket.URL, &n.Ticket.Desk,
			&text)
		if err == nil && text != "" {
			var draft helpdesk.Draft
			if json.Unmarshal([]byte(text), &draft) == nil {
				n.Caller = draft.Caller()
			}
		}
		list = append(list, n)
		return err
	}, selectNotes+where+` ORDER BY n.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", sqlite.Explain(err))
	}
	return list, nil
}
