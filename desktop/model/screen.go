// Package model is what the agent's terminal knows: it takes the hub's messages and says which
// cards should be on the screen.
//
// It is pure: no connection, no window, no clock of its own (times come as arguments), and belongs
// to one goroutine. Where and how long a card is shown is popup's business; a card that is gone
// from the screen is forgotten with Forget.
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

// InCall tells whether this agent talks, and whether a phone of this agent rings: what the tray's
// icon shows.
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

// Apply takes a message of the hub. It tells whether the cards may have changed. Names that it does
// not know change nothing; data that it cannot read is an error, and changes nothing either.
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

// Forget says that a card has gone from the screen. A warning is over then, and so is a call that
// has ended.
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

// Cards are what should be on the screen, oldest first. Whether and where each is shown is for
// popup to say.
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
