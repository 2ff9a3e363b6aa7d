// Package model turns the hub's messages into the cards that one agent's screen should show.
//
// Decode reads a message into an Event; a Terminal applies events. It has no connection, no window
// and no clock (times are arguments), and belongs to one goroutine. Package popup decides where and
// how long a card is shown; Forget drops a card that has left the screen.
//
// Which call makes which card:
//   - my leg rings: Incoming, sticky. I answer: Answer, in the same place.
//   - a call without a leg of mine (a line bound to me): Incoming, not sticky.
//   - another agent answers, or the call ends unanswered: the card says so and fades.
//   - I transfer the call: the card says who has it now and fades.
//   - a call that I place: nothing while it rings, Answer when the other side answers; nothing for
//     an internal call.
//   - an internal call to me: as an outside one, unless HideInternal is set.
//   - a call that another agent has answered before it is sent here: nothing.
package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Terminal is the hub's state as one agent's desktop sees it.
type Terminal struct {
	Notes    Notes
	Queues   Queues
	Revealed Revealed

	settings protocol.Settings
	hub      string
	away     bool
	calls    calls
	controls controls
	warnings warnings
	pbxs     pbxs
}

// New returns a terminal without any message.
func New() *Terminal {
	t := &Terminal{
		calls: newCalls(), Notes: Notes{byCall: map[string]*written{}},
		warnings: warnings{dropped: map[string]time.Time{}}, away: true, controls: controls{},
	}
	t.Revealed = Revealed{}
	t.calls.notes, t.calls.revealed = &t.Notes, t.Revealed
	return t
}

// HideInternal switches cards for calls between extensions on or off.
func (t *Terminal) HideInternal(hide bool) { t.calls.hideInternal = hide }

// WithoutCard are the calls that ring here without a card, and why: a rule of the hub asks for none, or
// see HideInternal.
func (t *Terminal) WithoutCard() map[string]protocol.Hidden {
	list := map[string]protocol.Hidden{}
	for id, c := range t.calls.byID {
		mine, calling := t.calls.mine(c.now)
		switch {
		case mine != protocol.Ringing || calling:
		case t.calls.hideInternal && c.now.Direction == protocol.Internal:
			list[id] = protocol.HiddenInternal
		case c.now.Popup == protocol.PopupSilent:
			list[id] = protocol.HiddenRule
		}
	}
	return list
}

// Agent is the signed-in agent, without a Login before the first sign-in.
func (t *Terminal) Agent() protocol.Agent { return t.calls.agent }

// May reports whether the agent has a right.
func (t *Terminal) May(r protocol.Right) bool { return slices.Contains(t.calls.agent.Rights, r) }

// Settings are the administrator's settings for this desktop.
func (t *Terminal) Settings() protocol.Settings { return t.settings }

// Hub is the hub's version, empty before the first sign-in.
func (t *Terminal) Hub() string { return t.hub }

// PBXs is the state of every PBX, as last sent by the hub.
func (t *Terminal) PBXs() []protocol.PBX { return slices.Clone(t.pbxs) }

// DownPBX is the ID of the first PBX that the hub does not reach; empty if it reaches all.
func (t *Terminal) DownPBX() string { return t.pbxs.down() }

// Call returns a call by its ID, as last sent by the hub.
func (t *Terminal) Call(id string) (protocol.Call, bool) {
	if c, ok := t.calls.byID[id]; ok {
		return c.now, true
	}
	return protocol.Call{}, false
}

// Calls are the hub's current calls of this agent, also those without a card, in no order.
func (t *Terminal) Calls() []protocol.Call {
	out := make([]protocol.Call, 0, len(t.calls.byID))
	for _, c := range t.calls.byID {
		out = append(out, c.now)
	}
	return out
}

// Adopt makes an earlier call known, so that its ticket can be requested. It gets no card.
func (t *Terminal) Adopt(c protocol.Call, now time.Time) {
	if t.calls.byID[c.ID] == nil {
		t.calls.change(c, now)
		t.calls.byID[c.ID].earlier = true
	}
}

// Pressed is the state of the ticket request of a call.
func (t *Terminal) Pressed(id string) Press {
	if c := t.calls.byID[id]; c != nil {
		return c.press
	}
	return Press{}
}

// InCall reports whether this agent talks, and whether a phone of this agent rings.
func (t *Terminal) InCall() (talking, ringing bool) { return t.calls.inCall() }

// Elsewhere reports whether an incoming call was answered in place of this agent, and by whom: a
// name or an extension, empty for a phone outside.
func (t *Terminal) Elsewhere(c protocol.Call) (who string, elsewhere bool) {
	return t.calls.elsewhere(c)
}

// Seen is a call with the other party as this agent sees it: of an internal call placed by this
// agent, the colleague called.
func (t *Terminal) Seen(c protocol.Call) protocol.Call { return t.calls.seen(c) }

// Apply applies an event.
func (t *Terminal) Apply(e Event, now time.Time) {
	t.tidy(now)
	none := protocol.Call{}
	switch e := e.(type) {
	case SessionOpened:
		if !e.Again { // the hub admits terminals
			t.warnings.endMaintenance()
			t.warnings.calmAll()
			t.Queues = Queues{}
		}
		t.open(e.OpenedSession, now)
	case SessionClosed:
		if !e.Code.ComeBack() {
			t.warnings.warn(fmt.Sprint("session:", e.Code), TitleSession, "", e.Reason, none, now)
		}
	case SettingsChanged:
		t.settings = e.Settings
	case CallChanged:
		t.calls.change(e.Call, now)
	case CallMissed:
		switch {
		case e.ID == "":
		case t.calls.hasCard(e.ID):
			t.calls.change(e.Call, now)
		default:
			t.warnings.warn("missed:"+e.ID, TitleMissed, "", cmp.Or(e.Display, e.Number), e.Call, now)
		}
	case CategoryChanged:
		t.calls.categorize(e.Category, now)
	case BlockChanged:
		if e.Partial {
			t.warnings.warn("blocking:"+e.Text, TitlePartial, "", e.Text, none, now)
		}
	case PBXChanged:
		t.pbx(e.PBX, now)
	case QueueChanged:
		t.Queues.set(e.Queue, now)
	case QueueAlarmed:
		t.warnings.alarm(e.QueueAlarm, now)
	case QueueCalmed:
		t.warnings.withdraw(queueAlarm+e.ID, now)
	case PBXWarning:
		was, is, title := "pbx.down:", "pbx.back:", TitlePBXBack
		if e.Down {
			was, is, title = is, was, TitlePBXDown
		}
		t.warnings.withdraw(was+e.ID, now)
		t.warnings.warn(is+e.ID, title, e.ID, e.Text, none, now)
	case TicketCreated:
		t.ticketCreated(e.CreatedTicket, now)
	case NoteAdded:
		t.Notes.added(e)
	case Accepted:
		t.controlAnswered(e.Action, "", "")
	case CallParked:
		t.controlAnswered(e.Action, "", e.Slot)
	case TicketQueued:
		if _, ok := t.Notes.answered(e.Action, NoteQueued, e.Text); ok {
			break
		}
		if !t.calls.queued(e, now) {
			t.warnings.warn("queued:"+cmp.Or(e.Call, e.Action), TitleQueued, "", e.Text, none, now)
		}
	case TextReceived:
		t.warnings.message(e.Text, now)
	case Notice:
		switch {
		case e.Name == protocol.Maintenance:
			t.warnings.announce(TitleMaintain, e.From, e.Text.Text, now)
		case e.Text.Text != "":
			t.warnings.warn(e.Name+":"+e.Text.Text, TitleAttention, e.From, e.Text.Text, none, now)
		}
	case MaintenanceOver:
		t.warnings.announce(TitleMaintained, "", "", now)
	case Failure:
		t.failure(e, now)
	}
}

// open applies a snapshot: calls that it does not contain are over.
func (t *Terminal) open(o protocol.OpenedSession, now time.Time) {
	t.settings, t.hub, t.away, t.Notes.max = o.Settings, o.Hub, false, o.MaxNote
	t.warnings.withdraw("hub", now)
	t.calls.agent = o.Agent
	t.calls.replace(o.Calls, now)
	for _, p := range t.pbxs {
		if !slices.ContainsFunc(o.PBXs, func(q protocol.PBX) bool { return q.ID == p.ID }) {
			t.warnings.withdraw("pbx.down:"+p.ID, now)
		}
	}
	t.pbxs = nil
	for _, p := range o.PBXs {
		t.pbx(p, now)
	}
}

func (t *Terminal) pbx(p protocol.PBX, now time.Time) {
	if !t.pbxs.set(p) {
		return
	}
	switch id := "pbx.down:" + p.ID; {
	case reached(p):
		t.warnings.withdraw(id, now)
	case p.Reason != "" && t.warnings.has(id): // the hub warns first; only the text changes here
		t.warnings.warn(id, TitlePBXDown, p.ID, p.Reason, protocol.Call{}, now)
	}
}

func (t *Terminal) ticketCreated(created protocol.CreatedTicket, now time.Time) {
	ticket := protocol.Ticket{Number: created.Number, URL: created.URL, By: created.By}
	if t.calls.made(created.Call, ticket, now) || !created.Late {
		return
	}
	// The agent waits for it, and the call's card has left the screen.
	t.warnings.warn("ticket:"+created.Call, TitleMade, "", created.Caller, protocol.Call{}, now)
	t.warnings.withdraw("queued:"+created.Call, now)
	t.warnings.press("ticket:"+created.Call, Press{State: Made, Ticket: ticket})
}

func (t *Terminal) failure(f Failure, now time.Time) {
	if t.controlAnswered(f.Action, f.Text, "") {
		return
	}
	if call, ok := t.Notes.answered(f.Action, NoteFailed, f.Text); ok && t.calls.hasCard(call) {
		return
	}
	switch {
	case f.Name == protocol.TicketNote && f.Text != "": // the card has left the screen
		t.warnings.warn("note:"+f.Action, TitleNotNoted, "", caller(f), protocol.Call{}, now)
	case t.calls.refused(f, now), f.Text == "":
	case f.Name == protocol.TicketCreate || f.Name == protocol.TicketAppend: // the card has left the screen
		t.warnings.warn("ticket:"+f.Action, TitleNotMade, "", caller(f), protocol.Call{}, now)
	case f.Action == "": // other actions show their error themselves
		t.warnings.warn("error:"+string(f.Code), TitleError, "", f.Text, protocol.Call{}, now)
	}
}

// caller is the text of a failure that concerns a call, with its caller.
func caller(f Failure) string {
	if f.Caller == "" {
		return f.Text
	}
	return f.Caller + ": " + f.Text
}

// HubAway warns that the connection to the hub is lost, until it is back or the agent closes the
// card; reason is for the agent. Other cards lose Sticky, as what still rings is unknown. It is for
// lasting losses only.
func (t *Terminal) HubAway(reason string, now time.Time) {
	t.tidy(now)
	t.away = true
	t.warnings.warn("hub", TitleHubAway, "", reason, protocol.Call{}, now)
	t.warnings.stick("hub")
}

// Forget removes a card that has left the screen: a warning, or an ended call.
func (t *Terminal) Forget(id string, now time.Time) {
	t.tidy(now)
	t.warnings.forget(id, now)
	t.calls.forget(id)
}

// Cards are the cards for the screen, oldest first.
func (t *Terminal) Cards() []Card {
	out := slices.Clone(t.warnings.cards)
	for _, c := range t.calls.byID {
		if c.card.Kind == "" {
			continue
		}
		card := c.card
		card.Call = t.Revealed.of(card.Call)
		card.MayShow = card.Call.Hidden && t.May(protocol.RightNumbers)
		card.Sticky = card.Sticky && !t.away
		card.Note, card.Control = t.Notes.Of(card.ID), t.controls.of(card.Call)
		out = append(out, card)
	}
	slices.SortFunc(out, func(a, b Card) int {
		return cmp.Or(a.Since.Compare(b.Since), a.Call.Started.Compare(b.Call.Started), strings.Compare(a.ID, b.ID))
	})
	return out
}

// tidy limits the memory.
func (t *Terminal) tidy(now time.Time) {
	t.calls.tidy(now)
	t.controls.tidy(func(call string) bool { return t.calls.byID[call] != nil })
	t.warnings.tidy(now)
}
