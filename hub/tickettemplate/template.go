package tickettemplate

import (
	"cmp"
	"fmt"
	"strings"
	"text/template"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Text is a ticket template of hub.yml. Title and Body are Go templates (text/template) over Data.
type Text struct {
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
	Desk     string // the name of the help desk; empty: help_desk
}

// Data has the values that a template can use.
type Data struct {
	Caller Caller
	Call   Call
	Line   protocol.Line
	Agent  Agent
	Data   map[string]string // by the fields of call_data; empty texts if the call has none
	Note   string            // what the agent typed; may be empty
}

// Caller is {{.Caller}}: the customer and the number. Name is never empty.
type Caller struct {
	protocol.Customer
	Name   string
	Number string
	E164   string
}

// Call is {{.Call}}.
type Call struct {
	ID        string
	DID       string
	Direction string
	Started   time.Time
}

// Agent is {{.Agent}}.
type Agent struct {
	Login string
	Name  string
}

// defaultTemplate is used unless hub.yml defines the template DefaultName.
var defaultTemplate = Text{
	Title: "Call from {{.Caller.Name}}",
	Body: `Caller: {{.Caller.Name}}
Number: {{.Caller.Number}}{{with .Caller.Company}}
Company: {{.}}{{end}}
Line: {{or .Line.Name .Call.DID}}
Taken by: {{.Agent.Name}}
Time: {{.Call.Started.Format "2006-01-02 15:04"}}
`,
}

// DefaultName is the template of lines that name none.
const DefaultName = "default"

// Set has the parsed ticket templates. It is immutable.
type Set struct {
	byName map[string]parsed
	data   []string // fields of call_data
}

type parsed struct {
	text        Text
	title, body *template.Template
}

// Error is an error in a field of a template.
type Error struct {
	Name    string // of the template
	Field   string // title or body
	Text    string // what is wrong, for the administrator
	Unknown string // the name that is not one of Fields, if that is the error
	Err     error
}

func (e *Error) Error() string {
	return fmt.Sprintf("ticket template %q, %s: %s", e.Name, e.Field, e.Text)
}

func (e *Error) Unwrap() error { return e.Err }

func newError(name, field string, err error) *Error {
	text, unknown := faults.Explain(err)
	return &Error{Name: name, Field: field, Text: text, Unknown: unknown, Err: err}
}

// New parses the templates and executes each with sample data, to detect unknown fields at the
// start. data are the fields of call_data. All errors are returned, each a *Error.
func New(texts map[string]Text, data ...string) (Set, []error) {
	t := Set{byName: map[string]parsed{}, data: data}
	var errs []error
	add := func(name string, text Text) {
		parsed := parsed{text: text}
		var err error
		if parsed.title, err = parse("title", cmp.Or(text.Title, defaultTemplate.Title), data); err != nil {
			errs = append(errs, newError(name, "title", err))
		}
		if parsed.body, err = parse("body", cmp.Or(text.Body, defaultTemplate.Body), data); err != nil {
			errs = append(errs, newError(name, "body", err))
		}
		t.byName[name] = parsed
	}
	add(DefaultName, defaultTemplate)
	for name, text := range texts {
		add(name, text)
	}
	return t, errs
}

func parse(field, text string, data []string) (*template.Template, error) {
	t, err := template.New(field).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	return t, try(t, data)
}

// Has reports whether there is a template with a name.
func (t Set) Has(name string) bool {
	_, ok := t.byName[name]
	return ok
}

// Desk returns the name of the help desk of a template; the empty template is that of lines without
// one.
func (t Set) Desk(name string) string { return t.byName[cmp.Or(name, DefaultName)].text.Desk }

// Draft executes a template, which must exist. A note that its body does not contain follows it.
func (t Set) Draft(name string, c protocol.Call, customer *protocol.Customer, agent staff.Agent,
	note string,
) (helpdesk.Draft, error) {
	data := Data{
		Caller: Caller{Number: cmp.Or(c.Display, c.Number, "withheld"), E164: c.E164},
		Call:   Call{ID: c.ID, DID: c.DID, Direction: string(c.Direction), Started: c.Started},
		Line:   c.Line,
		Agent:  Agent{Login: agent.Login, Name: agent.Name},
		Data:   make(map[string]string, len(t.data)),
		Note:   note,
	}
	for _, name := range t.data {
		data.Data[name] = ""
	}
	for _, d := range c.Data {
		data.Data[d.Name] = d.Value
	}
	if customer != nil {
		data.Caller.Customer = *customer
	}
	data.Caller.Name = cmp.Or(data.Caller.Customer.Name, data.Caller.Login, c.Name, data.Caller.Number)

	tt := t.byName[name]
	var title, body strings.Builder
	if err := tt.title.Execute(&title, data); err != nil {
		return helpdesk.Draft{}, newError(name, "title", err)
	}
	if err := tt.body.Execute(&body, data); err != nil {
		return helpdesk.Draft{}, newError(name, "body", err)
	}
	if !strings.Contains(body.String(), note) {
		text := strings.TrimRight(body.String(), "\n") + "\n\n" + note + "\n"
		body.Reset()
		body.WriteString(text)
	}
	return helpdesk.Draft{
		CallID: c.ID, Number: cmp.Or(c.E164, c.Number), Customer: customer, Agent: agent,
		Title: oneLine(title.String()), Body: body.String(),
		Queue: tt.text.Queue, Priority: tt.text.Priority, State: tt.text.State, Type: tt.text.Type,
		Owner: tt.text.Owner, Desk: tt.text.Desk, Note: note,
	}, nil
}

// oneLine removes line breaks, which a caller's name may have.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
