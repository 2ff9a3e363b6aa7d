package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"traybell/shared/protocol"
)

// Event is a decoded message of the hub: one of the types below.
type Event interface{ event() }

type (
	// SessionOpened is the first message of each connection: a snapshot. It may come again.
	SessionOpened struct {
		protocol.OpenedSession
		Again bool // during a session
	}
	// SessionClosed comes before the hub closes the connection.
	SessionClosed struct{ protocol.ClosedSession }
	// SettingsChanged carries the administrator's settings.
	SettingsChanged struct{ protocol.Settings }
	// CallChanged is a call's new state.
	CallChanged struct{ protocol.Call }
	// CallMissed warns of a missed call. The call is empty if the hub sends only its ID.
	CallMissed struct{ protocol.Call }
	// MissedFollowed is a change of who takes care of missed calls.
	MissedFollowed struct{ protocol.MissedEvent }
	// CategoryChanged is a category that an agent set.
	CategoryChanged struct{ protocol.Category }
	// BlockChanged is a number that was blocked or unblocked.
	BlockChanged struct {
		protocol.BlockedCaller
		Partial bool // it failed on some PBXs
	}
	// PBXChanged is a PBX's new state.
	PBXChanged struct{ protocol.PBX }
	// PBXWarning is a PBX that is lost, or back, after more than a moment.
	PBXWarning struct {
		ID    string
		State protocol.PBXState
		Text  string
		Down  bool
	}
	// TicketCreated is the ticket of a call.
	TicketCreated struct{ protocol.CreatedTicket }
	// TicketQueued is a ticket that the hub creates later.
	TicketQueued struct {
		Action  string // of the answered action
		Call    string // the call's ID; empty if the hub does not name it
		Text    string
		Problem protocol.Problem
	}
	// NoteAdded is a note that is in the ticket.
	NoteAdded struct {
		Action string // of the answered action; empty: it comes late
		protocol.NotedTicket
	}
	// Accepted says that an action was carried out, without a further result.
	Accepted struct{ Action string }
	// CallParked says where the call of an action is parked.
	CallParked struct {
		Action string
		protocol.ParkedCall
	}
	// Listened says that a supervisor listens to a call.
	Listened struct{ protocol.ListenedCall }
	// TextReceived is a message to the agent.
	TextReceived struct{ protocol.Text }
	// Notice is any other warning.
	Notice struct {
		Name string // of the message
		protocol.Text
		Until time.Time // of Maintenance; zero: not known
	}
	// MaintenanceOver is the end of a maintenance that was announced.
	MaintenanceOver struct{}
	// QueueChanged is a queue's new state.
	QueueChanged struct{ protocol.Queue }
	// QueueAlarmed is something that is wrong with a queue.
	QueueAlarmed struct{ protocol.QueueAlarm }
	// QueueCalmed is the end of an alarm.
	QueueCalmed struct{ protocol.QueueCalm }
	// Failure is the hub's error.
	Failure struct {
		Name, Action string // of the message, and of the answered action
		protocol.Failure
	}
)

func (SessionOpened) event()   {}
func (SessionClosed) event()   {}
func (SettingsChanged) event() {}
func (CallChanged) event()     {}
func (CallMissed) event()      {}
func (CategoryChanged) event() {}
func (MissedFollowed) event()  {}
func (BlockChanged) event()    {}
func (PBXChanged) event()      {}
func (PBXWarning) event()      {}
func (TicketCreated) event()   {}
func (TicketQueued) event()    {}
func (NoteAdded) event()       {}
func (Accepted) event()        {}
func (CallParked) event()      {}
func (Listened) event()        {}
func (TextReceived) event()    {}
func (Notice) event()          {}
func (MaintenanceOver) event() {}
func (QueueChanged) event()    {}
func (QueueAlarmed) event()    {}
func (QueueCalmed) event()     {}
func (Failure) event()         {}

// Decode parses a message. The event is nil for names that this version does not know.
func Decode(m protocol.Message) (Event, error) {
	switch m.Type {
	case protocol.Event:
		switch m.Name {
		case protocol.SessionOpened:
			return decode(m, func(o protocol.OpenedSession) Event { return SessionOpened{o, m.Re == ""} })
		case protocol.SessionClosed:
			return decode(m, func(c protocol.ClosedSession) Event { return SessionClosed{c} })
		case protocol.SettingsEvent:
			return decode(m, func(s protocol.Settings) Event { return SettingsChanged{s} })
		case protocol.CallEvent:
			return decode(m, func(c protocol.Call) Event { return CallChanged{c} })
		case protocol.MissedFollowUp:
			return decode(m, func(e protocol.MissedEvent) Event { return MissedFollowed{e} })
		case protocol.CategoryEvent:
			return decode(m, func(c protocol.Category) Event { return CategoryChanged{c} })
		case protocol.QueueEvent:
			return decode(m, func(q protocol.Queue) Event { return QueueChanged{q} })
		case protocol.PBXEvent:
			return decode(m, func(p protocol.PBX) Event { return PBXChanged{p} })
		}
	case protocol.Notification:
		switch m.Name {
		case protocol.TicketCreated:
			return decode(m, func(t protocol.CreatedTicket) Event { return TicketCreated{t} })
		case protocol.TicketNoted:
			return decode(m, func(n protocol.NotedTicket) Event { return NoteAdded{m.Re, n} })
		case protocol.Accepted:
			return Accepted{m.Re}, nil
		case protocol.CallParked:
			return decode(m, func(p protocol.ParkedCall) Event { return CallParked{m.Re, p} })
		case protocol.TextMessage:
			return decode(m, func(t protocol.Text) Event { return TextReceived{t} })
		case protocol.CallListened:
			return decode(m, func(l protocol.ListenedCall) Event { return Listened{l} })
		case protocol.MaintenanceOver:
			return MaintenanceOver{}, nil
		case protocol.QueueCalmed:
			return decode(m, func(c protocol.QueueCalm) Event { return QueueCalmed{c} })
		case protocol.CallerBlocked:
			return decode(m, func(b protocol.BlockedCaller) Event { return BlockChanged{BlockedCaller: b} })
		}
	case protocol.Warning:
		return decodeWarning(m)
	case protocol.Error:
		return decode(m, func(f protocol.Failure) Event { return Failure{m.Name, m.Re, f} })
	}
	return nil, nil //nolint:nilnil // documented: unknown is no error
}

// warningData is the data of a warning: a sentence, a PBX, a call.
type warningData struct {
	protocol.Text
	protocol.PBX
	Call    json.RawMessage  `json:"call"` // a call, or only its ID
	Problem protocol.Problem `json:"problem"`
	Until   time.Time        `json:"until"`
}

func decodeWarning(m protocol.Message) (Event, error) {
	if m.Name == protocol.QueueAlarmed {
		return decode(m, func(a protocol.QueueAlarm) Event { return QueueAlarmed{a} })
	}
	if m.Name == protocol.BlockingPartial {
		return decode(m, func(b protocol.BlockedCaller) Event { return BlockChanged{b, true} })
	}
	return decode(m, func(w warningData) Event {
		text := w.Text.Text
		switch m.Name {
		case protocol.PBXDown:
			return PBXWarning{w.ID, w.State, cmp.Or(w.Reason, text), true}
		case protocol.PBXBack:
			return PBXWarning{w.ID, w.State, text, false}
		case protocol.CallMissed:
			var missed protocol.Call
			if json.Unmarshal(w.Call, &missed) != nil {
				missed = protocol.Call{}
			}
			return CallMissed{missed}
		case protocol.TicketQueued:
			var call string
			_ = json.Unmarshal(w.Call, &call)
			return TicketQueued{m.Re, call, text, w.Problem}
		}
		return Notice{m.Name, w.Text, w.Until}
	})
}

func decode[T any](m protocol.Message, as func(T) Event) (Event, error) {
	var data T
	if len(m.Data) > 0 {
		if err := m.Decode(&data); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return as(data), nil
}
