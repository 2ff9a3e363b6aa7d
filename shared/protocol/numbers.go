package protocol

import "fmt"

// FindNumbers is the data of numbers.find: whom an agent may want to dial, by what is typed so far.
// Limit is 20 at most; 0: 20. An empty Text finds the first of the
// agent's own numbers.
type FindNumbers struct {
	Text  string `json:"text"`
	Limit int    `json:"limit,omitempty"`
}

// NumbersFound is the data of numbers, the answer to numbers.find, best match first. Lines are the
// names of hub.yml's dial.lines with which the agent may dial.
type NumbersFound struct {
	Numbers []FoundNumber `json:"numbers"`
	Lines   []string      `json:"lines,omitempty"`
}

// FoundNumber is a number that was found by a name or its digits.
type FoundNumber struct {
	Kind    NumberKind `json:"kind"`
	Name    string     `json:"name,omitempty"`
	About   string     `json:"about,omitempty"` // a colleague's teams, a customer's company
	Number  string     `json:"number"`          // for call.dial
	Display string     `json:"display"`         // the number for people
}

// NumberKind says where a number was found.
type NumberKind string

// The kinds.
const (
	NumberColleague NumberKind = "colleague" // an extension of an agent
	NumberCustomer  NumberKind = "customer"  // of a directory
	NumberBook      NumberKind = "book"      // of hub.yml's number_book
	NumberPersonal  NumberKind = "personal"  // saved by the agent
)

// Names of the actions for the agent's own numbers, which numbers.find finds. They need the right control.
const (
	NumberSave   = "number.save"
	NumberRemove = "number.remove"
)

// PersonalNumber is a number that an agent saved. It is the data of number.save, which replaces the
// name if the agent has the number already. The hub keeps Number in E.164 if it is a public one.
type PersonalNumber struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// RemoveNumber is the data of number.remove. A number that the agent does not have is no error.
type RemoveNumber struct {
	Number string `json:"number"`
}

// Check validates the data.
func (n PersonalNumber) Check() error { return required("number", n.Number) }

// Check validates the data.
func (r RemoveNumber) Check() error { return required("number", r.Number) }

// NumberShow is the action for the hidden number of a call. It needs the right numbers.
const NumberShow = "number.show"

// NumberShown is the notification that answers number.show.
const NumberShown = "number.shown"

// ShowNumber is the data of number.show.
type ShowNumber struct {
	Call string `json:"call"`
}

// ShownNumber is the data of number.shown.
type ShownNumber struct {
	Call    string `json:"call"`
	Number  string `json:"number"`  // for call.dial
	Display string `json:"display"` // the number for people
}

// Check validates the data.
func (s ShowNumber) Check() error { return required("call", s.Call) }

// Check validates the data.
func (f FindNumbers) Check() error {
	if f.Limit < 0 || f.Limit > MostFound {
		return fmt.Errorf("the field limit must be 0 to %d", MostFound)
	}
	return nil
}

// MostFound limits the numbers that numbers.find finds.
const MostFound = 20
