package protocol

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"traybell/shared/printable"
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
	case strings.ContainsFunc(o.Extension+o.Login+o.Client.Desktop+o.Client.Version+o.Client.OS+o.Client.Language,
		unprintable):
		return errors.New("a field of session.open has a character that cannot be printed")
	case len(o.Password) > MaxPassword:
		return fmt.Errorf("the password of session.open is longer than %d bytes", MaxPassword)
	}
	return nil
}

// Check validates the data, except the note.
func (c CreateTicket) Check() error {
	return cmp.Or(required("call", c.Call), key("template", c.Template), key("customer", c.Customer))
}

// Check validates the data, except the note.
func (a AppendTicket) Check() error {
	return cmp.Or(required("call", a.Call), required("ticket", a.Ticket))
}

// Check validates the data, except the text.
func (n NoteTicket) Check() error { return required("call", n.Call) }

// Check validates the data, except the number and the comment, which people type.
func (s SetCategory) Check() error { return key("color", string(s.Color)) }

// Check accepts all data: people type it.
func (BlockCaller) Check() error { return nil }

// Check validates the data. Reasons of later versions are accepted.
func (s ShownCall) Check() error {
	return cmp.Or(required("call", s.Call), key("hidden", string(s.Hidden)), key("as", string(s.As)),
		key("monitor", s.Monitor))
}

// Check validates the data.
func (t TestCall) Check() error { return cmp.Or(key("number", t.Number), key("language", t.Language)) }

// Check validates the data.
func (w WhyCall) Check() error { return cmp.Or(required("call", w.Call), key("language", w.Language)) }

// Check accepts all data: people type it.
func (ListHistory) Check() error { return nil }

// Check validates the data.
func (f FollowMissed) Check() error { return required("number", f.Number) }

// Check validates the data, except whether the hub takes the new password.
func (s SetPassword) Check() error {
	switch {
	case s.Current == "":
		return errors.New("the field current is empty")
	case len(s.Current) > MaxPassword:
		return fmt.Errorf("the field current is longer than %d bytes", MaxPassword)
	}
	return nil
}

// required validates a field that names something.
func required(name, value string) error {
	if value == "" {
		return fmt.Errorf("the field %s is empty", name)
	}
	return key(name, value)
}

// key validates a field that names something or is empty.
func key(name, value string) error {
	if strings.ContainsFunc(value, unprintable) {
		return fmt.Errorf("the field %s has a character that cannot be printed", name)
	}
	if len(value) > MaxKey {
		return fmt.Errorf("the field %s is longer than %d bytes", name, MaxKey)
	}
	return nil
}

func unprintable(r rune) bool { return !printable.Visible(r) }

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
