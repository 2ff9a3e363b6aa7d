package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"traybell/shared/protocol"
)

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
				if c.Number != "" && (c.Number == known.now.E164 || c.Number == known.now.Number ||
					c.Number == known.now.Caller.Category.Number) {
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
						s.warnings[i].Press = Press{
							State: Made, Ticket: protocol.Ticket{Number: t.Number, URL: t.URL, By: t.By},
						}
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
			// a refusal too: its cause can be mended
			c.press.State, c.press.Reason, c.press.Retry = Failed, f.Text, f.Code != protocol.NotFound
			s.look(c, now)
			if c.card.Kind != "" {
				return
			}
		}
		if (m.Name == protocol.TicketCreate || m.Name == protocol.TicketAppend) && f.Text != "" { // its card is gone
			text := f.Text
			if f.Caller != "" {
				text = f.Caller + ": " + text
			}
			s.warn("ticket:"+m.Re, TitleNotMade, "", text, protocol.Call{}, now)
			return
		}
		if m.Re == "" && f.Text != "" { // what answers another action is told where that action was made
			s.warn("error:"+string(f.Code), TitleError, "", f.Text, protocol.Call{}, now)
		}
	})
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
		// A press that was not answered yet is not forgotten: it is sent again and its ticket still
		// has to be read.
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
