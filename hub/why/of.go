package why

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/routing"
	"traybell/hub/timeline"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// Who is the agent of a question. Without a login it is an extension that no agent has.
type Who struct {
	Login      string
	Extensions []string
}

func (w Who) name() string { return cmp.Or(w.Login, strings.Join(w.Extensions, ", ")) }

// Past is what the timeline knows, newest first.
type Past struct {
	Hub, Agent []timeline.Event
	PBXs       map[string][]timeline.Event
}

const (
	soon   = time.Minute     // after a message was sent: a session that ends then has not shown it
	before = 2 * time.Minute // a call that is first seen answered may have rung so long ago

	connecting = 5 * time.Second // that the first connection may take
)

// Of explains what came of a call for an agent.
func Of(t trace.Trace, who Who, past Past) Answer {
	a := Answer{Cause: Unconfirmed, Agent: who.name(), PBX: t.PBX, At: t.At}
	if first, ok := late(t); ok {
		if down, ok := past.pbxAway(t.PBX, first.Add(-before), first); ok {
			a.Cause, a.At, a.About = PBXAway, down.At, down.Text
			return a
		}
	}
	found := false
	for _, s := range t.Steps {
		if who.Login == "" || !slices.Contains(s.Agents, who.Login) {
			continue
		}
		decided, about := a.step(t, s, past)
		if decided {
			return a
		}
		found = found || about
	}
	if !found {
		a.notRouted(t, who)
	}
	return a
}

// late returns when a call was first seen, if that was after its ring.
func late(t trace.Trace) (at time.Time, ok bool) {
	if len(t.Steps) == 0 || t.Steps[0].What != trace.Seen || t.Steps[0].Text == string(protocol.Ringing) {
		return at, false
	}
	return t.Steps[0].At, true
}

// step reads a step of the agent. It reports whether it is the cause for sure, as a later step may
// replace any other, and whether it is about a popup at all.
func (a *Answer) step(t trace.Trace, s trace.Step, past Past) (decided, about bool) {
	switch s.What {
	case trace.Shown:
		a.Cause, a.At, a.After = Shown, s.At, s.After
		switch protocol.ShownAs(s.Text) {
		case protocol.AsNotification:
			a.Cause = Notification
		case protocol.AsOtherMonitor:
			a.Cause, a.About = OtherScreen, strings.Join(s.Words, ", ")
		case protocol.AsBehindLock:
			a.Cause = Locked
		}
	case trace.Closed:
		a.Cause, a.At, a.After = Closed, s.At, s.After
		return true, true
	case trace.Hidden:
		if a.Cause != Shown { // otherwise it is about the answer
			a.hidden(t, s)
			return true, true
		}
	case trace.Away:
		a.away(past, s.At) // who signs in during the call sees it
	case trace.Sent, trace.Snapshot:
		a.sent(t, s.At, past)
	case trace.NotTold:
		a.At = s.At
		a.Cause, a.About = OtherAgents, s.Why
		switch s.Why {
		case string(routing.Untracked):
			a.Cause, a.About = Untracked, called(t)
		case string(routing.RuledOthers):
			a.Cause, a.About = Ruled, s.Text
		}
	default:
		return false, false
	}
	return false, true
}

// sent is the cause if the desktop reports nothing about a call that was sent to it.
func (a *Answer) sent(t trace.Trace, at time.Time, past Past) {
	a.Cause, a.At = Unconfirmed, at
	for _, s := range t.Steps {
		if s.What == trace.Off {
			a.Cause, a.About = KindOff, s.Text
		}
	}
	for _, e := range past.Agent {
		if e.What == timeline.Out && !e.At.Before(at.Add(-time.Second)) && e.At.Before(at.Add(soon)) {
			a.out(e)
		}
	}
}

// hidden reads why a desktop shows no popup.
func (a *Answer) hidden(t trace.Trace, s trace.Step) {
	a.At = s.At
	switch protocol.Hidden(s.Why) {
	case protocol.HiddenQuiet:
		a.Cause = Quiet
	case protocol.HiddenLocked:
		a.Cause, a.About = KindOff, kind(t, s)
	case protocol.HiddenOff:
		a.Cause, a.About = OwnSetting, kind(t, s)
		if slices.ContainsFunc(t.Steps, func(o trace.Step) bool { return o.What == trace.Off && o.Text == a.About }) {
			a.Cause = KindOff
		}
	case protocol.HiddenRule:
		a.Cause = Ruled
		for _, o := range t.Steps {
			if o.What == trace.Rule && slices.Contains(o.Words, "popup: "+protocol.PopupSilent) {
				a.About = o.Text
			}
		}
	case protocol.HiddenInternal:
		a.Cause, a.About = OwnSetting, settingInternal
	default:
		a.Cause, a.About = Unknown, s.Why
	}
}

// kind is the kind of popup that a step is about: of the ring or, after it, of the answer.
func kind(t trace.Trace, of trace.Step) string {
	for _, s := range t.Steps {
		if s.What == trace.State && s.Text == string(protocol.Answered) && !s.At.After(of.At) {
			return settingAnswer
		}
	}
	return settingIncoming
}

// away is why an agent was not signed in.
func (a *Answer) away(past Past, at time.Time) {
	a.Cause, a.At, a.About = SignedOut, time.Time{}, leftNever
	restarted := past.restarted(at)
	for _, e := range past.Agent {
		switch {
		case e.At.After(at):
		case e.What == timeline.Out:
			a.out(e)
			return
		case e.At.Before(restarted): // signed in, and the hub was killed
			a.At, a.About = restarted, leftRestart
			return
		}
	}
}

// out is the end of a session as a cause.
func (a *Answer) out(e timeline.Event) {
	a.At, a.Cause, a.About = e.At, SignedOut, leftLost
	to, moved := protocol.MovedTo(e.Text)
	switch {
	case moved:
		a.Cause, a.About = OtherHub, to
	case e.Code == protocol.CloseSlow:
		a.Cause, a.About = TooSlow, ""
	case e.Code == protocol.CloseReplaced:
		a.About = leftReplaced
	case e.Code == protocol.CloseEnded:
		a.About = leftEnded
	case e.Code == protocol.CloseRestart:
		a.About = leftRestart
	case e.Code == protocol.CloseTimeout:
		a.About = leftSilent
	case e.Code == normalClosure:
		a.About = leftQuit
	}
}

const normalClosure = 1000 // RFC 6455: the desktop has closed the session

// notRouted is why a call was not for the agent at all.
func (a *Answer) notRouted(t trace.Trace, who Who) {
	var rang []string
	blocker, untracked, unknown := "", false, []string(nil)
	for _, s := range t.Steps {
		switch s.What {
		case trace.Legs:
			for _, w := range s.Words {
				if e, _, _ := strings.Cut(w, " "); !slices.Contains(rang, e) {
					rang = append(rang, e)
				}
			}
		case trace.Untracked:
			untracked = true
		case trace.Blocked:
			blocker = strings.Join(s.Words, "")
		case trace.NotTold:
			unknown = append(unknown, s.Words...)
		}
	}
	_, turnedAway := t.Blocked()
	a.Cause, a.Rang = NoRing, strings.Join(rang, ", ")
	switch {
	case turnedAway:
		a.Cause, a.About = Blocked, blocker
	case untracked:
		a.Cause, a.About = Untracked, called(t)
	case who.Login == "" && slices.Contains(rang, who.name()): // an extension without an agent
		a.Cause, a.About = NoAgent, strings.Join(who.Extensions, ", ")
	case len(unknown) > 0: // perhaps a phone of the agent
		a.Cause, a.About = NoAgent, strings.Join(unknown, ", ")
	default:
		a.About = strings.Join(who.Extensions, ", ")
	}
}

// called is the number that was called.
func called(t trace.Trace) string {
	for _, s := range t.Steps {
		if s.What == trace.Untracked {
			return s.Text
		}
	}
	return t.DID
}

// Moment explains a moment without a call for the agent, the most probable cause first.
func Moment(at time.Time, who Who, past Past) (list []Answer) {
	add := func(a Answer) {
		a.Agent = who.name()
		list = append(list, a)
	}
	if down, ok := past.hubAway(at); ok {
		add(Answer{Cause: HubAway, At: down.At})
		return list
	}
	for _, id := range slices.Sorted(maps.Keys(past.PBXs)) {
		if down, ok := past.pbxAway(id, at, at.Add(soon)); ok {
			add(Answer{Cause: PBXAway, PBX: id, At: down.At, About: down.Text})
		} else if missing, ok := past.rights(id, at.Add(soon)); ok {
			add(Answer{Cause: Rights, PBX: id, At: missing.At, About: missing.Text})
		}
	}
	switch {
	case who.Login == "":
		add(Answer{Cause: NoAgent, About: who.name()})
	case !past.signedIn(at.Add(soon)):
		var a Answer
		a.away(past, at.Add(soon))
		add(a)
	}
	if len(list) == 0 {
		add(Answer{Cause: NoRing, About: strings.Join(who.Extensions, ", "), At: at})
	}
	return list
}

// signedIn reports whether the agent had a session.
func (p Past) signedIn(at time.Time) bool {
	restarted := p.restarted(at)
	known := map[string]bool{} // desktops whose last event is read
	for _, e := range p.Agent {
		if e.At.After(at) || e.At.Before(restarted) || known[e.Where] {
			continue
		}
		if known[e.Where] = true; e.What == timeline.In {
			return true
		}
	}
	return false
}

// restarted returns when the hub that ran at a time was started; zero: not known.
func (p Past) restarted(at time.Time) time.Time {
	for _, e := range p.Hub {
		if e.What == timeline.Up && !e.At.After(at) {
			return e.At
		}
	}
	return time.Time{}
}

// hubAway returns the stop of the hub if it did not run for some of the minute.
func (p Past) hubAway(at time.Time) (down timeline.Event, ok bool) {
	for _, e := range p.Hub {
		switch {
		case e.At.After(at.Add(soon)):
		case e.What == timeline.Down:
			return e, true
		case !e.At.After(at):
			return down, false
		}
	}
	return down, false
}

// pbxAway returns since when there was no connection to a PBX for some of the time. The moment in
// which a hub that has just started connects does not count.
func (p Past) pbxAway(id string, from, to time.Time) (down timeline.Event, ok bool) {
	back := to.Add(connecting)
	for _, e := range p.PBXs[id] {
		switch {
		case e.What == timeline.Rights:
			continue
		case e.What == timeline.Working:
			back = e.At
		case !e.At.After(to) && (e.Text != "" || back.Sub(e.At) >= connecting):
			down, ok = e, true
		}
		if e.At.Before(from) {
			break
		}
	}
	return down, ok
}

// rights returns the event that says which rights the manager user lacked.
func (p Past) rights(id string, at time.Time) (missing timeline.Event, ok bool) {
	for _, e := range p.PBXs[id] {
		if e.What == timeline.Rights && !e.At.After(at) {
			return e, e.Text != ""
		}
	}
	return missing, false
}
