// Package duty has what the agent does: the mode, the state with its clock, what the agent may change
// to, and the task. The hub owns the state; this is the desktop's copy. It belongs to the shell's
// goroutine.
package duty

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/desktop/ui/task"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"
)

// Session sends requests to the hub. done gets the answer, or why there is none.
type Session interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
}

// Duty is what the agent does. Its fields are set once; the rest follows from messages.
type Duty struct {
	Session  Session
	Texts    *translations.Texts
	Post     func(func())                   // runs a function on the shell's goroutine
	Warn     func(name, title, text string) // shows a card
	Drop     func(names ...string)          // removes it
	Changed  func()                         // what is shown has changed, such as by a minute that has passed
	OpenTask func()                         // opens the window for tasks
	Now      func() time.Time

	work  *protocol.Work // nil: the hub has no agent states
	ahead time.Duration  // of the hub's clock, before this computer's
	clock *time.Timer
}

// The cards.
const (
	endingCard = "pause.ending"
	overCard   = "pause.over:"
	failedCard = "duty"
)

// Take takes a message of the hub. It reports whether nothing else in it is for others.
func (d *Duty) Take(m protocol.Message) bool {
	switch {
	case m.Type == protocol.Event && m.Name == protocol.SessionOpened:
		var opened protocol.OpenedSession
		if m.Re != "" && m.Decode(&opened) == nil { // again during a session, it has no work
			d.open(opened.Work)
		}
		return false
	case m.Type == protocol.Event && m.Name == protocol.WorkEvent:
		var work protocol.Work
		if m.Decode(&work) == nil {
			d.open(&work)
		}
	case m.Type == protocol.Event && m.Name == protocol.AgentEvent:
		var now protocol.AgentNow
		if m.Decode(&now) == nil && d.work != nil {
			d.work.Me = now
			d.came()
		}
	case m.Type == protocol.Warning && (m.Name == protocol.PauseEnding || m.Name == protocol.PauseOver):
		var w protocol.PauseWarning
		if m.Decode(&w) == nil {
			d.warn(m.Name, w)
		}
	default:
		return false
	}
	return true
}

// open takes what there is to choose from; an agent without a mode to choose has no states.
func (d *Duty) open(work *protocol.Work) {
	if d.work = work; work != nil && work.Me.State == protocol.AgentOff && len(work.Me.Modes) == 0 {
		d.work = nil
	}
	d.came()
}

// came shows a new state.
func (d *Duty) came() {
	if d.work != nil {
		d.ahead = d.work.Me.At.Sub(d.Now())
		if d.work.Me.State != protocol.AgentPause {
			d.Drop(endingCard)
		}
	}
	d.Changed()
	d.tick()
}

// tick shows each minute that passes.
func (d *Duty) tick() {
	if d.clock != nil {
		d.clock.Stop()
		d.clock = nil
	}
	if d.work == nil || d.work.Me.State == protocol.AgentOff {
		return
	}
	d.clock = time.AfterFunc(time.Minute-d.lasted()%time.Minute, func() {
		d.Post(func() {
			d.Changed()
			d.tick()
		})
	})
}

// lasted is how long the agent has been in the state, by the hub's clock.
func (d *Duty) lasted() time.Duration {
	return max(d.Now().Add(d.ahead).Sub(d.work.Me.Since), 0)
}

func (d *Duty) warn(name string, w protocol.PauseWarning) {
	until := w.Until.Add(-d.ahead).Local().Format("15:04")
	of := map[string]any{"Name": w.Name, "Reason": d.pauseCalled(w.Reason), "Until": until}
	switch {
	case name == protocol.PauseEnding:
		d.Warn(endingCard, "notice.pause_ending", d.Texts.SayWith("notice.pause_ending_why", of))
	case d.work != nil && w.Login == d.work.Me.Login:
		d.Warn(overCard+w.Login, "notice.pause_over", d.Texts.SayWith("notice.pause_over_why", of))
	default:
		d.Warn(overCard+w.Login, "notice.pause_over_of", d.Texts.SayWith("notice.pause_over_of_why", of))
	}
}

// pauseCalled is the name of a pause, or the word for one without a reason.
func (d *Duty) pauseCalled(name string) string {
	return cmp.Or(name, wording.AgentState(d.Texts, protocol.AgentPause))
}

// pause is a pause in words: "Pause: Lunch".
func (d *Duty) pause(code string) string {
	text := wording.AgentState(d.Texts, protocol.AgentPause)
	i := slices.IndexFunc(d.work.Pauses, func(p protocol.PauseReason) bool { return p.Code == code })
	switch {
	case code == "":
		return text
	case i >= 0:
		code = d.work.Pauses[i].Name
	}
	return text + ": " + code
}

// state is the state in words.
func (d *Duty) state() string {
	me := d.work.Me
	switch {
	case me.State == protocol.AgentPause && me.Mode == protocol.ModeOutgoing && me.Reason == "":
		return wording.Mode(d.Texts, protocol.ModeOutgoing)
	case me.State == protocol.AgentPause:
		return d.pause(me.Reason)
	case me.State == protocol.AgentTask && me.Task != nil:
		return wording.AgentState(d.Texts, protocol.AgentTask) + ": " + strings.Trim(
			called(d.work.Projects, me.Task.Project)+" · "+called(d.work.Kinds, me.Task.Kind), " ·")
	}
	return wording.AgentState(d.Texts, me.State)
}

func called(list []protocol.Choice, code string) string {
	for _, c := range list {
		if c.Code == code {
			return c.Name
		}
	}
	return code
}

// title is the state with the time so far, and its end if it has one.
func (d *Duty) title() string {
	me := d.work.Me
	if me.State == protocol.AgentOff {
		return d.state()
	}
	of := map[string]any{"State": d.state(), "For": wording.Minutes(d.Texts, d.lasted())}
	if me.Until.IsZero() {
		return d.Texts.SayWith("duty.for", of)
	}
	of["Until"] = me.Until.Add(-d.ahead).Local().Format("15:04")
	return d.Texts.SayWith("duty.for_until", of)
}

// Menu is what the tray shows; nil: the hub has no agent states.
func (d *Duty) Menu() *ui.Submenu {
	if d.work == nil {
		return nil
	}
	me, menu := d.work.Me, &ui.Submenu{Title: d.title()}
	add := func(title string, checked bool, do func()) {
		menu.Items = append(menu.Items, ui.SubmenuItem{Title: title, Checked: checked, Do: func() { d.Post(do) }})
	}
	set := func(want protocol.SetAgent) func() { return func() { d.set(want) } }
	if me.State == protocol.AgentOff {
		for _, mode := range me.Modes {
			add(d.Texts.SayWith("duty.begin", map[string]any{"Mode": wording.Mode(d.Texts, mode)}), false,
				set(protocol.SetAgent{Mode: mode}))
		}
		return menu
	}
	after := me.Next != ""
	choice := func(text string, is bool, want protocol.SetAgent) {
		if after {
			text = d.Texts.SayWith("duty.after", map[string]any{"State": text})
		}
		add(text, is, set(want))
	}
	for _, state := range me.States {
		switch {
		case state == protocol.AgentOff: // last
		case state == protocol.AgentPause && len(d.work.Pauses) > 0:
			if me.Mode == protocol.ModeOutgoing {
				choice(wording.Mode(d.Texts, protocol.ModeOutgoing), me.Next == state && me.NextReason == "" ||
					me.State == state && me.Reason == "", protocol.SetAgent{State: state})
			}
			for _, p := range d.work.Pauses {
				choice(d.pause(p.Code), me.Next == state && me.NextReason == p.Code ||
					me.State == state && me.Reason == p.Code, protocol.SetAgent{State: state, Reason: p.Code})
			}
		default:
			choice(wording.AgentState(d.Texts, state), me.Next == state, protocol.SetAgent{State: state})
		}
	}
	if me.Mode == protocol.ModeOffline {
		add(d.Texts.Say("duty.task"), false, d.OpenTask)
	}
	for _, mode := range me.Modes {
		add(d.Texts.SayWith("duty.to_mode", map[string]any{"Mode": wording.Mode(d.Texts, mode)}), false,
			set(protocol.SetAgent{Mode: mode}))
	}
	if slices.Contains(me.States, protocol.AgentOff) {
		add(d.Texts.Say("duty.end"), false, set(protocol.SetAgent{State: protocol.AgentOff}))
	}
	return menu
}

// set asks the hub for another state.
func (d *Duty) set(want protocol.SetAgent) {
	d.Session.Request(protocol.AgentSet, want, func(_ protocol.Message, failure string) {
		if failure != "" {
			d.Warn(failedCard, "notice.duty_failed", failure)
			return
		}
		if want.Mode == protocol.ModeOffline {
			d.OpenTask()
		}
	})
}

// Task is what the window for tasks shows; ok is false if the hub has no agent states.
func (d *Duty) Task() (in task.Content, ok bool) {
	if d.work == nil {
		return in, false
	}
	in = task.Content{
		State: d.title(), Projects: d.work.Projects, Kinds: d.work.Kinds, May: d.work.Me.State == protocol.AgentIdle,
	}
	if t := d.work.Me.Task; t != nil {
		in.Running, in.Project, in.Kind = true, t.Project, t.Kind
	}
	return in, true
}
