package webhooks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// The types of events.
const (
	CallStarted   = "call.started"
	CallAnswered  = "call.answered"
	CallEnded     = "call.ended"
	CallMissed    = "call.missed"
	TicketCreated = "ticket.created"
	AgentState    = "agent.state"

	// Test is sent by an administrator only.
	Test = "webhook.test"
)

// Event is something that happened.
type Event struct {
	ID      string // the same for all webhooks and all attempts; see ID
	Type    string
	Subject string // the call's id, or the agent's login
	Time    time.Time
	Teams   []string // of the agents that it concerns; not sent
	Data    any
}

// ID returns the id of an event that happens once, by its type and what identifies it: after a
// restart of the hub it has the same id.
func ID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return "evt_" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

var errTooLarge = errors.New("the event is too large")

// encode returns the event as a structured CloudEvent.
func (e *Event) encode(source string) ([]byte, error) {
	return json.Marshal(struct {
		SpecVersion     string    `json:"specversion"`
		ID              string    `json:"id"`
		Source          string    `json:"source"`
		Type            string    `json:"type"`
		Subject         string    `json:"subject,omitempty"`
		Time            time.Time `json:"time"`
		DataContentType string    `json:"datacontenttype"`
		Data            any       `json:"data"`
	}{"1.0", e.ID, source, e.Type, e.Subject, e.Time.UTC(), "application/json", e.Data})
}
