// Package calldata says which data of the dialplan come with a call, such as a contract number that
// the caller entered, and gathers them from channel variables and user events. It is pure: a
// Gathered belongs to the tracker of the PBX, Fields and Values are immutable.
package calldata

import (
	"slices"
	"strings"

	"traybell/shared/protocol"
)

// Show is who sees the values of a field.
type Show string

// The values. Rules see all fields.
const (
	ShowAll  Show = "all"  // cards, call records, traces, tickets, links, other programs
	ShowCard Show = "card" // cards, tickets and links, during the call
	ShowNone Show = "none" // on no card
)

// Field is an entry of call_data in hub.yml.
type Field struct {
	Name      string   // in templates and links
	Label     string   // on cards
	Variables []string // of channels
	Event     string   // name of a UserEvent; empty: none
	Key       string   // in it
	Show      Show
	Ticket    bool // its text is the number of a ticket
}

// Fields are the fields in the order of hub.yml. The nil Fields have none.
type Fields struct {
	list       []*Field
	byVariable map[string][]*Field
	byEvent    map[string][]*Field // by name in lower case
}

// NewFields returns fields.
func NewFields(list []Field) *Fields {
	f := &Fields{byVariable: map[string][]*Field{}, byEvent: map[string][]*Field{}}
	for _, one := range list {
		f.list = append(f.list, &one)
		for _, variable := range one.Variables {
			name := plainName(variable)
			f.byVariable[name] = append(f.byVariable[name], &one)
		}
		if one.Event != "" {
			event := strings.ToLower(one.Event)
			f.byEvent[event] = append(f.byEvent[event], &one)
		}
	}
	return f
}

// plainName removes the marks of a variable that dialled channels inherit.
func plainName(variable string) string {
	return strings.TrimPrefix(strings.TrimPrefix(variable, "_"), "_")
}

// Has reports whether a field has a variable, with or without the marks of inheritance.
func (f *Fields) Has(variable string) bool {
	return f != nil && len(f.byVariable[plainName(variable)]) > 0
}

// HasEvent reports whether a field has a user event.
func (f *Fields) HasEvent(name string) bool {
	return f != nil && len(f.byEvent[strings.ToLower(name)]) > 0
}

func (f *Fields) all() []*Field {
	if f == nil {
		return nil
	}
	return f.list
}

// Names returns the names in order.
func (f *Fields) Names() (names []string) {
	for _, one := range f.all() {
		names = append(names, one.Name)
	}
	return names
}

// Value is what a call has for a field.
type Value struct {
	Field *Field
	Text  string // one line, without control characters; never empty
}

// Values are those of a call, in the order of the fields. They are immutable.
type Values []Value

// Get returns the text of a field; empty if the call has none.
func (v Values) Get(name string) string {
	for _, one := range v {
		if one.Field.Name == name {
			return one.Text
		}
	}
	return ""
}

// Ticket returns the number of the ticket that the caller entered; empty if there is none.
func (v Values) Ticket() string {
	for _, one := range v {
		if one.Field.Ticket {
			return strings.TrimLeft(one.Text, "#")
		}
	}
	return ""
}

// Is reports whether both are the same values, gathered at the same time.
func (v Values) Is(other Values) bool {
	return len(v) == len(other) && (len(v) == 0 || &v[0] == &other[0])
}

// Seen returns the values as agents see them.
func (v Values) Seen() (seen []protocol.CallDatum) {
	for _, one := range v {
		if one.Field.Show != ShowNone {
			seen = append(seen, protocol.CallDatum{
				Name: one.Field.Name, Label: one.Field.Label, Value: one.Text, Fleeting: one.Field.Show == ShowCard,
			})
		}
	}
	return seen
}

// Kept returns the values that outlast the call.
func (v Values) Kept() []protocol.CallDatum { return Lasting(v.Seen()) }

// Lasting returns the data that outlast the call.
func Lasting(data []protocol.CallDatum) []protocol.CallDatum {
	if !slices.ContainsFunc(data, func(d protocol.CallDatum) bool { return d.Fleeting }) {
		return data
	}
	return slices.DeleteFunc(slices.Clone(data), func(d protocol.CallDatum) bool { return d.Fleeting })
}
