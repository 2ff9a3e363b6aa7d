package hidden

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// Out returns a message as the desktops of agents get it.
func (b *Book) Out(m protocol.Message) protocol.Message {
	if m.Plain || len(m.Data) == 0 || !b.on() {
		return m
	}
	var of any
	switch m.Name {
	case protocol.CallEvent:
		of = outgoing(m.Data, func(c *protocol.Call) { *c = b.Hide(*c) })
	case protocol.CallMissed:
		of = outgoing(m.Data, func(c *protocol.MissedCall) { c.Call = b.Hide(c.Call) })
	case protocol.SessionOpened:
		of = outgoing(m.Data, func(s *protocol.OpenedSession) { b.all(s.Calls) })
	case protocol.HistoryAnswer:
		of = outgoing(m.Data, func(h *protocol.History) { b.all(h.Calls) })
	}
	if of != nil {
		if raw, err := json.Marshal(of); err == nil { // always, with these types
			m.Data = raw
		}
	}
	m.Data = b.JSON(m.Data)
	return m
}

func (b *Book) all(calls []protocol.Call) {
	for i := range calls {
		calls[i] = b.Hide(calls[i])
	}
}

// outgoing decodes data of the hub and changes it; nil: it is other data, with the same name.
func outgoing[T any](raw json.RawMessage, change func(*T)) any {
	var of T
	if json.Unmarshal(raw, &of) != nil {
		return nil
	}
	change(&of)
	return of
}

// In returns an action of a desktop with what the aliases in it stand for.
func (b *Book) In(m protocol.Message) protocol.Message {
	m.Data = b.resolveJSON(m.Data)
	return m
}

// quoted returns a text as it is in a JSON string.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil { // not of a string
		return ""
	}
	return string(raw[1 : len(raw)-1])
}

// names are the fields that hold what names a call or a session: they have no number of a customer,
// and are compared.
var names = []string{"id", "call", "calls", "re", "token", "version", "cursor", "next"}

// JSON returns JSON as agents get it. In fields with which programs name a customer there are
// aliases.
func (b *Book) JSON(raw []byte) []byte {
	if !b.on() {
		return raw
	}
	return texts(raw, b.field)
}

// resolveJSON returns JSON with what the aliases in it stand for.
func (b *Book) resolveJSON(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(protocol.Alias)) {
		return raw
	}
	return texts(raw, func(key, text string) string {
		if slices.Contains(names, key) {
			return text
		}
		return b.resolve(text)
	})
}

// texts returns JSON with other texts. key is the name of the field that a text belongs to.
func texts(raw []byte, change func(key, text string) string) []byte {
	var out []byte
	key, done := "", 0
	for at := 0; at < len(raw); at++ {
		if raw[at] != '"' {
			continue
		}
		start := at
		for at++; at < len(raw) && raw[at] != '"'; at++ {
			if raw[at] == '\\' {
				at++
			}
		}
		end := min(at+1, len(raw))
		var text string
		if json.Unmarshal(raw[start:end], &text) != nil {
			continue
		}
		if next := end; next < len(raw) && raw[skip(raw, next)] == ':' {
			key = text
			continue
		}
		if changed := change(key, text); changed != text {
			out = append(append(append(out, raw[done:start]...), '"'), quoted(changed)...)
			out = append(out, '"')
			done = end
		}
	}
	if done == 0 {
		return raw
	}
	return append(out, raw[done:]...)
}

// skip returns the next position that is no white space; the last one at the end.
func skip(raw []byte, at int) int {
	for at < len(raw)-1 && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r') {
		at++
	}
	return at
}

// field returns the text of a field as agents get it.
func (b *Book) field(key, text string) string {
	if slices.Contains(names, key) {
		return text
	}
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T' {
		if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return text
		}
	}
	if of, hidden := b.number(text); hidden {
		switch key {
		case "number", "numbers":
			return b.alias(of)
		case "login", "customer":
			return b.alias(text)
		case "e164":
			return ""
		}
	}
	return b.mask(text, nil)
}
