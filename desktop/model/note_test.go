package model_test

import (
	"fmt"
	"strings"
	"testing"

	"traybell/desktop/model"
	"traybell/shared/protocol"
)

// noting is a story on a hub that takes notes.
func noting(t *testing.T) *story {
	s := tell(t)
	s.reconnect()
	return s
}

// reconnect signs in again; the hub knows these calls.
func (s *story) reconnect(calls ...protocol.Call) {
	s.HubAway("connection lost", s.now)
	s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{
		Agent: anna, Hub: "1.0", MaxNote: 20, Calls: calls,
	})
}

func (s *story) note(want model.NoteState, text, reason string) {
	s.Helper()
	if n := s.Notes.Of("main:1"); n.State != want || n.Text != text || n.Reason != reason {
		s.Errorf("the note is %+v, want state %d, text %q, reason %q", n, want, text, reason)
	}
}

// The text goes along with OK, and stays until the hub has it.
func TestNoteGoesWithOK(t *testing.T) {
	for _, add := range []bool{false, true} {
		s := noting(t)
		s.call(incoming(protocol.Answered, "101:answered"))
		s.Notes.Write("main:1", " Out of paper. ", s.now)
		press := func(id string) protocol.Message {
			m, ok := s.Press("main:1", "ivan", id, s.now)
			if add {
				m, ok = s.Append("main:1", "44", id, s.now)
			}
			if !ok || !strings.Contains(string(m.Data), `"note":"Out of paper."`) {
				t.Fatalf("action %s %s", m.Name, m.Data)
			}
			return m
		}
		m := press("press-1")
		s.note(model.NoteNone, " Out of paper. ", "")
		if c := s.Cards()[0].Note; c.Text != " Out of paper. " || c.Max != 20 {
			t.Errorf("on the card: %+v", c)
		}
		s.reconnect(incoming(protocol.Answered, "101:answered"))
		s.note(model.NoteNone, " Out of paper. ", "")
		s.gets(protocol.Error, m.Name, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "No queue.", Retry: true},
			"press-1")
		s.note(model.NoteNone, " Out of paper. ", "")
		press("press-2")
		s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"},
			"press-1")
		s.note(model.NoteSaved, "", "")
	}
}

// A changed text is another press.
func TestNoteChangedAfterAFailedPress(t *testing.T) {
	s := noting(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Notes.Write("main:1", "One.", s.now)
	s.Press("main:1", "", "press-1", s.now)
	s.Fail("press-1", "no answer", s.now)
	s.note(model.NoteNone, "One.", "")
	s.Notes.Write("main:1", "Two.", s.now)
	if m, _ := s.Press("main:1", "", "press-2", s.now); m.ID != "press-2" || !strings.Contains(string(m.Data), "Two.") {
		t.Errorf("action %s %s", m.ID, m.Data)
	}
	s.Notes.Write("main:1", "Two. Three.", s.now)
	s.gets(protocol.Warning, protocol.TicketQueued, protocol.QueuedTicket{Call: "main:1", Text: "Later."}, "press-2")
	s.note(model.NoteQueued, "Two. Three.", "") // what was written since is not in it
	s.Notes.Write("main:1", "", s.now)
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{
		Call: "main:1", Number: "17", Late: true,
	})
	s.note(model.NoteSaved, "", "")
}

// A note for a ticket that exists already: sent, cut off, refused, sent again, queued, added.
func TestNoteForATicket(t *testing.T) {
	s := noting(t)
	c := incoming(protocol.Answered, "101:answered")
	c.Ticket = &protocol.Ticket{Number: "17"}
	s.call(c)
	send := func(id string) (protocol.Message, bool) { return s.Notes.Send("main:1", id, s.now) }
	if _, ok := send("n-0"); ok {
		t.Error("nothing was written")
	}
	s.Notes.Write("main:1", "  ", s.now)
	if _, ok := send("n-0"); ok {
		t.Error("only blanks were written")
	}
	s.Notes.Write("main:1", strings.Repeat("я", 21), s.now)
	if _, ok := send("n-0"); ok {
		t.Error("the text is too long")
	}
	s.Notes.Write("main:1", "Out of paper.", s.now)
	m, ok := send("n-1")
	if !ok || m.Name != protocol.TicketNote || m.ID != "n-1" ||
		string(m.Data) != `{"call":"main:1","text":"Out of paper."}` {
		t.Fatalf("action %+v %s", m, m.Data)
	}
	if _, ok := send("n-2"); ok {
		t.Error("sent twice")
	}
	s.reconnect(c)
	s.note(model.NoteSending, "Out of paper.", "")
	s.Fail("n-1", "no answer", s.now)
	s.note(model.NoteFailed, "Out of paper.", "no answer")
	if m, _ := send("n-3"); m.ID != "n-1" {
		t.Errorf("the same text again: action %s", m.ID)
	}
	s.gets(protocol.Error, protocol.TicketNote, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "Closed."}, "n-1")
	s.note(model.NoteFailed, "Out of paper.", "Closed.")
	s.see("main:1 answer answered ticket 17") // the card says it, without a warning
	s.Notes.Write("main:1", "No paper.", s.now)
	if m, _ := send("n-4"); m.ID != "n-4" {
		t.Errorf("another text: action %s", m.ID)
	}
	s.gets(protocol.Warning, protocol.TicketQueued, protocol.QueuedTicket{Call: "main:1", Text: "Later."}, "n-4")
	s.note(model.NoteQueued, "", "Later.")
	s.see("main:1 answer answered ticket 17")
	s.gets(protocol.Notification, protocol.TicketNoted, protocol.NotedTicket{Call: "main:1", Number: "17", Late: true})
	s.note(model.NoteSaved, "", "")
	s.Notes.Write("main:1", "More.", s.now)
	send("n-5")
	s.gets(protocol.Notification, protocol.TicketNoted, protocol.NotedTicket{Call: "main:1", Number: "17"}, "n-5")
	s.note(model.NoteSaved, "", "")
}

// A note that is refused when its card is gone is a warning, with the caller.
func TestLateRefusalOfANote(t *testing.T) {
	s := noting(t)
	s.gets(protocol.Error, protocol.TicketNote, protocol.Failure{
		Code: protocol.HelpDeskFailed, Text: "Closed. The note was: “x”", Caller: "Ivan",
	}, "n-1")
	s.see("warning:note:n-1 warning card.warning.note_failed [] Ivan: Closed. The note was: “x”")
}

// A hub without notes gets none: it would ignore them.
func TestNoteForAnOlderHub(t *testing.T) {
	s := tell(t)
	s.call(incoming(protocol.Answered, "101:answered"))
	s.Notes.Write("main:1", "Out of paper.", s.now)
	if m, _ := s.Press("main:1", "", "press-1", s.now); strings.Contains(string(m.Data), "note") {
		t.Errorf("sent %s", m.Data)
	}
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"},
		"press-1")
	s.note(model.NoteNone, "Out of paper.", "")
}

// The ticket of an earlier call, which has no card: its result is in its press or a warning.
func TestPressOfAnEarlierCall(t *testing.T) {
	s := noting(t)
	earlier := incoming(protocol.Ended, "101:ended")
	earlier.Ended = nine.Add(-24 * 3600e9)
	if _, ok := s.Press("main:1", "", "press-0", s.now); ok {
		t.Error("an unknown call was pressed")
	}
	s.Adopt(earlier, s.now)
	s.Notes.Write("main:1", "Out of paper.", s.now)
	if m, ok := s.Press("main:1", "ivan", "press-1", s.now); !ok || !strings.Contains(string(m.Data), "Out of paper.") {
		t.Errorf("%t %s", ok, m.Data)
	}
	s.see()
	s.reconnect() // the hub has forgotten the call; the press is sent again
	if p := s.Pressed("main:1"); p.State != model.Pressed {
		t.Errorf("after a reconnect: %+v", p)
	}
	s.gets(protocol.Error, protocol.TicketCreate, protocol.Failure{Code: protocol.HelpDeskFailed, Text: "No queue."},
		"press-1")
	if p := s.Pressed("main:1"); p.State != model.Failed || p.Reason != "No queue." {
		t.Errorf("refused: %+v", p)
	}
	s.Adopt(earlier, s.now)
	s.Press("main:1", "ivan", "press-2", s.now)
	s.gets(protocol.Notification, protocol.TicketCreated, protocol.CreatedTicket{Call: "main:1", Number: "17"},
		"press-1")
	if p := s.Pressed("main:1"); p.State != model.Made || p.Ticket.Number != "17" {
		t.Errorf("made: %+v", p)
	}
	s.note(model.NoteSaved, "", "")
}

// Texts that were not sent are the last to be dropped.
func TestNotesAreBounded(t *testing.T) {
	s := noting(t)
	s.Notes.Write("main:1", "Mine.", s.now)
	for i := range 1000 {
		id := fmt.Sprint("other:", i)
		s.Notes.Write(id, "x", s.now)
		s.Notes.Write(id, "", s.now)
	}
	s.note(model.NoteNone, "Mine.", "")
}
