package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Parse parses a frame. It rejects invalid UTF-8, invalid JSON, and messages without a type or a
// name. Unknown messages are for the caller to ignore.
func Parse(frame []byte) (Message, error) {
	if !utf8.Valid(frame) {
		return Message{}, errors.New("the message is not UTF-8")
	}
	var m Message
	if err := json.Unmarshal(frame, &m); err != nil {
		return Message{}, fmt.Errorf("the message is not ACP: %w", err)
	}
	if m.Type == "" || m.Name == "" {
		return Message{}, errors.New("the message has no type or no name")
	}
	return m, nil
}

// CheckAction validates the envelope of an action from a terminal.
func (m Message) CheckAction() error {
	switch {
	case m.Type != Action:
		return fmt.Errorf("terminals must send actions, not %q", clip(string(m.Type)))
	case m.ID == "":
		return fmt.Errorf("the action %q has no id", clip(m.Name))
	case len(m.ID) > MaxID:
		return fmt.Errorf("the id of action %q is longer than %d bytes", clip(m.Name), MaxID)
	case len(m.Name) > MaxID:
		return fmt.Errorf("unknown action %q: its name is longer than %d bytes", clip(m.Name), MaxID)
	}
	return nil
}

// Check validates a session.open, except the password.
func (o OpenSession) Check() error {
	switch {
	case o.Protocol != Version:
		return fmt.Errorf("the hub uses ACP %d, the terminal ACP %d", Version, o.Protocol)
	case o.Extension == "":
		return errors.New("no extension in session.open")
	case len(o.Extension) > MaxID, len(o.Login) > MaxID, len(o.Client.Desktop) > MaxID, len(o.Client.Version) > MaxID,
		len(o.Client.OS) > MaxID, len(o.Client.Language) > MaxID:
		return fmt.Errorf("a field of session.open is longer than %d bytes", MaxID)
	case len(o.Password) > MaxPassword:
		return fmt.Errorf("the password of session.open is longer than %d bytes", MaxPassword)
	}
	return nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
