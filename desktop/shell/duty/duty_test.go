package duty_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/desktop/shell/duty"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// desk is a desktop with a hub that answers at once.
type desk struct {
	t *testing.T
	*duty.Duty
	sent    []any
	failure string
	cards   []string
	changes int
	opened  int
	posted  chan func()
}

func (d *desk) Request(_ string, data any, done func(protocol.Message, string)) {
	d.sent = append(d.sent, data)
	done(protocol.Message{}, d.failure)
}

// sleep does meanwhile what is posted.
func (d *desk) sleep(span time.Duration) {
	for end := time.After(span); ; {
		select {
		case f := <-d.posted:
			f()
		case <-end:
			return
		}
	}
}

// newDesk has a hub whose clock is an hour ahead.
func newDesk(t *testing.T) *desk {
	d := &desk{t: t, posted: make(chan func(), 100)}
	d.Duty = &duty.Duty{
		Session: d, Texts: uitest.English(t), Post: func(f func()) { d.posted <- f }, Now: time.Now,
		Warn:    func(name, _, text string) { d.cards = append(d.cards, name+": "+text) },
		Drop:    func(names ...string) { d.cards = append(d.cards, "-"+strings.Join(names, " ")) },
		Changed: func() { d.changes++ }, OpenTask: func() { d.opened++ },
	}
	return d
}

func (d *desk) take(kind protocol.Type, name, re string, data any) bool {
	d.t.Helper()
	m, err := protocol.New(kind, name, data)
	if err != nil {
		d.t.Fatal(err)
	}
	m.Re = re
	return d.Take(m)
}

const ahead = time.Hour

func (d *desk) now(me protocol.AgentNow) protocol.AgentNow {
	me.Login, me.Name, me.At = "anna", "Anna", time.Now().Add(ahead)
	return me
}

func (d *desk) signIn(me protocol.AgentNow) {
	if d.take(protocol.Event, protocol.SessionOpened, "1", protocol.OpenedSession{Work: &protocol.Work{
		Me: d.now(me),
		Pauses: []protocol.PauseReason{
			{
				Choice: protocol.Choice{Code: "lunch", Name: "Lunch"},
			}, {Choice: protocol.Choice{Code: "talk", Name: "Talk"}},
		},
		Projects: []protocol.Choice{
			{Code: "1200", Name: "Acme"},
		}, Kinds: []protocol.Choice{{Code: "mail", Name: "Letters"}},
	}}) {
		d.t.Error("the snapshot is only for the agent's state")
	}
}

func (d *desk) menu() (list []string) {
	m := d.Menu()
	if m == nil {
		return nil
	}
	list = append(list, m.Title)
	for _, item := range m.Items {
		title := item.Title
		if item.Checked {
			title += " ✓"
		}
		list = append(list, title)
	}
	return list
}

// settle does what is posted.
func (d *desk) settle() {
	for len(d.posted) > 0 {
		(<-d.posted)()
	}
}

func (d *desk) press(title string) {
	d.t.Helper()
	for _, item := range d.Menu().Items {
		if item.Title == title {
			item.Do()
			d.settle()
			return
		}
	}
	d.t.Fatalf("no entry %q in %q", title, d.menu())
}

func (d *desk) is(want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.menu()); diff != "" {
		d.t.Error(diff)
	}
}

func TestMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.is()
		if d.take(protocol.Event, protocol.SessionOpened, "1", protocol.OpenedSession{}); d.Menu() != nil {
			t.Error("a hub without agent states")
		}
		d.signIn(protocol.AgentNow{State: protocol.AgentOff, Modes: protocol.Modes()})
		d.is("Not working", "Begin work: Incoming calls", "Begin work: Outgoing calls", "Begin work: Offline")
		d.press("Begin work: Outgoing calls")
		began := time.Now().Add(ahead)
		waiting := protocol.AgentNow{
			Mode: protocol.ModeIncoming, State: protocol.AgentWaiting, Since: began,
			States: []protocol.AgentState{
				protocol.AgentPause,
				protocol.AgentOff,
			}, Modes: []protocol.Mode{protocol.ModeOffline},
		}
		d.take(protocol.Event, protocol.AgentEvent, "", d.now(waiting))
		d.is("Waiting · 0 minutes", "Pause: Lunch", "Pause: Talk", "Mode: Offline", "End work")
		before := d.changes
		d.sleep(time.Hour + 2*time.Minute + time.Second)
		d.is("Waiting · 1 h 2 min", "Pause: Lunch", "Pause: Talk", "Mode: Offline", "End work")
		if n := d.changes - before; n != 62 {
			t.Errorf("shown %d times in 62 minutes", n)
		}
		d.press("Pause: Talk")
		d.press("End work")
		d.failure = "No."
		d.press("Mode: Offline")
		if diff := cmp.Diff([]any{
			protocol.SetAgent{Mode: protocol.ModeOutgoing},
			protocol.SetAgent{State: protocol.AgentPause, Reason: "talk"},
			protocol.SetAgent{State: protocol.AgentOff},
			protocol.SetAgent{Mode: protocol.ModeOffline},
		}, d.sent); diff != "" {
			t.Error(diff)
		}
		if d.opened != 0 || d.cards[len(d.cards)-1] != "duty: No." {
			t.Errorf("the window opened %d times; %q", d.opened, d.cards)
		}
		d.take(protocol.Event, protocol.AgentEvent, "", d.now(protocol.AgentNow{
			Mode: protocol.ModeIncoming, State: protocol.AgentTalking, Since: time.Now().Add(ahead),
			Next: protocol.AgentPause, NextReason: "talk", States: []protocol.AgentState{
				protocol.AgentWaiting,
				protocol.AgentPause,
			},
		}))
		d.is("In a call · 0 minutes", "After the call: Waiting", "After the call: Pause: Lunch",
			"After the call: Pause: Talk ✓")
		d.take(protocol.Event, protocol.AgentEvent, "", d.now(protocol.AgentNow{
			Mode: protocol.ModeOutgoing, State: protocol.AgentPause, Since: time.Now().Add(ahead),
			States: []protocol.AgentState{protocol.AgentPause, protocol.AgentOff},
		}))
		d.is("Outgoing calls · 0 minutes", "Outgoing calls ✓", "Pause: Lunch", "Pause: Talk", "End work")
		d.take(
			protocol.Event,
			protocol.WorkEvent,
			"",
			protocol.Work{Me: d.now(protocol.AgentNow{State: protocol.AgentOff})},
		)
		d.is()
	})
}

func TestTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		if _, ok := d.Task(); ok {
			t.Error("a hub without agent states has tasks")
		}
		d.signIn(protocol.AgentNow{
			Mode: protocol.ModeOffline, State: protocol.AgentIdle, Since: time.Now().Add(ahead),
			States: []protocol.AgentState{protocol.AgentOff},
		})
		d.is("Waiting for a task · 0 minutes", "Task…", "End work")
		d.press("Task…")
		if in, ok := d.Task(); !ok || !in.May || in.Running || d.opened != 1 {
			t.Errorf("%+v, %t, opened %d times", in, ok, d.opened)
		}
		d.take(protocol.Event, protocol.AgentEvent, "", d.now(protocol.AgentNow{
			Mode: protocol.ModeOffline, State: protocol.AgentTask, Since: time.Now().Add(ahead),
			Task: &protocol.Task{Project: "1200", Kind: "mail"},
		}))
		d.is("Task: Acme · Letters · 0 minutes", "Task…")
		if in, _ := d.Task(); in.May || !in.Running || in.Project != "1200" || in.Kind != "mail" {
			t.Errorf("%+v", in)
		}
	})
}

// The agent is warned of the end of the pause, by this computer's clock; so are supervisors.
func TestPauseWarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.signIn(protocol.AgentNow{Mode: protocol.ModeIncoming, State: protocol.AgentPause, Reason: "lunch"})
		ends := time.Now().Add(5 * time.Minute)
		w := protocol.PauseWarning{Login: "anna", Name: "Anna", Reason: "Lunch", Until: ends.Add(ahead)}
		if !d.take(protocol.Warning, protocol.PauseEnding, "", w) {
			t.Error("the warning is for others, too")
		}
		d.take(protocol.Warning, protocol.PauseOver, "", w)
		w.Login, w.Name = "boris", "Boris"
		d.take(protocol.Warning, protocol.PauseOver, "", w)
		at := ends.Local().Format("15:04")
		for _, want := range []string{
			"pause.ending: Lunch: until " + at + ". Then your work ends, and you leave the queues.",
			"pause.over:anna: Lunch: the limit was " + at +
				". You have left the queues: begin work again in the tray's menu.",
			"pause.over:boris: Boris — Lunch: the limit was " + at + ". The agent has left the queues.",
		} {
			if !slices.Contains(d.cards, want) {
				t.Errorf("no card %q in %q", want, d.cards)
			}
		}
		d.take(
			protocol.Event,
			protocol.AgentEvent,
			"",
			d.now(protocol.AgentNow{State: protocol.AgentOff, Modes: protocol.Modes()}),
		)
		if last := d.cards[len(d.cards)-1]; last != "-pause.ending" {
			t.Errorf("the warning stays: %q", last)
		}
		if d.take(protocol.Warning, protocol.TicketQueued, "", protocol.QueuedTicket{}) {
			t.Error("another warning was taken")
		}
	})
}
