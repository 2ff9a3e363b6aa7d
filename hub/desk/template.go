package desk

import (
	"cmp"
	"fmt"
	"strings"
	"text/template"
	"time"

	"traybell/shared/protocol"
)

// TemplateText is a ticket template as it stands in hub.yml. Title and Body are Go templates
// (text/template) over TemplateData.
type TemplateText struct {
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
}

// TemplateData is what a template can name.
type TemplateData struct {
	Caller TemplateCaller
	Call   TemplateCall
	Line   protocol.Line
	Agent  TemplateAgent
}

// TemplateCaller is {{.Caller}}: the customer, and the number. Name is never empty.
type TemplateCaller struct {
	protocol.Customer
	Name   string
	Number string
	E164   string
}

// TemplateCall is {{.Call}}.
type TemplateCall struct {
	ID        string
	DID       string
	Direction string
	Started   time.Time
}

// TemplateAgent is {{.Agent}}.
type TemplateAgent struct {
	Login string
	Name  string
}

// defaultTemplate is used for lines that name none.
var defaultTemplate = TemplateText{
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
const DefaultTemplateName = "default"

// Templates are the ticket templates, parsed.
type Templates struct {
	byName map[string]ticketTemplate
}

type ticketTemplate struct {
	text        TemplateText
	title, body *template.Template
}

// TemplateError says which field of which template is bad.
type TemplateError struct {
	Name    string // the template's
	Field   string // title or body
	Text    string // what is wrong, for who wrote it
	Unknown string // the name that is none of TemplateFields, where that is what is wrong
	Err     error
}

func (e *TemplateError) Error() string {
	return fmt.Sprintf("ticket template %q, %s: %s", e.Name, e.Field, e.Text)
}

func (e *TemplateError) Unwrap() error { return e.Err }

func templateError(name, field string, err error) *TemplateError {
	text, unknown := inWords(err)
	return &TemplateError{Name: name, Field: field, Text: text, Unknown: unknown, Err: err}
}

// NewTemplates parses the templates and tries each on a made-up call, so that one that names a
// field that is not there is found at start. All errors are returned, each a *TemplateError.
func NewTemplates(texts map[string]TemplateText) (Templates, []error) {
	t := Templates{byName: map[string]ticketTemplate{}}
	var errs []error
	add := func(name string, text TemplateText) {
		parsed := ticketTemplate{text: text}
		var err error
		if parsed.title, err = parseTemplate("title", cmp.Or(text.Title, defaultTemplate.Title)); err != nil {
			errs = append(errs, templateError(name, "title", err))
		}
		if parsed.body, err = parseTemplate("body", cmp.Or(text.Body, defaultTemplate.Body)); err != nil {
			errs = append(errs, templateError(name, "body", err))
		}
		t.byName[name] = parsed
	}
	add(DefaultTemplateName, defaultTemplate)
	for name, text := range texts {
		add(name, text)
	}
	return t, errs
}

func parseTemplate(field, text string) (*template.Template, error) {
	t, err := template.New(field).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	return t, try(t)
}

func (t Templates) has(name string) bool {
	_, ok := t.byName[name]
	return ok
}

// draft fills the template of that name in; the name is known to exist.
func (t Templates) draft(name string, c protocol.Call, customer *protocol.Customer, agent Agent) (TicketDraft, error) {
	data := TemplateData{
		Caller: TemplateCaller{Number: cmp.Or(c.Display, c.Number, "withheld"), E164: c.E164},
		Call:   TemplateCall{ID: c.ID, DID: c.DID, Direction: string(c.Direction), Started: c.Started},
		Line:   c.Line,
		Agent:  TemplateAgent{Login: agent.Login, Name: agent.Name},
	}
	if customer != nil {
		data.Caller.Customer = *customer
	}
	data.Caller.Name = cmp.Or(data.Caller.Customer.Name, data.Caller.Login, c.Name, data.Caller.Number)

	tt := t.byName[name]
	var title, body strings.Builder
	if err := tt.title.Execute(&title, data); err != nil {
		return TicketDraft{}, templateError(name, "title", err)
	}
	if err := tt.body.Execute(&body, data); err != nil {
		return TicketDraft{}, templateError(name, "body", err)
	}
	return TicketDraft{
		CallID: c.ID, Number: cmp.Or(c.E164, c.Number), Customer: customer, Agent: agent,
		Title: oneLine(title.String()), Body: body.String(),
		Queue: tt.text.Queue, Priority: tt.text.Priority, State: tt.text.State, Type: tt.text.Type,
		Owner: tt.text.Owner,
	}, nil
}

// oneLine keeps a title a title, whatever a caller's name brought along.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
