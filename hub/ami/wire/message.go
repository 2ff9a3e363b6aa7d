package wire

import (
	"iter"
	"strings"
)

// Field is one "Key: value" line of a message or an action.
type Field struct {
	Key, Value string
}

// Message is one AMI message: an event, a reply to an action, or a row of a list.
//
// A Message is immutable, owns its text, and may be shared between goroutines. Values are the bytes
// that Asterisk sent, normally UTF-8 but never checked. They are substrings of the whole message:
// clone a value that is kept for long.
//
// The zero Message has no fields.
type Message struct {
	text  string
	spans []span
}

// span is the place of a field in a message's text. Offsets are half the size of strings, and the
// garbage collector does not follow them.
type span struct {
	key, keyEnd, value, valueEnd uint32
}

// NewMessage makes a message of fields, for tests and simulations.
func NewMessage(fields ...Field) Message {
	var text strings.Builder
	spans := make([]span, 0, len(fields))
	for _, f := range fields {
		var s span
		s.key = uint32(text.Len())
		text.WriteString(f.Key)
		s.keyEnd = uint32(text.Len())
		text.WriteString(": ")
		s.value = uint32(text.Len())
		text.WriteString(f.Value)
		s.valueEnd = uint32(text.Len())
		text.WriteString("\r\n")
		spans = append(spans, s)
	}
	return Message{text: text.String(), spans: spans}
}

// Len is the number of fields.
func (m Message) Len() int { return len(m.spans) }

// At returns the field at index i, 0 ≤ i < Len. A line without a colon has an empty key.
func (m Message) At(i int) (key, value string) {
	s := m.spans[i]
	return m.text[s.key:s.keyEnd], m.text[s.value:s.valueEnd]
}

// Each iterates over all fields in order, repeated keys included.
func (m Message) Each() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for i := range m.spans {
			if !yield(m.At(i)) {
				return
			}
		}
	}
}

// Lookup returns the first value of key, ignoring case, and whether there is one.
func (m Message) Lookup(key string) (string, bool) {
	for _, s := range m.spans {
		if int(s.keyEnd-s.key) == len(key) && strings.EqualFold(m.text[s.key:s.keyEnd], key) {
			return m.text[s.value:s.valueEnd], true
		}
	}
	return "", false
}

// Get returns the first value of key, or "" if there is none.
func (m Message) Get(key string) string {
	value, _ := m.Lookup(key)
	return value
}

// Event is the event's name, or "" if the message is not an event. Only the first header counts:
// OriginateResponse is an event that has a Response too.
func (m Message) Event() string { return m.first("Event") }

// Response is a reply's result ("Success", "Error", "Goodbye", …), or "" if the message is no
// reply.
func (m Message) Response() string { return m.first("Response") }

// ActionID ties a reply, or a row of a list, to its action.
func (m Message) ActionID() string { return m.Get("ActionID") }

// String is the message as received, without the empty line that ends it.
func (m Message) String() string { return m.text }

func (m Message) first(key string) string {
	if len(m.spans) == 0 {
		return ""
	}
	k, v := m.At(0)
	if k != key && !strings.EqualFold(k, key) {
		return ""
	}
	return v
}
