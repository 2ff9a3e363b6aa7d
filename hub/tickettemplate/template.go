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

// TemplateText is a ticket template as it stands in hub.yml. Title and Body are Go templates
// (text/template) over TemplateData.
type Text struct {
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
}

// TemplateData is what a template can name.
type Data struct {
	Caller Caller
	Call   Call
	Line   protocol.Line
	Agent  Agent
}

// TemplateCaller is {{.Caller}}: the customer, and the number. Name is never empty.
type Caller struct {
	protocol.Customer
	Name   string
	Number string
	E164   string
}

// TemplateCall is {{.Call}}.
type Call struct {
	ID        string
	DID       string
	Direction string
	Started   time.Time
}

// TemplateAgent is {{.Agent}}.
type Agent struct {
	Login string
	Name  string
}

// defaultTemplate is used for lines that name none.
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

// DefaultTemplateName is the template for lines that name none; hub.yml may define it.
const DefaultName = "default"

// Templates are the ticket templates, parsed.
type Set struct {
	byName map[string]parsed
}

type parsed struct {
	text        Text
	title, body *template.Template
}

// TemplateError says which field of which template is bad.
type Error struct {
	Name    string // the template's
	Field   string // title or body
	Text    string // what is wrong, for who wrote it
	Unknown string // the name that is none of TemplateFields, where that is what is wrong
	Err     error
}

func (e *Error) Error() string {
	return fmt.Sprintf("ticket template %q, %s: %s", e.Name, e.Field, e.Text)
}

func (e *Error) Unwrap() error { return e.Err }

func newError(name, field string, err error) *Error {
	text, unknown := explain(err)
	return &Error{Name: name, Field: field, Text: text, Unknown: unknown, Err: err}
}

// NewTemplates parses the templates and tries each on a made-up call, so that one that names a
// field that is not there is found at start. All errors are returned, each a *TemplateError.
func New(texts map[string]Text) (Set, []error) {
	t := Set{byName: map[string]parsed{}}
	var errs []error
	add := func(name string, text Text) {
		parsed := parsed{text: text}
		var err error
		if parsed.title, err = parse("title", cmp.Or(text.Title, defaultTemplate.Title)); err != nil {
			errs = append(errs, newError(name, "title", err))
		}
		if parsed.body, err = parse("body", cmp.Or(text.Body, defaultTemplate.Body)); err != nil {
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

func parse(field, text string) (*template.Template, error) {
	t, err := template.New(field).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	return t, try(t)
}

func (t Set) Has(name string) bool {
	_, ok := t.byName[name]
	return ok
}

// Draft fills the template of that name in; the name is known to exist.
func (t Set) Draft(name string, c protocol.Call, customer *protocol.Customer, agent staff.Agent) (helpdesk.Draft, error) {
	data := Data{
		Caller: Caller{Number: cmp.Or(c.Display, c.Number, "withheld"), E164: c.E164},
		Call:   Call{ID: c.ID, DID: c.DID, Direction: string(c.Direction), Started: c.Started},
		Line:   c.Line,
		Agent:  Agent{Login: agent.Login, Name: agent.Name},
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
	return helpdesk.Draft{
		CallID: c.ID, Number: cmp.Or(c.E164, c.Number), Customer: customer, Agent: agent,
		Title: oneLine(title.String()), Body: body.String(),
		Queue: tt.text.Queue, Priority: tt.text.Priority, State: tt.text.State, Type: tt.text.Type,
		Owner: tt.text.Owner,
	}, nil
}

// oneLine keeps a title a title, whatever a caller's name brought along.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
