package model

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"traybell/shared/protocol"
)

// Note is what the agent writes for the ticket of a call.
type Note struct {
	Max    int    // longest text, in characters; 0: the hub takes no notes
	Text   string // not in the ticket yet
	State  NoteState
	Reason string // for NoteFailed and NoteQueued, a sentence from the hub
}

// NoteState is the progress of the last note that was sent.
type NoteState int

// The states of a note.
const (
	NoteNone    NoteState = iota
	NoteSending           // waiting for the hub's answer
	NoteSaved             // it is in the ticket
	NoteQueued            // the hub adds it later
	NoteFailed
)

// maxNotes limits the calls whose notes are kept. Those with an unsent text are dropped last.
const maxNotes = 200

// Notes are the agent's notes by call. They outlive cards, connections and the calls themselves.
type Notes struct {
	max    int
	byCall map[string]*written
}

// written is the note of a call.
type written struct {
	Note
	action string // of the last one sent
	sent   string // its text
	at     time.Time
}

// Longest is the longest note that the hub takes, in characters. If it is 0, the hub takes neither
// notes nor tickets for earlier calls.
func (s *Notes) Longest() int { return s.max }

// Write keeps the text for the ticket of a call until it is sent, with OK or by Send.
func (s *Notes) Write(call, text string, now time.Time) {
	if n := s.byCall[call]; n == nil && text == "" {
		return
	}
	n := s.open(call, now)
	if n.Text != text && n.State != NoteSending {
		n.State, n.Reason = NoteNone, ""
	}
	n.Text = text
}

// Send returns the action that adds the text to the call's ticket. A repeated text gets the same
// ID. It returns false if there is nothing to send.
func (s *Notes) Send(call, newID string, now time.Time) (protocol.Message, bool) {
	n := s.byCall[call]
	if n == nil || n.State == NoteSending || strings.TrimSpace(n.Text) == "" || utf8.RuneCountInString(n.Text) > s.max {
		return protocol.Message{}, false
	}
	if n.action == "" || n.sent != n.Text || n.State != NoteFailed {
		n.action, n.sent = newID, n.Text
	}
	n.State, n.Reason, n.at = NoteSending, "", now
	m, err := protocol.New(protocol.Action, protocol.TicketNote, protocol.NoteTicket{Call: call, Text: n.sent})
	m.ID = n.action
	return m, err == nil
}

// Of is the note of a call.
func (s *Notes) Of(call string) Note {
	n := Note{Max: s.max}
	if kept := s.byCall[call]; kept != nil {
		n = kept.Note
		n.Max = s.max
	}
	return n
}

// open returns the note of a call, and begins one.
func (s *Notes) open(call string, now time.Time) *written {
	n := s.byCall[call]
	if n == nil {
		if len(s.byCall) >= maxNotes {
			s.makeRoom()
		}
		n = &written{}
		s.byCall[call] = n
	}
	n.at = now
	return n
}

func (s *Notes) makeRoom() {
	oldest := ""
	for id, n := range s.byCall {
		first := s.byCall[oldest]
		if first == nil || n.Text == "" && first.Text != "" ||
			(n.Text == "") == (first.Text == "") && cmp.Or(n.at.Compare(first.at), strings.Compare(id, oldest)) < 0 {
			oldest = id
		}
	}
	delete(s.byCall, oldest)
}

// answered records the answer to an action with a note; true if there is such an action.
func (s *Notes) answered(action string, state NoteState, reason string) (call string, ok bool) {
	for call, n := range s.byCall {
		if action == "" || n.action != action {
			continue
		}
		n.State, n.Reason = state, reason
		switch state {
		case NoteSaved, NoteQueued:
			if n.Text == n.sent { // otherwise the agent has written more
				n.Text = ""
			}
		case NoteFailed:
			n.Text = cmp.Or(n.Text, n.sent)
		case NoteNone, NoteSending:
		}
		return call, true
	}
	return "", false
}

// taken records that a press took the text along.
func (s *Notes) taken(call, text string, state NoteState, now time.Time) {
	if text == "" {
		return
	}
	n := s.open(call, now)
	n.State, n.Reason = state, ""
	if strings.TrimSpace(n.Text) == text {
		n.Text = ""
	}
}

// back returns the text of a press that failed.
func (s *Notes) back(call, text string, now time.Time) {
	if text == "" {
		return
	}
	n := s.open(call, now)
	n.State, n.Text = NoteNone, cmp.Or(n.Text, text)
}

// added records a note that is in the ticket: the answer to an action, or a queued one.
func (s *Notes) added(n NoteAdded) {
	if _, ok := s.answered(n.Action, NoteSaved, ""); ok {
		return
	}
	if kept := s.byCall[n.Call]; kept != nil && kept.State == NoteQueued {
		kept.State, kept.Reason = NoteSaved, ""
	}
}
