package settings

import (
	"errors"
	"strings"

	"traybell/shared/link"
	"traybell/shared/protocol"
)

// ErrNoWebPath tells that a link begins with "/", and there is no help desk's address to add it to.
var ErrNoWebPath = errors.New("the link begins with / and there is no Web Path")

// ParseLink reads the template of a link; one that begins with "/" is added to the Web Path. An
// empty text is no template.
func ParseLink(text, webPath string) (*link.Template, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil //nolint:nilnil // a nil template is link's own way to say that there is none
	}
	if strings.HasPrefix(text, "/") {
		if webPath == "" {
			return nil, ErrNoWebPath
		}
		text = strings.TrimRight(webPath, "/") + text
	}
	return link.Parse(text)
}

// CheckLink tells what is wrong with the text of a link, nil for nothing.
func CheckLink(text, webPath string) *Problem {
	_, err := ParseLink(text, webPath)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoWebPath):
		return problem("problem.link_relative")
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // without the template, which stands right above
	}
	return &Problem{Key: "problem.link", Places: map[string]any{"Reason": err.Error()}}
}

// Links lays the agent's own links of a call over those that came with it. Customer is who calls,
// nil where that is not clear. What cannot be read, or has nothing to say about this call, leaves
// the hub's link.
func (f InForce) Links(call protocol.Call, customer *protocol.Customer) protocol.Links {
	links := call.Links
	values := link.Of(call, customer, f.Extension)
	lay := func(on *string, template string) {
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
	lay(&links.Ticket, f.Ticket)
	lay(&links.CID, f.CID)
	lay(&links.Map, f.Map)
	return links
}
