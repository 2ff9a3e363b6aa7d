package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/templatefault"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Data has the values that a template can use. Texts that do not apply are empty.
type Data struct {
	URL   string // Options.URL
	Token string

	CallID   string
	Number   string            // of the caller, E.164 if it could be parsed
	Caller   string            // name and number
	Customer protocol.Customer // zero for an unknown caller
	Agent    staff.Agent
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string

	// of requests about a ticket
	Ticket   helpdesk.Ticket
	Subject  string
	Text     string // the note, with its mark
	Internal bool   // customers do not see the note
	Seconds  int    // talk time; 0: none
	Minutes  int    // rounded up
}

func dataOf(d helpdesk.Draft) Data {
	data := Data{
		CallID: d.CallID, Number: d.Number, Caller: d.Caller(), Agent: d.Agent, Title: d.Title, Body: d.Body,
		Queue: d.Queue, Priority: d.Priority, State: d.State, Type: d.Type, Owner: d.Owner,
	}
	if data.Title == "" {
		data.Title = d.DefaultTitle()
	}
	if d.Customer != nil {
		data.Customer = *d.Customer
	}
	return data
}

func dataOfNote(n helpdesk.Note) Data {
	seconds := int(n.Talk.Round(time.Second).Seconds())
	return Data{
		Ticket: n.Ticket, Agent: n.Agent, Subject: n.Subject, Text: n.Text(), Internal: n.Internal,
		Seconds: seconds, Minutes: (seconds + 59) / 60,
	}
}

// sample is a made-up call, to show requests.
var sample = Data{
	CallID: "check:1700000000.1", Number: "+74951234567", Caller: "Ivan Ivanov, +74951234567",
	Customer: protocol.Customer{
		Login: "ivanov", Name: "Ivan Ivanov", Email: "ivanov@example.com", Company: "Example",
		Phone: "+7 495 123-45-67",
	},
	Agent: staff.Agent{Login: "anna", Name: "Anna Petrova"},
	Title: "Call from Ivan Ivanov", Body: "A made-up call.",
	Queue: "Queue", Priority: "Priority", State: "State", Type: "Type", Owner: "Owner",
	Ticket:  helpdesk.Ticket{ID: "1", Number: "1", URL: "https://desk.example.com/1"},
	Subject: "Note", Text: "A made-up note.", Seconds: 90, Minutes: 2,
}

// breaking returns a call whose texts are not allowed in JSON or in an address without escaping.
func breaking(unknown bool) Data {
	const marks = "1\"\\ <&%?#\nя"
	d := Data{
		Token:  "token",
		CallID: "c" + marks, Number: "+7" + marks, Caller: "n" + marks, Title: "t" + marks, Body: "b" + marks,
		Agent: staff.Agent{Login: "a" + marks, Name: "A" + marks},
		Queue: "q" + marks, Priority: "p" + marks, State: "s" + marks, Type: "y" + marks, Owner: "o" + marks,
		Ticket:  helpdesk.Ticket{ID: "i" + marks, Number: "n" + marks, URL: "u" + marks},
		Subject: "s" + marks, Text: "x" + marks, Seconds: 1, Minutes: 1,
	}
	if unknown {
		d.Number, d.Queue, d.Priority, d.State, d.Type, d.Owner = "", "", "", "", "", ""
		d.Seconds, d.Minutes, d.Internal = 0, 0, true
		return d
	}
	d.Customer = protocol.Customer{
		Login: "l" + marks, Name: "n" + marks, Email: "e" + marks, Company: "c" + marks, Phone: "p" + marks,
		Mobile: "m" + marks, Fax: "f" + marks, HomePhone: "h" + marks, Location: "o" + marks, Street: "s" + marks,
		City: "y" + marks, Office: "i" + marks, Directory: "d" + marks,
	}
	return d
}

// functions are those of templates.
func functions(numbers *phone.Reader) template.FuncMap {
	return template.FuncMap{
		"json": jsonText,
		"url":  urlText,
		"digits": func(text string) string {
			return strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, text)
		},
		"e164": func(text string) string { return numbers.Read(text).E164 },
	}
}

// section is where hub.yml has the keys.
const section = "help_desk."

// faults explains errors of templates. The other functions of text/template work, and are not offered.
var faults = templatefault.Kind{
	Example: "{{json .Title}}", Functions: []string{"json", "url", "digits", "e164"},
}

// bad is an error in a key such as help_desk.requests.create.body.
func bad(key, format string, args ...any) error {
	return &helpdesk.OptionError{Key: strings.TrimPrefix(key, section), Err: fmt.Errorf(format, args...)}
}

// badTemplate is bad for an error of text/template.
func badTemplate(key string, err error) error {
	text, unknown := faults.Explain(err)
	e := &helpdesk.OptionError{Key: strings.TrimPrefix(key, section), Err: errors.New(text)}
	if !strings.Contains(text, "functions are") {
		e.Unknown, e.Known = unknown, valueNames()
	}
	return e
}

// valueNames are the names that templates can use.
func valueNames() []string {
	return slices.DeleteFunc(templatefault.Fields(reflect.TypeFor[Data]()), func(name string) bool {
		return slices.Contains([]string{".Agent.Password", ".Customer.Directory", ".Ticket.Desk"}, name)
	})
}

// jsonText returns a value as JSON: a text in quotes. Characters of HTML stay as they are.
func jsonText(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "null"
	}
	return strings.TrimRight(b.String(), "\n")
}

// urlText escapes a text for the path or the query of an address.
func urlText(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func (h *HelpDesk) parse(key, text string) (*template.Template, error) {
	t, err := template.New(key).Funcs(h.functions).Parse(text)
	if err != nil {
		return nil, badTemplate(key, err)
	}
	for _, unknown := range []bool{false, true} {
		if _, err := run(t, breaking(unknown)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// parseAll parses the values of a map.
func (h *HelpDesk) parseAll(key string, texts map[string]string) ([]field, error) {
	var all []field
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		t, err := h.parse(key+"."+name, texts[name])
		if err != nil {
			return nil, err
		}
		all = append(all, field{name, t})
	}
	return all, nil
}

// field is a header, or a value of a query or form.
type field struct {
	name  string
	value *template.Template
}

// run fills in a template, whose name is its key.
func run(t *template.Template, data Data) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", badTemplate(t.Name(), err)
	}
	return b.String(), nil
}
