package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"traybell/hub/jsonplace"
)

// Reply describes a reply. A place is a path into its JSON, "request.id" or "issues.0.key"; "." is
// the whole reply, "comments|worklogs" the first of several that is there, and "header:Location" a
// header, which only the reply to Create has. The id and number of a header are the last part of its
// path.
type Reply struct {
	Success []int // statuses; empty: all of 2xx
	// Test is a place that has to have Value, if the status does not tell.
	Test, Value string
	Message     string // place of the reason in a refusal; empty: its beginning is shown

	ID, Number, Link string // places in the reply to Create, or in each result
	List             string // place of the results; empty: the reply is a list, or the only result
	Call             string // in a result: the call's id, or a text that has it
	Customer         string // in a result: the customer's login; empty: it is not compared
	Title            string // in a result
	Text             string // in a result: the note's text
}

// headerName returns the name of a header that is a place.
func headerName(place string) (name string, ok bool) { return strings.CutPrefix(place, "header:") }

func isLink(place string) bool {
	_, ok := headerName(place)
	return ok
}

// at returns the text at a place of a reply.
func (r Reply) at(place string, header http.Header, value any) (text string, ok bool) {
	if name, isHeader := headerName(place); isHeader {
		return header.Get(name), header.Get(name) != ""
	}
	return jsonplace.Text(value, place)
}

// results returns the results of a search. A reply with none has an empty list.
func (r Reply) results(value any) ([]any, error) {
	at, ok := jsonplace.At(value, r.List)
	if !ok {
		return nil, fmt.Errorf("the reply has no list at %q", r.List)
	}
	list, isList := at.([]any)
	if one, isObject := at.(map[string]any); isObject && r.List == "" {
		list, isList = []any{one}, true
	}
	if !isList {
		if r.List == "" {
			return nil, errors.New("the reply is not a list")
		}
		return nil, fmt.Errorf("%q is not a list", r.List)
	}
	for _, each := range list {
		if _, isObject := each.(map[string]any); !isObject {
			return nil, errors.New("a result is not a JSON object")
		}
	}
	return list, nil
}

// reason is the help desk's own words about a refusal; empty if there are none.
func (r Reply) reason(value any) string {
	if r.Message != "" {
		at, ok := jsonplace.At(value, r.Message)
		if !ok || jsonplace.Empty(at) {
			return ""
		}
		if text, ok := jsonplace.Text(at, ""); ok {
			return text
		}
		text, err := json.Marshal(at) // Jira has an object with a sentence for each field
		if err != nil {
			return ""
		}
		return string(text)
	}
	return ""
}

// absolute returns an address of a reply with scheme and host.
func (h *HelpDesk) absolute(text string) string {
	base, err := url.Parse(h.client.URL() + "/")
	if err != nil {
		return ""
	}
	to, err := base.Parse(text)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" {
		return ""
	}
	return to.String()
}

// lastSegment returns the last part of an address's path, or the text if it is not an address.
func lastSegment(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return path.Base(strings.TrimRight(u.Path, "/"))
}
