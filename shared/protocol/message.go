// Package protocol holds ACP 1, the messages between the hub and the desktops: types and names
// only, no connection.
//
// Every message is one WebSocket text frame of UTF-8 JSON (RFC 6455, RFC 8259). Unknown names and
// fields are ignored, so that both sides can grow. README.md beside this file is the description
// for people, asyncapi.yaml the generated one for machines.
package protocol

import (
	"encoding/json"
	"fmt"
)

// Version is the protocol's major version, sent in session.open and part of the path.
const Version = 1

// Path is where the hub serves ACP.
const Path = "/acp/1"

// DefaultPort is the hub's TCP port where none is set.
const DefaultPort = 11010

// Bounds of what a terminal may send. The hub's own messages may be larger: a snapshot holds every
// call that lives.
const (
	MaxMessage  = 64 << 10 // bytes of one message
	MaxID       = 64       // bytes of a message's id, and of the short fields of session.open
	MaxPassword = 1024     // bytes of a password
)

// Type says what a message is for.
type Type string

// The five types.
const (
	Action       Type = "action"       // terminal to hub: please do this
	Event        Type = "event"        // hub to terminal: this is now the state
	Notification Type = "notification" // hub to terminal: information
	Warning      Type = "warning"      // hub to terminal: look at this
	Error        Type = "error"        // hub to terminal: an action failed, or somebody must act
)

// Names of actions.
const (
	SessionOpen   = "session.open"
	TicketCreate  = "ticket.create"
	TicketAppend  = "ticket.append"
	CategorySet   = "category.set"
	CallerBlock   = "caller.block"
	CallerUnblock = "caller.unblock"
	CallShown     = "call.shown"
	HistoryList   = "history.list"
)

// Names of events.
const (
	SessionOpened = "session.opened"
	SessionClosed = "session.closed"
	CallEvent     = "call"
	CategoryEvent = "category"
	SettingsEvent = "settings"
	PBXEvent      = "pbx"
)

// Names of notifications.
const (
	TicketCreated = "ticket.created"
	CallerBlocked = "caller.blocked"
	HistoryAnswer = "history"  // answers history.list
	Accepted      = "accepted" // the action was done and has nothing else to tell
	TextMessage   = "message"
)

// Names of warnings.
const (
	PBXDown         = "pbx.down" // once for each outage that is more than a moment's
	PBXBack         = "pbx.back" // and once when it is over
	CallMissed      = "call.missed"
	TicketQueued    = "ticket.queued"
	Maintenance     = "maintenance"
	BlockingPartial = "blocking.partial"
)

// Message is the envelope. ID is the sender's; Re names the action that is answered.
type Message struct {
	Type Type            `json:"type"`
	Name string          `json:"name"`
	ID   string          `json:"id,omitempty"`
	Re   string          `json:"re,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// New makes a message with data encoded as JSON. It fails only for data that JSON cannot hold.
func New(t Type, name string, data any) (Message, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Message{}, fmt.Errorf("%s %s: %w", t, name, err)
	}
	return Message{Type: t, Name: name, Data: raw}, nil
}

// Decode reads a message's data into what it is for.
func (m Message) Decode(into any) error {
	if err := json.Unmarshal(m.Data, into); err != nil {
		return fmt.Errorf("%s %s: %w", m.Type, m.Name, err)
	}
	return nil
}
