package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Parse reads one frame. It refuses what is no message at all: no UTF-8, no JSON object, no type or
// no name. What it does not know it leaves to the caller, who ignores it.
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

// CheckAction tells what is wrong with an action as a terminal sent it, before anybody looks into
// its data.
func (m Message) CheckAction() error {
	switch {
	case m.Type != Action:
		return fmt.Errorf("a terminal sends actions, not %q", clip(string(m.Type)))
	case m.ID == "":
		return fmt.Errorf("the action %q has no id, so that it could not be answered", clip(m.Name))
	case len(m.ID) > MaxID:
		return fmt.Errorf("the id of the action %q is longer than %d bytes", clip(m.Name), MaxID)
	case len(m.Name) > MaxID:
		return fmt.Errorf("there is no action %q: its name is longer than %d bytes", clip(m.Name), MaxID)
	}
	return nil
}

// Check tells what is wrong with a session.open, apart from the password.
func (o OpenSession) Check() error {
	switch {
	case o.Protocol != Version:
		return fmt.Errorf("this hub speaks ACP %d, the terminal asked for ACP %d", Version, o.Protocol)
	case o.Extension == "":
		return errors.New("session.open names no extension")
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
