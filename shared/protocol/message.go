// Package protocol defines ACP 1, the messages between the hub and the desktops. It has types and
// names only, no connection.
//
// Each message is one WebSocket text frame of UTF-8 JSON (RFC 6455, RFC 8259). Unknown names and
// fields are ignored, so that both sides can be extended. docs/protocol.md is the documentation,
// asyncapi.yaml the generated specification.
package protocol

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Version is the major version of the protocol, sent in session.open and part of the path.
const Version = 1

// Path is the URL path of ACP on the hub.
const Path = "/acp/1"

// DefaultPort is the hub's default TCP port.
const DefaultPort = 11010

// Limits for messages from terminals. Messages from the hub may be larger: a snapshot contains all
// live calls.
const (
	MaxMessage  = 64 << 10 // bytes of a message
	MaxID       = 64       // bytes of a message's id and of the short fields of session.open
	MaxPassword = 1024     // bytes of a password
	MaxKey      = 256      // bytes of what names something in an action: a call, a customer, a ticket
)

// Type is the type of a message.
type Type string

// The five types.
const (
	Action       Type = "action"       // terminal to hub: request
	Event        Type = "event"        // hub to terminal: new state
	Notification Type = "notification" // hub to terminal: information
	Warning      Type = "warning"      // hub to terminal: needs attention
	Error        Type = "error"        // hub to terminal: an action failed
)

// Names of actions.
const (
	SessionOpen   = "session.open"
	TicketCreate  = "ticket.create"
	TicketAppend  = "ticket.append"
	TicketNote    = "ticket.note"
	CategorySet   = "category.set"
	CallerBlock   = "caller.block"
	CallerUnblock = "caller.unblock"
	CallShown     = "call.shown"
	CallWhy       = "call.why"
	CallTry       = "call.test"
	HistoryList   = "history.list"
	MissedClaim   = "missed.claim"
	MissedRelease = "missed.release"
	MissedDone    = "missed.done"
	CallDial      = "call.dial"
	CallAnswer    = "call.answer"
	CallHangup    = "call.hangup"
	CallHold      = "call.hold"
	CallResume    = "call.resume"
	PasswordSet   = "password.set"
	NumbersFind   = "numbers.find"
	QueueJoin     = "queue.join"
	QueueLeave    = "queue.leave"
	QueuePause    = "queue.pause"
	QueueResume   = "queue.resume"
	MobileSet     = "mobile.set"
	// an agent takes care of the cause of a queue.alarm
	QueueAcknowledge = "queue.acknowledge"

	CallTransfer   = "call.transfer"
	CallComplete   = "call.complete"
	CallCancel     = "call.cancel"
	CallSwap       = "call.swap"
	CallMute       = "call.mute"
	CallDTMF       = "call.dtmf"
	CallConference = "call.conference"
	CallPark       = "call.park"
	CallPickup     = "call.pickup"

	RecordingPause  = "recording.pause"
	RecordingResume = "recording.resume"
)

// Names of events.
const (
	SessionOpened = "session.opened"
	SessionClosed = "session.closed"
	TokenEvent    = "session.token"
	CallEvent     = "call"
	CategoryEvent = "category"
	SettingsEvent = "settings"
	PBXEvent      = "pbx"
	// who takes care of missed calls has changed
	MissedFollowUp = "missed"
	QueueEvent     = "queue"
	MobileEvent    = "mobile"
)

// Names of notifications.
const (
	TicketCreated = "ticket.created"
	TicketNoted   = "ticket.noted"
	CallerBlocked = "caller.blocked"
	CallExplained = "call.explained" // answers call.why
	CallTested    = "call.tested"    // answers call.test
	CallDialled   = "call.dialled"   // answers call.dial
	CallParked    = "call.parked"    // answers call.park
	HistoryAnswer = "history"        // answers history.list
	NumbersAnswer = "numbers"        // answers numbers.find
	Accepted      = "accepted"       // the action was performed, without a further result
	TextMessage   = "message"
	// the maintenance that the warning announced is over
	MaintenanceOver = "maintenance.over"
	QueueCalmed     = "queue.calm" // a queue.alarm is over
)

// Names of warnings.
const (
	PBXDown         = "pbx.down" // once per outage that is not just a moment
	PBXBack         = "pbx.back" // once at its end
	CallMissed      = "call.missed"
	TicketQueued    = "ticket.queued"
	Maintenance     = "maintenance"
	BlockingPartial = "blocking.partial"
	QueueAlarmed    = "queue.alarm"
	CallWarning     = "call.warning"
)

// Message is the envelope. ID is the sender's; Re is the ID of the answered action.
type Message struct {
	Type Type            `json:"type"`
	Name string          `json:"name"`
	ID   string          `json:"id,omitempty"`
	Re   string          `json:"re,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`

	Update Update    `json:"-"` // not sent
	Read   time.Time `json:"-"` // not sent: when the hub read the event that made a call new to its agents
	Plain  bool      `json:"-"` // not sent: hidden numbers stay in it
}

// Update names the call, and its state, that a message describes in full; zero: none. In the hub's
// queue for a terminal it replaces the last message about the call if that has the same state.
type Update struct {
	Call  string
	State State
}

// New creates a message. It fails only if data cannot be encoded as JSON.
func New(t Type, name string, data any) (Message, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Message{}, fmt.Errorf("%s %s: %w", t, name, err)
	}
	return Message{Type: t, Name: name, Data: raw}, nil
}

// Encode returns the message as JSON. Unlike json.Marshal it does not parse the data again, which
// New has encoded.
func (m Message) Encode() ([]byte, error) {
	data := m.Data
	m.Data = nil
	raw, err := json.Marshal(m)
	if err != nil || len(data) == 0 {
		return raw, err
	}
	return slices.Concat(raw[:len(raw)-1], []byte(`,"data":`), data, []byte{'}'}), nil
}

// Decode decodes the message's data.
func (m Message) Decode(into any) error {
	if err := json.Unmarshal(m.Data, into); err != nil {
		return fmt.Errorf("%s %s: %w", m.Type, m.Name, err)
	}
	return nil
}
