package config

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// WebhookHelpDesk has the keys of any help desk over HTTP.
type WebhookHelpDesk struct {
	Headers   map[string]string          `yaml:"headers" jsonschema_description:"Headers of all requests; the values are templates."`
	TicketURL string                     `yaml:"ticket_url" jsonschema_description:"Template of a ticket's page, for replies without a link, such as {{.URL}}/browse/{{url .Ticket.Number}}."`
	Requests  map[string]HelpDeskRequest `yaml:"requests" jsonschema_description:"The requests: create, find, open_tickets, note, notes. Only create is required."`
}

// The names of requests.
const (
	RequestCreate = "create"
	RequestFind   = "find"
	RequestOpen   = "open_tickets"
	RequestNote   = "note"
	RequestNotes  = "notes"
)

// HelpDeskRequest is a request to a help desk.
type HelpDeskRequest struct {
	Method   string            `yaml:"method" jsonschema_description:"GET, POST, PUT or PATCH. Default: POST if there is a body or a form, otherwise GET."`
	Path     string            `yaml:"path" jsonschema_description:"Template of the path below url; it begins with /."`
	Query    map[string]string `yaml:"query" jsonschema_description:"Templates of the query's values, which are escaped."`
	Body     string            `yaml:"body" jsonschema_description:"Template of the JSON to send."`
	Form     map[string]string `yaml:"form" jsonschema_description:"Templates of a form's values, instead of body. A value that begins with { or [ has to be JSON."`
	Success  []int             `yaml:"success" jsonschema_description:"Statuses that mean success. Default: all of 2xx."`
	Test     string            `yaml:"test" jsonschema_description:"Place in the reply that has to have the value equals, for help desks that refuse with status 200."`
	Equals   string            `yaml:"equals" jsonschema_description:"The value at test."`
	Message  string            `yaml:"message" jsonschema_description:"Place of the reason in a refusal."`
	ID       string            `yaml:"id" jsonschema_description:"create, find, open_tickets: place of the ticket's key. Default: the number."`
	Number   string            `yaml:"number" jsonschema_description:"create, find, open_tickets: place of what agents tell the caller. Default: the id."`
	Link     string            `yaml:"link" jsonschema_description:"create, find, open_tickets: place of the page's address. Default: ticket_url."`
	List     string            `yaml:"list" jsonschema_description:"find, open_tickets, notes: place of the list of results; the other places are in each. Default: the reply is the list."`
	Call     string            `yaml:"call" jsonschema_description:"find: place of the call's id, or of a text that has it. Results with another id are ignored."`
	Customer string            `yaml:"customer" jsonschema_description:"open_tickets: place of the customer's login; tickets of others are ignored."`
	Title    string            `yaml:"title" jsonschema_description:"open_tickets: place of the title."`
	Text     string            `yaml:"text" jsonschema_description:"notes: place of a note's text."`
}

func (w *WebhookHelpDesk) check(k deskChecker) {
	requests := k.at + ".requests"
	server := k.Server
	if server.Username != "" {
		k.Secret(k.at+".password", server.Password)
	} else if !server.Password.Empty() {
		k.Complain(k.at+".password", "`password` needs `username`")
	}
	secret := server.Username != "" || !server.Token.Empty()
	if secret && strings.HasPrefix(strings.ToLower(server.URL), "http://") && !k.Bad(k.at+".url") {
		k.Warn(k.at+".url", "the password or token is sent in clear text; use https://")
	}
	if _, has := w.Requests[RequestCreate]; !has && !k.Bad(requests) {
		k.Complain(requests, "`create` is missing: the request that creates a ticket")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Requests)) {
		k.OneOf(requests+"."+name, name, RequestCreate, RequestFind, RequestOpen, RequestNote, RequestNotes)
		r, at := w.Requests[name], requests+"."+name
		k.OneOf(at+".method", r.Method, "", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch)
		for _, status := range r.Success {
			if status < 200 || status > 299 {
				k.Complain(at+".success", "%d does not mean success in HTTP; use 200 to 299", status)
			}
		}
		if r.Equals != "" && r.Test == "" {
			k.Complain(at+".equals", "`equals` needs `test`, the place of the value")
		}
	}
}
