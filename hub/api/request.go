package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	longestBody = 64 << 10 // bytes; a ticket's text is the longest
	atOnce      = 64       // requests
	ofOne       = 24       // of them of one client
)

// strict has huma refuse names of fields in another case: encoding/json would accept them after the
// schema has checked the right ones.
var strict = sync.OnceFunc(func() { huma.ValidateStrictCasing = true })

// places are the requests in progress by client: no client takes those of all others.
type places struct {
	mu  sync.Mutex
	of  map[string]int
	all int
}

// take returns the problem of a client for which there is no place.
func (p *places) take(client string) *problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.all == atOnce:
		return newProblem(http.StatusServiceUnavailable,
			"The hub handles %d requests at a time at most: try again.", atOnce)
	case p.of[client] == ofOne:
		return newProblem(http.StatusServiceUnavailable,
			"The hub handles %d requests of a client at a time at most: try again.", ofOne)
	}
	p.all++
	p.of[client]++
	return nil
}

func (p *places) give(client string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.of[client]--; p.of[client] == 0 {
		delete(p.of, client)
	}
}

// address returns the problem of an address that is malformed or ambiguous. net/http would leave out
// what it cannot read, and a filter that is left out selects everything.
func address(u *url.URL) *problem {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return newProblem(http.StatusBadRequest, "The query of the URL is malformed: %v.", err)
	}
	if !utf8.ValidString(u.Path) {
		return newProblem(http.StatusBadRequest, "The path is not UTF-8.")
	}
	for name, values := range query {
		switch {
		case len(values) > 1:
			return newProblem(http.StatusBadRequest, "The parameter %.40q is there %d times.", name, len(values))
		case !utf8.ValidString(name + values[0]):
			return newProblem(http.StatusBadRequest, "The parameter %.40q is not UTF-8.", name)
		}
	}
	return nil
}

// readBody reads the body of a request. Its JSON has no name twice, whose values programs read
// differently, and no text that would be changed.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBody))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return nil, newProblem(http.StatusRequestEntityTooLarge, "The body is longer than %d bytes.", large.Limit)
	} else if err != nil {
		return nil, newProblem(http.StatusBadRequest, "The body was cut: %v.", err)
	}
	if len(body) == 0 {
		return body, nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, newProblem(http.StatusUnsupportedMediaType,
			"The body must be JSON: send `Content-Type: application/json`.")
	}
	r.Header.Set("Content-Type", kind)
	in := jsontext.NewDecoder(bytes.NewReader(body))
	if _, err = in.ReadValue(); err == nil {
		if _, err = in.ReadToken(); errors.Is(err, io.EOF) {
			return body, nil
		}
		err = errors.New("there is more after the value")
	}
	return nil, newProblem(http.StatusBadRequest, "The body is not valid JSON: %v.", err)
}
