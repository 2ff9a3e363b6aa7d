package amitest

import (
	"slices"
	"strings"

	"traybell/hub/ami/wire"
)

// Event is an event for the clients. The class decides who gets it.
type Event struct {
	Name   string
	Class  string // "call", "agent", "user", "system", …
	Fields []wire.Field
}

// NewEvent makes an event of key, value, key, value, …; a last key without a value gets an empty
// one.
func NewEvent(name, class string, pairs ...string) Event {
	e := Event{Name: name, Class: class}
	for pair := range slices.Chunk(pairs, 2) {
		f := wire.Field{Key: pair[0]}
		if len(pair) == 2 {
			f.Value = pair[1]
		}
		e.Fields = append(e.Fields, f)
	}
	return e
}

func (e Event) get(key string) string {
	for _, f := range e.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// all are the event's fields on the wire.
func (e Event) all() []wire.Field {
	fields := append(make([]wire.Field, 0, len(e.Fields)+2), wire.Field{Key: "Event", Value: e.Name})
	if e.Class != "" {
		fields = append(fields, wire.Field{Key: "Privilege", Value: e.Class + ",all"})
	}
	return append(fields, e.Fields...)
}

// appendMessage appends a message with the given line end.
func appendMessage(b []byte, fields []wire.Field, eol string) []byte {
	for _, f := range fields {
		b = append(b, f.Key...)
		if f.Key != "" || f.Value != "" {
			b = append(b, ": "...)
		}
		b = append(b, f.Value...)
		b = append(b, eol...)
	}
	return append(b, eol...)
}

// classes splits a list such as "call,all" and omits "all".
func classes(list string) []string {
	var found []string
	for class := range strings.SplitSeq(list, ",") {
		if class = strings.ToLower(strings.TrimSpace(class)); class != "" && class != "all" {
			found = append(found, class)
		}
	}
	return found
}

// allows reports whether a list of rights covers class.
func allows(rights []string, class string) bool {
	return slices.Contains(rights, "all") || slices.Contains(rights, class)
}
