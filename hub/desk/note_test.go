package desk

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// note adds a note and returns the ticket's number, or "later".
func (o *office) note(a staff.Agent, id, text string) (string, *fail.Error) {
	o.t.Helper()
	answer, err := o.NoteTicket(o.ctx, a, ticketing.NewNote{ActionID: id, Call: "main:1.1", Text: text})
	switch {
	case err != nil:
		return "", fail.Of(err)
	case answer.Queued != nil:
		return "later", nil
	}
	return answer.Noted.Number, nil
}

// ticketed makes the call's first ticket.
func (o *office) ticketed(a staff.Agent) {
	o.t.Helper()
	if number, failure := o.create(a, ticketing.CreateTicket{ActionID: "1"}); failure != nil || number != "T-1" {
		o.t.Fatalf("%q, %+v", number, failure)
	}
}

// noted returns the texts of the notes in the help desk, without talk times.
func (o *office) noted() (texts []string) {
	o.desk.mu.Lock()
	defer o.desk.mu.Unlock()
	for _, n := range o.desk.notes {
		if n.Talk == 0 {
			texts = append(texts, n.Body)
		}
	}
	return texts
}

func (o *office) wantNoted(want ...string) {
	o.t.Helper()
	synctest.Wait()
	if got := o.noted(); strings.Join(got, "|") != strings.Join(want, "|") {
		o.t.Errorf("the help desk has the notes %q, want %q", got, want)
	}
}

func TestNoteIsAddedOnce(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		if _, failure := o.note(anna, "0", "Too early."); failure == nil || failure.Code != fail.NotFound ||
			!strings.Contains(failure.Text, "no ticket yet") {
			t.Errorf("before the ticket: %+v", failure)
		}
		o.ticketed(anna)
		for range 2 {
			if number, failure := o.note(anna, "2", " The printer is out of paper.\x07 "); failure != nil ||
				number != "T-1" {
				t.Errorf("%q, %+v", number, failure)
			}
		}
		o.wantNoted("The printer is out of paper.")
		n := o.desk.notes[0]
		if n.Ticket.Number != "T-1" || n.Agent.Name != "Anna Petrova" || !n.Internal ||
			!strings.HasPrefix(n.Key, "main:1.1 note ") {
			t.Errorf("the note is %+v", n)
		}
		for text, code := range map[string]fail.Code{
			"": fail.Invalid, strings.Repeat("я", protocol.MaxNote+1): fail.Invalid,
		} {
			if _, failure := o.note(anna, "3"+text[:min(1, len(text))], text); failure == nil || failure.Code != code {
				t.Errorf("%.10q: %+v", text, failure)
			}
		}
		if _, failure := o.note(boris, "4", "Mine?"); failure == nil || failure.Code != fail.Forbidden {
			t.Errorf("a call that boris does not see: %+v", failure)
		}
		if _, failure := o.note(anna, "5", strings.Repeat("я", protocol.MaxNote)); failure != nil {
			t.Errorf("the longest note: %+v", failure)
		}
	})
}

// A note to a ticket that the help desk does not make yet follows it, also after a restart.
func TestNoteWaitsForItsTicket(t *testing.T) {
	for _, restart := range []bool{false, true} {
		open(t, nil, func(o *office) {
			o.desk.failing(away(5))
			o.change(rings("84951234567", leg("101", protocol.Ringing)))
			if number, failure := o.press(anna, "1"); failure != nil || number != "later" {
				t.Errorf("%q, %+v", number, failure)
			}
			if number, failure := o.note(anna, "2", "Out of paper."); failure != nil || number != "later" {
				t.Errorf("%q, %+v", number, failure)
			}
			if restart {
				o.stop()
				synctest.Wait()
				defer o.restart()()
			}
			o.shown()
			time.Sleep(10 * time.Minute)
			o.wantNoted("Out of paper.")
			to, m := o.messages(protocol.TicketNoted)
			var noted protocol.NotedTicket
			if len(to) != 1 || to[0] != "anna" || m.Decode(&noted) != nil || !noted.Late || noted.Call != "main:1.1" {
				t.Errorf("restart %v: sent to %q: %+v", restart, to, noted)
			}
		})
	}
}

// The help desk is away when the note comes, loses its answer, and the hub is restarted meanwhile:
// the note is added once.
func TestNoteSurvivesTheHelpDesk(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.ticketed(anna)
		o.desk.failing(append(away(3), &helpdesk.Error{Reason: "No answer.", Retry: true, Uncertain: true}))
		if number, failure := o.note(anna, "2", "Out of paper."); failure != nil || number != "later" {
			t.Errorf("%q, %+v", number, failure)
		}
		if number, failure := o.note(anna, "2", "Out of paper."); failure != nil || number != "later" {
			t.Errorf("sent again: %q, %+v", number, failure)
		}
		o.stop()
		synctest.Wait()
		defer o.restart()()
		time.Sleep(30 * time.Minute)
		o.wantNoted("Out of paper.")
	})
}

// A refused note is reported with its text, also to an agent who was put off.
func TestRefusedNote(t *testing.T) {
	closed := &helpdesk.Error{Reason: "The ticket T-1 no longer exists.", Refused: true}
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.ticketed(anna)
		o.desk.failing([]error{closed})
		if _, failure := o.note(anna, "2", "Out of paper."); failure == nil ||
			failure.Problem != protocol.HelpDeskRefused || failure.Detail != closed.Reason {
			t.Errorf("%+v", failure)
		}
		if _, failure := o.note(anna, "2", "Out of paper."); failure == nil ||
			failure.Problem != protocol.HelpDeskRefused || failure.Detail != closed.Reason {
			t.Errorf("sent again: %+v", failure)
		}
		o.desk.failing(append(away(3), closed))
		if number, _ := o.note(anna, "3", "Out of paper."); number != "later" {
			t.Errorf("%q", number)
		}
		o.shown()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		to, m := o.messages(protocol.TicketNote)
		var f protocol.Failure
		if len(to) != 1 || to[0] != "anna" || m.Decode(&f) != nil || m.Re != "3" ||
			f.Problem != protocol.HelpDeskRefused || f.Note != "Out of paper." || !strings.Contains(f.Text, f.Note) {
			t.Errorf("sent to %q: %+v", to, m)
		}
	})
}

// The help desk refuses the ticket for which notes wait: each agent gets the own text back.
func TestNoteOfARefusedTicket(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		open(t, nil, func(o *office) {
			o.desk.failing(append(away(3), &helpdesk.Error{Reason: "No such queue.", Refused: true}))
			o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
			if number, _ := o.create(anna, ticketing.CreateTicket{
				ActionID: "1",
				Note:     "From Anna.",
			}); number != "later" {
				t.Fatalf("%q", number)
			}
			if number, _ := o.create(boris, ticketing.CreateTicket{
				ActionID: "2",
				Note:     "From Boris.",
			}); number != "later" {
				t.Fatalf("%q", number)
			}
			if number, failure := o.note(boris, "3", "Out of paper."); failure != nil || number != "later" {
				t.Fatalf("%q, %+v", number, failure)
			}
			if stopped {
				o.stop()
				synctest.Wait()
				defer o.restart()()
			}
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			var back []string
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, s := range o.sent {
				var f protocol.Failure
				if s.m.Name == protocol.TicketNote && s.m.Decode(&f) == nil {
					back = append(back, strings.Join(s.to, ",")+" "+s.m.Re+" "+f.Note+" "+string(f.Problem))
				}
			}
			slices.Sort(back)
			want := []string{"boris 2 From Boris. help_desk.refused", "boris 3 Out of paper. help_desk.refused"}
			if !slices.Equal(back, want) {
				t.Errorf("restart %v: %q", stopped, back)
			}
			if pending, _ := o.store.notesThat(func(n tickets.Note) bool {
				return n.State == tickets.Pending
			}); len(pending) > 0 {
				t.Errorf("pending are %+v", pending)
			}
		})
	}
}

// The note of a press is in the ticket's text. If the ticket exists already, or is another agent's,
// the note is added to it: no text is lost, and none is there twice.
func TestNoteOfAPress(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		o.desk.failing(away(2))
		for range 2 { // the second one is a repetition after a reconnect
			if number, _ := o.create(anna, ticketing.CreateTicket{
				ActionID: "1",
				Note:     "From Anna.",
			}); number != "later" {
				t.Fatalf("%q", number)
			}
		}
		if number, _ := o.create(boris, ticketing.CreateTicket{ActionID: "2", Note: "From Boris."}); number != "later" {
			t.Fatalf("%q", number)
		}
		time.Sleep(10 * time.Minute)
		o.wantNoted("From Boris.")
		if body := o.desk.drafts[0].Body; strings.Count(body, "From Anna.") != 1 {
			t.Errorf("the ticket's text:\n%s", body)
		}
		for range 2 {
			if number, failure := o.create(anna, ticketing.CreateTicket{
				ActionID: "3",
				Note:     "More.",
			}); failure != nil ||
				number != "T-3" {
				t.Errorf("%q, %+v", number, failure)
			}
		}
		o.wantNoted("From Boris.", "More.")
		o.stop()
		synctest.Wait()
		defer o.restart()()
		o.change(rings("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		if number, failure := o.create(anna, ticketing.CreateTicket{ActionID: "3", Note: "More."}); failure != nil ||
			number != "T-3" {
			t.Errorf("after a restart: %q, %+v", number, failure)
		}
		if number, failure := o.create(boris, ticketing.CreateTicket{
			ActionID: "4",
			Note:     "And more.",
		}); failure != nil ||
			number != "T-3" {
			t.Errorf("after a restart: %q, %+v", number, failure)
		}
		time.Sleep(5 * time.Minute)
		o.wantNoted("From Boris.", "More.", "And more.")
		if _, failure := o.create(anna, ticketing.CreateTicket{ActionID: "5", Note: strings.Repeat("x",
			3000)}); failure == nil ||
			failure.Code != fail.Invalid {
			t.Errorf("a long note: %+v", failure)
		}
	})
}

// A note to yesterday's ticket.
func TestNoteOfAnEarlierCall(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		if _, failure := o.note(anna, "0", "No ticket."); failure == nil || failure.Code != fail.NotFound {
			t.Errorf("%+v", failure)
		}
		o.ticketed(anna)
		if number, failure := o.note(boris, "2", "He called back."); failure != nil || number != "T-1" {
			t.Errorf("%q, %+v", number, failure)
		}
		if _, failure := o.note(clara, "3", "Not mine."); failure == nil || failure.Code != fail.NotFound {
			t.Errorf("%+v", failure)
		}
		if number, failure := o.create(boris, ticketing.CreateTicket{
			ActionID: "4",
			Note:     "Once more.",
		}); failure != nil ||
			number != "T-1" {
			t.Errorf("%q, %+v", number, failure)
		}
		o.wantNoted("He called back.", "Once more.")
	}, yesterday())
}
