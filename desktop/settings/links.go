package settings

import (
	"errors"
	"strings"

	"traybell/shared/link"
	"traybell/shared/protocol"
)

// ErrNoWebPath means that a link starts with "/", but no Web Path is set.
var ErrNoWebPath = errors.New("the link starts with / but no Web Path is set")

// ParseLink parses the template of a link. A link that starts with "/" is appended to the Web Path.
// An empty text is no template.
func ParseLink(text, webPath string) (*link.Template, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil //nolint:nilnil // a nil template is no template, as in package link
	}
	if strings.HasPrefix(text, "/") {
		if webPath == "" {
			return nil, ErrNoWebPath
		}
		text = strings.TrimRight(webPath, "/") + text
	}
	return link.Parse(text)
}

// CheckLink returns the problem with a link, or nil.
func CheckLink(text, webPath string) *Problem {
	_, err := ParseLink(text, webPath)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoWebPath):
		return problem("problem.link_relative")
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // without the template, which the field shows
	}
	return &Problem{Key: "problem.link", Places: map[string]any{"Reason": err.Error()}}
}

// Links overrides the links of a call with the agent's. customer is the caller, or nil if unknown.
// The hub's link stays if a template is invalid or yields no link for this call.
func (f Effective) Links(call protocol.Call, customer *protocol.Customer) protocol.Links {
	links := call.Links
	values := link.Of(call, customer, f.Extension)
	override := func(on *string, template string) {
		if template == "" {
			return
		}
		t, err := ParseLink(template, f.WebPath)
		if err != nil {
			return
		}
		if address, ok := t.Expand(values); ok {
			*on = address
		}
	}
	override(&links.Ticket, f.Ticket)
	override(&links.CID, f.CID)
	override(&links.Map, f.Map)
	return links
}

// PageOf is the page of the CID-Link for a number; empty without such a link. administrator is the
// hub's template.
func (f Effective) PageOf(number, administrator string) string {
	call := protocol.Call{Number: number}
	if strings.HasPrefix(number, "+") {
		call.E164 = number
	}
	if t, err := link.Parse(administrator); err == nil {
		if page, ok := t.Expand(link.Of(call, nil, f.Extension)); ok {
			call.Links.CID = page
		}
	}
	return f.Links(call, nil).CID
}
