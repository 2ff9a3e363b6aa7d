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
	Accepted      = "accepted" // the action was performed, without a further result
	TextMessage   = "message"
)

// Names of warnings.
const (
	PBXDown         = "pbx.down" // once per outage that is not just a moment
	PBXBack         = "pbx.back" // once at its end
	CallMissed      = "call.missed"
	TicketQueued    = "ticket.queued"
	Maintenance     = "maintenance"
	BlockingPartial = "blocking.partial"
)

// Message is the envelope. ID is the sender's; Re is the ID of the answered action.
type Message struct {
	Type Type            `json:"type"`
	Name string          `json:"name"`
	ID   string          `json:"id,omitempty"`
	Re   string          `json:"re,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// New creates a message. It fails only if data cannot be encoded as JSON.
func New(t Type, name string, data any) (Message, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Message{}, fmt.Errorf("%s %s: %w", t, name, err)
	}
	return Message{Type: t, Name: name, Data: raw}, nil
}

// Decode decodes the message's data.
func (m Message) Decode(into any) error {
	if err := json.Unmarshal(m.Data, into); err != nil {
		return fmt.Errorf("%s %s: %w", m.Type, m.Name, err)
	}
	return nil
}
