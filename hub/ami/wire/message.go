package wire

import (
	"iter"
	"strings"
	"time"
	"unsafe"
)

// Field is one "Key: value" line of a message or an action.
type Field struct {
	Key, Value string
}

// Message is one AMI message: an event, a reply to an action, or a row of a list.
//
// A Message is immutable, owns its text, and may be shared between goroutines. Values are the bytes
// that Asterisk sent, normally UTF-8 but never checked. They are substrings of the whole message:
// clone a value that is kept for long. Each call finds the fields in the text: to get many of them,
// iterate once.
//
// The zero Message has no fields.
type Message struct {
	text string        // lines with their ends
	read time.Duration // after began; 0: unknown
}

// began is what the times of messages are counted from: a time.Time would more than double the size
// of a queued message.
var began = time.Now()

// ReadNow returns the message as one that has just been read from the PBX.
func (m Message) ReadNow() Message {
	m.read = max(time.Since(began), 1)
	return m
}

// Read is when the message was read from the PBX; zero if that is unknown.
func (m Message) Read() time.Time {
	if m.read == 0 {
		return time.Time{}
	}
	return began.Add(m.read)
}

// NewMessage makes a message of fields, for tests and simulations.
func NewMessage(fields ...Field) Message {
	var text strings.Builder
	for _, f := range fields {
		text.WriteString(f.Key + ": " + f.Value + "\r\n")
	}
	return Message{text: text.String()}
}

// Each iterates over all fields in order, repeated keys included. A line without a colon has an
// empty key.
func (m Message) Each() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for line, rest := cutLine(m.text); line != ""; line, rest = cutLine(rest) {
			if !yield(field(line)) {
				return
			}
		}
	}
}

// Lookup returns the first value of key, ignoring case, and whether there is one.
func (m Message) Lookup(key string) (string, bool) {
	for line, rest := cutLine(m.text); line != ""; line, rest = cutLine(rest) {
		if value, ok := header(line, key); ok {
			return value, true
		}
	}
	return "", false
}

// Get returns the first value of key, or "" if there is none.
func (m Message) Get(key string) string {
	value, _ := m.Lookup(key)
	return value
}

// Size is the memory that a message takes, in bytes.
func (m Message) Size() int {
	return int(unsafe.Sizeof(m)) + len(m.text)
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
	line, _ := cutLine(m.text)
	value, _ := header(line, key)
	return value
}
