package config

import (
	"fmt"
	"regexp"
	"slices"

	"traybell/hub/config/document"
)

// CallDatum is something that the dialplan says about calls.
type CallDatum struct {
	Name      string   `yaml:"name" jsonschema:"pattern=^[a-z][a-z0-9_]*$" jsonschema_description:"In ticket templates ({{.Data.contract}}) and links (<PIM_VAR_contract>)."`
	Label     string   `yaml:"label" jsonschema_description:"Shown before the value. Default: the name."`
	Variables []string `yaml:"variables" jsonschema_description:"Channel variables that have it; the one set last counts. They must be in channelvars of manager.conf, or see dialplan_events."`
	UserEvent string   `yaml:"user_event" jsonschema_description:"Name of a UserEvent that has it. The PBX's user needs read = …,user."`
	Key       string   `yaml:"key" jsonschema_description:"The key in user_event. Default: the name."`
	Ticket    bool     `yaml:"ticket" jsonschema_description:"true: its value is the number of a ticket. If the help desk has it, the card's first button adds the call to it. One field may have it."`
	Show      string   `yaml:"show" jsonschema:"enum=all,enum=card" jsonschema_description:"all: on cards, in call records, traces, tickets, links and for other programs. card: on cards, in tickets and links, and not kept after the call."`
}

// Who sees a datum.
const (
	DatumAll  = "all"
	DatumCard = "card"
)

// mostCallData is how many fields of call data there may be: a card has no room for more.
const mostCallData = 20

// SetDefaults implements document.Defaulter.
func (d *CallDatum) SetDefaults() { *d = CallDatum{Show: DatumAll} }

var (
	datumName    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	variableName = regexp.MustCompile(`^_{0,2}[A-Za-z][A-Za-z0-9_]*$`)
	eventName    = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

func (k checker) callData() {
	if n := len(k.c.CallData); n > mostCallData {
		k.Complain("call_data", "%d fields; use at most %d", n, mostCallData)
	}
	seen := map[string]int{}
	for i := range k.c.CallData {
		d := &k.c.CallData[i]
		at := fmt.Sprintf("call_data[%d]", i)
		if k.Given(at+".name", d.Name) && !datumName.MatchString(d.Name) {
			k.Complain(at+".name", "%s is not a name; use small letters, digits and _, such as contract",
				document.Quote(d.Name))
		}
		k.Once(at+".name", d.Name, i, seen, "call_data")
		if d.Label == "" {
			d.Label = d.Name
		}
		for j, name := range d.Variables {
			if !variableName.MatchString(name) {
				k.Complain(fmt.Sprintf("%s.variables[%d]", at, j),
					"%s is not the name of a channel variable; use it as in Set(), without ${}", document.Quote(name))
			}
		}
		switch {
		case d.UserEvent != "" && !eventName.MatchString(d.UserEvent):
			k.Complain(at+".user_event", "%s is not the name of an event; use the first argument of UserEvent()",
				document.Quote(d.UserEvent))
		case d.UserEvent == "" && d.Key != "":
			k.Complain(at+".key", "`key` needs `user_event`")
		case d.UserEvent == "" && len(d.Variables) == 0:
			k.Complain(at, "no source; add `variables` or `user_event`")
		}
		if d.UserEvent != "" && d.Key == "" {
			d.Key = d.Name
		}
		k.OneOf(at+".show", d.Show, DatumAll, DatumCard)
		if d.Ticket && slices.ContainsFunc(k.c.CallData[:i], func(other CallDatum) bool { return other.Ticket }) {
			k.Complain(at+".ticket", "another field has the number of a ticket already; remove one `ticket: true`")
		}
	}
}
