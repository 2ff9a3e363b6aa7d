package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// If several customers have the number, the agent chooses one of them or none before a ticket is
// created.
func TestTicketAsksForCustomer(t *testing.T) {
	test.NewTempApp(t)
	var made []string
	c := NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Older: func() {},
		Ticket: func(call, customer string) { made = append(made, call+" "+customer) },
		Open:   func(string) {}, Caller: func(string) {}, Copy: func(string) {}, Close: func() {},
	}, func(time.Duration, func()) {})
	call := protocol.Call{
		ID: "main:1", Number: "1",
		Caller: protocol.Caller{
			Status: protocol.Several,
			Customers: []protocol.Customer{
				{Login: "ivan", Name: "Ivan"}, {Login: "olga", Name: "Olga", Company: "ACME"},
			},
		},
	}
	c.Show(CallList{Calls: []protocol.Call{call}, Live: map[string]bool{"main:1": true}})
	test.NewTempWindow(t, c.Content())
	c.list.Select(0)
	var which *widget.Select
	for _, o := range c.bar.Objects {
		switch o := o.(type) {
		case *widget.Select:
			which = o
		case *widget.Button:
			if o.Text == c.texts.Say("card.ok") {
				t.Error("OK is offered before a customer is chosen")
			}
		}
	}
	if which == nil {
		t.Fatal("no choice of customers")
	}
	which.SetSelected("Olga — ACME")
	which.SetSelected("None of these")
	if len(made) != 2 || made[0] != "main:1 olga" || made[1] != "main:1 " {
		t.Errorf("tickets for %q", made)
	}
}

// The headline of a call is who it was, also if several customers have the number.
func TestHeadlineOfCall(t *testing.T) {
	test.NewTempApp(t)
	several := protocol.Caller{
		Status: protocol.Several, Customers: []protocol.Customer{{Name: "Ivan"}, {Company: "ACME"}},
	}
	for want, c := range map[string]protocol.Call{
		"Ivan, ACME":      {Number: "1", Name: "X", Caller: several},
		"X":               {Number: "1", Name: "X"},
		"1":               {Number: "1"},
		"Number withheld": {Caller: protocol.Caller{Status: protocol.Withheld}},
	} {
		r := newCallRow(uitest.English(t))
		r.show(c, time.Now(), card.Look{}, "")
		if r.who.Text != want {
			t.Errorf("%+v: %q, want %q", c, r.who.Text, want)
		}
	}
}

// Only a call that came here is missed; an outgoing one was not answered. What was not seen is
// neither.
func TestCallState(t *testing.T) {
	began := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for want, c := range map[string]protocol.Call{
		"missed":    {Direction: protocol.Incoming, Missed: true},
		"no answer": {Direction: protocol.Outgoing},
		"ended":     {Direction: protocol.Internal}, // her mailbox, for one
		"0:30":      {Direction: protocol.Outgoing, Answered: began, Ended: began.Add(30 * time.Second)},
		"≥ 0:20": {
			Direction: protocol.Incoming, Answered: began, Ended: began.Add(20 * time.Second), EndUnseen: true,
		},
		"≥ 0:10": {
			Direction: protocol.Incoming, Answered: began, Ended: began.Add(10 * time.Second), AnswerUnseen: true,
		},
		"duration unknown": { // the hub ended right after the answer
			Direction: protocol.Incoming, Answered: began, Ended: began.Add(time.Millisecond), EndUnseen: true,
		},
		"outcome unknown": {Direction: protocol.Outgoing, Ended: began, EndUnseen: true},
	} {
		c.State = protocol.Ended
		if got := callState(uitest.English(t), c); got != want {
			t.Errorf("%s, answered %v: %q, want %q", c.Direction, c.Answered, got, want)
		}
	}
}

// The note of the selected call is kept at every key, added by Enter if the call has a ticket, and
// bounded. A refresh in between neither moves the cursor nor takes the focus.
func TestNoteInCalls(t *testing.T) {
	test.NewTempApp(t)
	var did []string
	notes := map[string]Noted{
		"main:1": {Note: model.Note{Max: 30}, Ticket: model.Made}, "main:2": {Note: model.Note{Max: 30, Text: "Old"}},
	}
	list := CallList{
		Calls: []protocol.Call{{ID: "main:1", Number: "1"}, {ID: "main:2", Number: "2"}, {ID: "main:3", Number: "3"}},
		Live:  map[string]bool{"main:1": true, "main:2": true}, Noted: notes,
	}
	var c *Calls
	c = NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Older: func() {}, Ticket: func(string, string) {}, Open: func(string) {},
		Caller: func(string) {}, Copy: func(string) {}, Close: func() {},
		Note: func(call, text string) {
			did = append(did, call+" keeps "+text)
			n := notes[call]
			n.Text = text
			notes[call] = n
			c.Show(list)
		},
		AddNote: func(call string) { did = append(did, call+" adds") },
	}, func(time.Duration, func()) {})
	c.Show(list)
	w := test.NewTempWindow(t, c.Content())
	w.Resize(fyne.NewSize(700, 560))
	want := func(steps ...string) {
		t.Helper()
		if fmt.Sprint(did) != fmt.Sprint(steps) {
			t.Errorf("did %q, want %q", did, steps)
		}
		did = nil
	}
	if c.noting.Visible() {
		t.Error("a field without a call")
	}
	c.list.Select(0)
	w.Canvas().Focus(c.note.entry)
	typed := func(text string) {
		for _, r := range text {
			w.Canvas().Focused().TypedRune(r)
		}
	}
	typed("ac")
	c.note.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	typed("b")
	want("main:1 keeps a", "main:1 keeps ac", "main:1 keeps abc")
	if w.Canvas().Focused() != c.note.entry || c.note.entry.CursorColumn != 2 {
		t.Errorf("the focus is at %T, the cursor at %d", w.Canvas().Focused(), c.note.entry.CursorColumn)
	}
	c.note.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	want("main:1 adds")

	c.note.entry.SetText(strings.Repeat("x", 32))
	did = nil
	if got := c.note.below.Text(); got != "2 characters too long" || !c.add.Disabled() {
		t.Errorf("too long: %q, add disabled %t", got, c.add.Disabled())
	}
	c.note.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	want()

	c.list.Select(1)
	if c.note.entry.Text != "Old" || c.add.Visible() || c.note.below.Text() != "Goes into the ticket with OK" {
		t.Errorf("another call: %q, %q, add %t", c.note.entry.Text, c.note.below.Text(), c.add.Visible())
	}
	c.note.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	want() // Enter does not make a ticket
	c.list.Select(2)
	if c.noting.Visible() {
		t.Error("a field for a call that takes no note")
	}
}

// The agent asks why a call had no popup, and reads the answer below the call's actions.
func TestWhyInCalls(t *testing.T) {
	test.NewTempApp(t)
	asked := ""
	c := NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Older: func() {}, Why: func(call string) { asked = call }, Close: func() {},
	}, func(time.Duration, func()) {})
	list := CallList{Calls: []protocol.Call{
		{ID: "main:1", Number: "1", Direction: protocol.Incoming},
		{ID: "main:2", Number: "2", Direction: protocol.Outgoing},
	}}
	window := test.NewTempWindow(t, c.Content())
	c.Show(list)
	c.list.Select(1)
	if c.asking.Visible() {
		t.Error("offered for a call that the agent placed")
	}
	c.list.Select(0)
	uitest.Press(t, window.Content(), c.texts.Say("calls.why"))
	if asked != "main:1" || !c.asking.Visible() {
		t.Errorf("asked about %q", asked)
	}
	list.Why = map[string]string{"main:1": "Do not disturb was on."}
	c.Show(list)
	if got := strings.Join(uitest.Labels(window.Content()), "|"); !strings.Contains(got, "Do not disturb was on.") {
		t.Errorf("the window says %s", got)
	}
}

// A call that the agent may listen to opens the page with its recordings.
func TestListenInCalls(t *testing.T) {
	test.NewTempApp(t)
	opened := ""
	c := NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Older: func() {}, Open: func(address string) { opened = address }, Close: func() {},
	}, func(time.Duration, func()) {})
	window := test.NewTempWindow(t, c.Content())
	c.Show(CallList{Calls: []protocol.Call{
		{ID: "main:1", State: protocol.Ended, Recordings: "https://hub/calls/main:1#recordings"},
		{ID: "main:2", State: protocol.Ended},
	}})
	c.list.Select(1)
	for _, o := range c.bar.Objects {
		if b, ok := o.(*widget.Button); ok && b.Text == c.texts.Say("calls.listen") {
			t.Error("offered for a call that the agent may not listen to")
		}
	}
	c.list.Select(0)
	uitest.Press(t, window.Content(), c.texts.Say("calls.listen"))
	if opened != "https://hub/calls/main:1#recordings" {
		t.Errorf("it opens %q", opened)
	}
}

// A missed call may be claimed unless another agent has it.
func TestFollowUpOfAMissedCall(t *testing.T) {
	test.NewTempApp(t)
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var did []string
	c := NewCalls(uitest.English(t), CallsActions{
		Ask: func(string, bool) {}, Caller: func(string) {}, Copy: func(string) {}, Close: func() {},
		Follow: func(action, call string) { did = append(did, action+" "+call) },
	}, func(time.Duration, func()) {})
	test.NewTempWindow(t, c.Content())
	for _, f := range []struct {
		follow *protocol.FollowUp
		row    string // about the follow-up
		offers string
		red    bool
	}{
		{nil, "", "", true}, // of an older hub
		{&protocol.FollowUp{State: protocol.FollowUpOpen}, "", "I’ll call back, Done", true},
		{
			&protocol.FollowUp{State: protocol.FollowUpClaimed, By: "Anna", Login: "anna", At: at},
			"Anna is calling back", "Not me, Done", false,
		},
		{
			&protocol.FollowUp{State: protocol.FollowUpClaimed, By: "Boris", Login: "boris", At: at},
			"Boris is calling back", "", false,
		},
		{&protocol.FollowUp{State: protocol.FollowUpClaimed, By: "root", At: at}, "root is calling back", "", false},
		{
			&protocol.FollowUp{State: protocol.FollowUpDone, By: "Anna", Login: "anna", At: at}, "done by Anna, ", "",
			false,
		},
	} {
		call := protocol.Call{
			ID: "main:1", Number: "1", State: protocol.Ended, Missed: true, Direction: protocol.Incoming,
			FollowUp: f.follow,
		}
		c.Show(CallList{Calls: []protocol.Call{call}, Login: "anna"})
		c.list.Select(0)
		r := newCallRow(c.texts)
		r.show(call, at, card.Look{}, "")
		if (r.state.Importance == widget.DangerImportance) != f.red || !strings.Contains(r.about.Text, f.row) {
			t.Errorf("%+v: row %q, red %t", f.follow, r.about.Text, r.state.Importance == widget.DangerImportance)
		}
		var offered []string
		for _, o := range c.bar.Objects {
			b, ok := o.(*widget.Button)
			if ok && b.Text != c.texts.Say("calls.caller") && b.Text != c.texts.Say("calls.copy") {
				offered = append(offered, b.Text)
				test.Tap(b)
			}
		}
		if got := strings.Join(offered, ", "); got != f.offers {
			t.Errorf("%+v: offers %q, want %q", f.follow, got, f.offers)
		}
	}
	want := "missed.claim main:1, missed.done main:1, missed.release main:1, missed.done main:1"
	if got := strings.Join(did, ", "); got != want {
		t.Errorf("did %q, want %q", got, want)
	}
}
