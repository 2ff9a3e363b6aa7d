// Package model is what the agent's terminal knows: it takes the hub's messages and says which cards should be on the screen.
//
// It is pure: no connection, no window, no clock of its own (times come as arguments), and belongs to one goroutine. Where and how long a card is
// shown is popup's business; a card that is gone from the screen is forgotten with Forget.
//
// Which call makes which card:
//   - my own leg rings: Incoming, sticky. The same call answered by me: Answer, in the same place.
//   - a call that the hub tells me of without a leg of mine (a line bound to me): Incoming, not sticky.
//   - somebody else answers it: the card says who, and goes. The caller gives up, or the call ends unanswered: the card says so, and goes.
//   - I hand the call on: the card says who has it now, and goes.
//   - a call that I placed myself: nothing while it rings, an Answer card when the outside party answers. Internal calls that I placed: nothing.
//   - an internal call to me: as an outside one, unless the agent has switched that off (HideInternal).
//   - a call that somebody else has already when I hear of it first: nothing.
package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// The translation keys that a warning's Title may be. Each takes Text as its argument.
const (
	TitlePBXDown   = "card.warning.pbx_down"
	TitlePBXBack   = "card.warning.pbx_back"
	TitleHubAway   = "card.warning.hub_away"
	TitleMissed    = "card.warning.missed"
	TitleMessage   = "card.warning.message"
	TitleQueued    = "card.warning.ticket_queued"
	TitleMade      = "card.warning.ticket_made"
	TitleNotMade   = "card.warning.ticket_failed"
	TitleMaintain  = "card.warning.maintenance"
	TitlePartial   = "card.warning.blocking_partial"
	TitleSession   = "card.warning.session"
	TitleError     = "card.warning.error"
	TitleAttention = "card.warning.attention"
)

const (
	keepEnded   = 5 * time.Minute  // a card that nobody has said to be gone
	again       = 30 * time.Second // a warning that comes back sooner is not new
	maxWarnings = 20
	maxCalls    = 500 // known at once, and maxPBXs so: many times what one agent meets
	maxPBXs     = 100
)

// Screen is everything the terminal knows of the hub's state.
type Screen struct {
	// HideInternal switches off cards for calls between extensions.
	HideInternal bool

	agent    protocol.Agent
	settings protocol.Settings
	hub      string
	away     bool
	pbxs     []protocol.PBX
	calls    map[string]*call
	warnings []Card
	past     map[string]time.Time // when a warning went away
	messages int
}

// call is what is remembered of a call beside what the hub says of it: what this agent has seen of it.
type call struct {
	now      protocol.Call
	rang     bool // a card for it was up while it rang
	answered bool // this agent talked
	by       string
	press    Press
	customer string
	card     Card // the last one; Kind is empty while there is none
}

// New returns a screen that knows nothing yet.
func New() *Screen {
	return &Screen{calls: map[string]*call{}, past: map[string]time.Time{}, away: true}
}

// Agent is who is signed in; without a Login nobody is.
func (s *Screen) Agent() protocol.Agent { return s.agent }

// Settings are the administrator's settings for this desktop.
func (s *Screen) Settings() protocol.Settings { return s.settings }

// Hub is the hub's version.
func (s *Screen) Hub() string { return s.hub }

// PBXs is the state of every PBX, as the hub last said.
func (s *Screen) PBXs() []protocol.PBX { return slices.Clone(s.pbxs) }

// Call returns a call by its ID, as the hub last said.
func (s *Screen) Call(id string) (protocol.Call, bool) {
	c, ok := s.calls[id]
	if !ok {
		return protocol.Call{}, false
	}
	return c.now, true
}

// InCall tells whether this agent talks, and whether a phone of this agent rings: what the tray's icon shows.
func (s *Screen) InCall() (talking, ringing bool) {
	for _, c := range s.calls {
		switch mine, _ := s.mine(c.now); mine {
		case protocol.Answered, protocol.Held:
			talking = true
		case protocol.Ringing:
			ringing = true
		}
	}
	return talking, ringing
}

// Apply takes a message of the hub. It tells whether the cards may have changed. Names that it does not know change nothing; data that it
// cannot read is an error, and changes nothing either.
func (s *Screen) Apply(m protocol.Message, now time.Time) (changed bool, err error) {
	s.tidy(now)
	switch m.Type {
	case protocol.Event:
		return s.event(m, now)
	case protocol.Notification:
		return s.notification(m, now)
	case protocol.Warning:
		return s.warning(m, now)
	case protocol.Error:
		return s.failure(m, now)
	}
	return false, nil
}

func (s *Screen) event(m protocol.Message, now time.Time) (bool, error) {
	switch m.Name {
	case protocol.SessionOpened:
		return decode(m, func(o protocol.OpenedSession) { s.open(o, now) })
	case protocol.CallEvent:
		return decode(m, func(c protocol.Call) { s.call(c, now) })
	case protocol.PBXEvent:
		return decode(m, func(p protocol.PBX) { s.pbx(p, now) })
	case protocol.SettingsEvent:
		return decode(m, func(v protocol.Settings) { s.settings = v })
	case protocol.CategoryEvent:
		return decode(m, func(c protocol.Category) {
			for _, known := range s.calls {
				if c.Number != "" && (c.Number == known.now.E164 || c.Number == known.now.Number || c.Number == known.now.Caller.Category.Number) {
					known.now.Caller.Category = c
					s.look(known, now)
				}
			}
		})
	case protocol.SessionClosed:
		return decode(m, func(c protocol.ClosedSession) {
			if !c.Code.ComeBack() {
				s.warn(fmt.Sprint("session:", c.Code), TitleSession, "", c.Reason, protocol.Call{}, now)
			}
		})
	}
	return false, nil
}

func (s *Screen) notification(m protocol.Message, now time.Time) (bool, error) {
	switch m.Name {
	case protocol.TicketCreated:
		return decode(m, func(t protocol.CreatedTicket) {
			if c := s.calls[t.Call]; c != nil {
				c.now.Ticket = &protocol.Ticket{Number: t.Number, URL: t.URL, By: t.By}
				s.look(c, now)
				if c.card.Kind != "" {
					return // its card says it
				}
			}
			if t.Late { // the agent waits for it, and its card is gone
				s.warn("ticket:"+t.Call, TitleMade, "", t.Caller, protocol.Call{}, now)
				s.unwarn("queued:"+t.Call, now)
				for i := range s.warnings {
					if s.warnings[i].ID == "warning:ticket:"+t.Call {
						s.warnings[i].Press = Press{State: Made, Ticket: protocol.Ticket{Number: t.Number, URL: t.URL, By: t.By}}
					}
				}
			}
		})
	case protocol.TextMessage:
		return decode(m, func(t protocol.Text) {
			s.messages++
			s.warn(fmt.Sprintf("message:%d", s.messages), TitleMessage, t.From, t.Text, protocol.Call{}, now)
		})
	}
	return false, nil
}

// told is what a warning may carry: a sentence, a PBX, a call.
type told struct {
	protocol.Text
	protocol.PBX
	Call json.RawMessage `json:"call"` // a call, or only its ID
}

func (s *Screen) warning(m protocol.Message, now time.Time) (bool, error) {
	return decode(m, func(t told) {
		text := t.Text.Text
		switch m.Name {
		case protocol.PBXDown:
			reason := t.Reason
			if reason == "" {
				reason = text
			}
			s.unwarn("pbx.back:"+t.ID, now)
			s.warn("pbx.down:"+t.ID, TitlePBXDown, t.ID, reason, protocol.Call{}, now)
		case protocol.PBXBack:
			s.unwarn("pbx.down:"+t.ID, now)
			s.warn("pbx.back:"+t.ID, TitlePBXBack, t.ID, text, protocol.Call{}, now)
		case protocol.CallMissed:
			var missed protocol.Call
			if json.Unmarshal(t.Call, &missed) != nil || missed.ID == "" {
				return
			}
			if c := s.calls[missed.ID]; c != nil && c.card.Kind != "" {
				s.call(missed, now) // its card says it
				return
			}
			s.warn("missed:"+missed.ID, TitleMissed, "", cmp.Or(missed.Display, missed.Number), missed, now)
		case protocol.TicketQueued:
			if c := s.pressed(m.Re, t.Call); c != nil {
				if c.press.State == Made {
					return // the ticket overtook this
				}
				c.press.State, c.press.Reason = Queued, text
				s.look(c, now)
				if c.card.Kind != "" {
					return // its card says it
				}
			}
			id := m.Re
			_ = json.Unmarshal(t.Call, &id) // the call's, where the hub names it
			s.warn("queued:"+id, TitleQueued, "", text, protocol.Call{}, now)
		case protocol.Maintenance:
			s.warn("maintenance", TitleMaintain, t.From, text, protocol.Call{}, now)
		case protocol.BlockingPartial:
			s.warn("blocking:"+text, TitlePartial, t.From, text, protocol.Call{}, now)
		default:
			if text != "" {
				s.warn(m.Name+":"+text, TitleAttention, t.From, text, protocol.Call{}, now)
			}
		}
	})
}

func (s *Screen) failure(m protocol.Message, now time.Time) (bool, error) {
	return decode(m, func(f protocol.Failure) {
		if c := s.pressed(m.Re, nil); c != nil {
			c.press.State, c.press.Reason, c.press.Retry = Failed, f.Text, f.Retry
			s.look(c, now)
			if c.card.Kind != "" {
				return
			}
		}
		if (m.Name == protocol.TicketCreate || m.Name == protocol.TicketAppend) && f.Text != "" { // its card is gone
			s.warn("ticket:"+m.Re, TitleNotMade, "", f.Text, protocol.Call{}, now)
			return
		}
		if m.Re == "" && f.Text != "" { // what answers another action is told where that action was made
			s.warn("error:"+string(f.Code), TitleError, "", f.Text, protocol.Call{}, now)
		}
	})
}

// pressed finds the call whose ticket was asked for by the action re, or the call itself.
func (s *Screen) pressed(re string, id json.RawMessage) *call {
	for _, c := range s.calls {
		if re != "" && c.press.Action == re && (c.press.State == Pressed || c.press.State == Queued) {
			return c
		}
	}
	var name string
	if json.Unmarshal(id, &name) == nil {
		return s.calls[name]
	}
	return nil
}

// open takes a snapshot: what is not in it is over.
func (s *Screen) open(o protocol.OpenedSession, now time.Time) {
	s.agent, s.settings, s.hub, s.away = o.Agent, o.Settings, o.Hub, false
	s.unwarn("hub", now)
	old := s.calls
	s.calls = map[string]*call{}
	for _, c := range o.Calls {
		if known := old[c.ID]; known != nil {
			s.calls[c.ID] = known
		}
		s.call(c, now)
	}
	for id, c := range old {
		// A press that was not answered yet is not forgotten: it is sent again and its ticket still has to be read.
		if _, ok := s.calls[id]; !ok && c.press.State == Pressed {
			c.now.State, c.now.Ended, c.now.Legs = protocol.Ended, now, nil
			s.calls[id] = c
			s.look(c, now)
		}
	}
	for _, p := range s.pbxs {
		if !slices.ContainsFunc(o.PBXs, func(q protocol.PBX) bool { return q.ID == p.ID }) {
			s.unwarn("pbx.down:"+p.ID, now)
		}
	}
	s.pbxs = nil
	for _, p := range o.PBXs {
		s.pbx(p, now)
	}
}

// HubAway says that the connection to the hub is lost; reason is for people. What rings is unknown from now on: cards stay only as long as
// their delays say. The owner calls it when the loss lasts, not for a moment's gap.
func (s *Screen) HubAway(reason string, now time.Time) {
	s.tidy(now)
	s.away = true
	s.warn("hub", TitleHubAway, "", reason, protocol.Call{}, now)
}

func (s *Screen) pbx(p protocol.PBX, now time.Time) {
	i := slices.IndexFunc(s.pbxs, func(q protocol.PBX) bool { return q.ID == p.ID })
	if i < 0 {
		if len(s.pbxs) >= maxPBXs {
			return
		}
		s.pbxs = append(s.pbxs, p)
	} else {
		s.pbxs[i] = p
	}
	switch {
	case p.State == protocol.PBXWorking, p.State == protocol.PBXStopped && p.Reason == "": // the latter is left alone at somebody's wish
		s.unwarn("pbx.down:"+p.ID, now)
	case p.Reason != "": // the hub warns when it is more than a moment's; the words may change
		if slices.ContainsFunc(s.warnings, func(c Card) bool { return c.ID == "warning:pbx.down:"+p.ID }) {
			s.warn("pbx.down:"+p.ID, TitlePBXDown, p.ID, p.Reason, protocol.Call{}, now)
		}
	}
}

// warn shows a warning, once: the same again only changes its words, and one that went away a moment ago is not new.
func (s *Screen) warn(id, title, from, text string, about protocol.Call, now time.Time) {
	id = "warning:" + id
	for i := range s.warnings {
		if s.warnings[i].ID == id {
			if text != "" {
				s.warnings[i].Text = text
			}
			return
		}
	}
	if gone, ok := s.past[id]; ok && now.Sub(gone) < again {
		return
	}
	s.warnings = append(s.warnings, Card{ID: id, Kind: Warn, Title: title, From: from, Text: text, Call: about, Since: now})
	if len(s.warnings) > maxWarnings {
		s.warnings = slices.Delete(s.warnings, 0, 1)
	}
}

// unwarn takes a warning back: what it warned of is over.
func (s *Screen) unwarn(id string, now time.Time) {
	id = "warning:" + id
	n := len(s.warnings)
	s.warnings = slices.DeleteFunc(s.warnings, func(c Card) bool { return c.ID == id })
	if len(s.warnings) < n {
		s.past[id] = now
	}
}

// mine is the state of this agent's part in a call: of several extensions the one that matters most. Empty without a leg.
func (s *Screen) mine(c protocol.Call) (state protocol.State, calling bool) {
	rank := map[protocol.State]int{protocol.Ended: 1, protocol.Ringing: 2, protocol.Held: 3, protocol.Answered: 4}
	for _, leg := range c.Legs {
		if s.own(leg.Extension) && rank[leg.State] > rank[state] {
			state, calling = leg.State, leg.Calling
		}
	}
	return state, calling
}

func (s *Screen) own(extension string) bool { return slices.Contains(s.agent.Extensions, extension) }

// talker is who else talks on the call, by name where there is one.
func (s *Screen) talker(c protocol.Call) string {
	for _, leg := range c.Legs {
		if !s.own(leg.Extension) && !leg.Calling && (leg.State == protocol.Answered || leg.State == protocol.Held) {
			return cmp.Or(leg.Agent, leg.Extension)
		}
	}
	return ""
}

func (s *Screen) call(c protocol.Call, now time.Time) {
	if c.ID == "" {
		return
	}
	known := s.calls[c.ID]
	if known == nil {
		s.makeRoom()
		known = &call{}
		s.calls[c.ID] = known
	}
	known.now = c
	s.look(known, now)
}

// makeRoom forgets a call, the one with the oldest card, where there are too many: a hub that forgets to end calls must not fill the memory, nor the time
// that each look at all of them takes. A press that was not answered yet is kept.
func (s *Screen) makeRoom() {
	if len(s.calls) < maxCalls {
		return
	}
	oldest := ""
	for id, c := range s.calls {
		if c.press.State == Pressed {
			continue
		}
		if first := s.calls[oldest]; first == nil || cmp.Or(c.card.Since.Compare(first.card.Since), strings.Compare(id, oldest)) < 0 {
			oldest = id
		}
	}
	delete(s.calls, oldest)
}

// look works out the card of a call.
func (s *Screen) look(c *call, now time.Time) {
	was := c.card
	mine, calling := s.mine(c.now)
	if by := s.talker(c.now); by != "" {
		c.by = by
	}
	if c.now.Ticket != nil {
		c.press.State, c.press.Ticket, c.press.Reason = Made, *c.now.Ticket, ""
	}
	card := Card{ID: c.now.ID, Call: c.now, Mine: mine, Press: c.press, Since: now}
	answered := c.now.State == protocol.Answered || c.now.State == protocol.Held
	switch {
	case c.now.Direction == protocol.Internal && (s.HideInternal || calling):
	case mine == protocol.Answered, mine == protocol.Held:
		c.answered, c.by = true, ""
		if !calling || answered {
			card.Kind = Answer
		}
	case mine == protocol.Ringing && !calling:
		c.rang, c.answered = true, false
		card.Kind, card.Sticky = Incoming, true
	case mine == "" && c.now.State == protocol.Ringing && c.now.Direction == protocol.Incoming:
		c.rang = true
		card.Kind = Incoming
	case was.Kind == "": // over before it was seen: nothing to tell
	case c.answered: // this agent talked, and does no more
		card.Kind, card.Done = Answer, true
		if c.now.State != protocol.Ended {
			card.Elsewhere = c.by
		} else {
			card.Stay = AfterCall
		}
	case c.rang:
		card.Kind, card.Done = Incoming, true
		if !c.now.Missed {
			card.Elsewhere = c.by
		}
	}
	if card.Kind != "" && was.Kind != "" && (card.Done || card.Kind == was.Kind && !was.Done) {
		card.Since = was.Since // the same turn: it goes on where it is
	}
	if c.press.State == Pressed { // its answer must be read
		card.Done = false
	}
	if c.press.State == Made && (was.Press.State == Pressed || was.Press.State == Queued) && card.Kind != "" {
		card.Since = now // the ticket's number must be read, though the delays may have run out
	}
	c.card = card
}

// Press notes that the agent wants a ticket for a call and returns the action to send. Customer is the login of the chosen one, or empty.
// Pressed again for the same it gives the same action with the same ID, however often: the hub makes one ticket. newID is used where there is none
// yet. It returns false for a call that is not known or has its ticket.
func (s *Screen) Press(id, customer, newID string, now time.Time) (protocol.Message, bool) {
	return s.press(id, customer, "", newID, now)
}

// Append is Press for adding the call to one of the customer's open tickets, by its number. A call has one ticket: it is the one or the other.
func (s *Screen) Append(id, ticket, newID string, now time.Time) (protocol.Message, bool) {
	return s.press(id, "", ticket, newID, now)
}

func (s *Screen) press(id, customer, into, newID string, now time.Time) (protocol.Message, bool) {
	c := s.calls[id]
	if c == nil || c.press.State == Made {
		return protocol.Message{}, false
	}
	if c.press.Action == "" || c.press.State == Failed && (c.customer != customer || c.press.Into != into) {
		c.press.Action, c.customer, c.press.Into = newID, customer, into
	}
	c.press.State, c.press.Reason = Pressed, ""
	s.look(c, now)
	return c.action()
}

func (c *call) action() (protocol.Message, bool) {
	name, data := protocol.TicketCreate, any(protocol.CreateTicket{Call: c.now.ID, Customer: c.customer})
	if c.press.Into != "" {
		name, data = protocol.TicketAppend, protocol.AppendTicket{Call: c.now.ID, Ticket: c.press.Into}
	}
	m, err := protocol.New(protocol.Action, name, data)
	m.ID = c.press.Action
	return m, err == nil
}

// Fail says that the hub could not be asked (a press while signed out, or one that was never answered): reason is for people.
func (s *Screen) Fail(action, reason string, now time.Time) {
	if c := s.pressed(action, nil); c != nil {
		c.press.State, c.press.Reason, c.press.Retry = Failed, reason, true
		s.look(c, now)
	}
}

// Forget says that a card has gone from the screen. A warning is over then, and so is a call that has ended.
func (s *Screen) Forget(id string, now time.Time) {
	s.tidy(now)
	s.warnings = slices.DeleteFunc(s.warnings, func(c Card) bool {
		if c.ID != id || lasting(c.Title) {
			return false // a lasting one stays known, so that it is not told again
		}
		s.past[id] = now
		return true
	})
	if c := s.calls[id]; c != nil && c.card.Done {
		if c.now.State == protocol.Ended {
			delete(s.calls, id)
			return
		}
		c.card, c.rang, c.answered = Card{}, false, false
	}
}

// lasting tells whether a warning is of a state, which ends by itself, and not of an event.
func lasting(title string) bool { return title == TitlePBXDown || title == TitleHubAway }

// tidy bounds what is remembered.
func (s *Screen) tidy(now time.Time) {
	for id, c := range s.calls {
		if c.now.State == protocol.Ended && c.press.State != Pressed && !c.now.Ended.IsZero() && now.Sub(c.now.Ended) > keepEnded && now.Sub(c.card.Since) > keepEnded {
			delete(s.calls, id)
		}
	}
	for id, gone := range s.past {
		if now.Sub(gone) > again {
			delete(s.past, id)
		}
	}
}

// Cards are what should be on the screen, oldest first. Whether and where each is shown is for popup to say.
func (s *Screen) Cards() []Card {
	out := slices.Clone(s.warnings)
	for _, c := range s.calls {
		if c.card.Kind == "" {
			continue
		}
		card := c.card
		if s.away {
			card.Sticky = false
		}
		out = append(out, card)
	}
	slices.SortFunc(out, func(a, b Card) int {
		return cmp.Or(a.Since.Compare(b.Since), a.Call.Started.Compare(b.Call.Started), strings.Compare(a.ID, b.ID))
	})
	return out
}

// decode reads a message's data and hands it on.
func decode[T any](m protocol.Message, use func(T)) (bool, error) {
	var data T
	if len(m.Data) > 0 {
		if err := m.Decode(&data); err != nil {
			return false, err
		}
	}
	use(data)
	return true, nil
}
