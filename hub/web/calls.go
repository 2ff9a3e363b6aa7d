package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"traybell/hub/trace"
)

// Traces returns the traces of the last calls.
type Traces interface {
	// TracesOf returns the last traces, newest first: of calls with a party (phone.Number.Key) or,
	// if empty, all calls; and with ids below before, unless 0.
	TracesOf(ctx context.Context, party string, before int64, limit int) ([]trace.Trace, error)
	TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error)
}

// callsPage is what calls.html shows.
type callsPage struct {
	Title  string
	Search string // the ticket search in the page header
	Number string
	Calls  []trace.Trace
	Newest string // link to the first page; empty on it
	Older  string
}

func (s *Server) calls(w http.ResponseWriter, r *http.Request) {
	number := strings.TrimSpace(strings.ToValidUTF8(r.URL.Query().Get("number"), ""))
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	data := callsPage{Title: "Calls", Number: number}
	party := ""
	if number != "" {
		if party = s.reader.Load().Typed(number).Key(); party == "" {
			s.show(w, r, http.StatusOK, "calls.html", data)
			return
		}
	}
	found, err := s.o.Traces.TracesOf(r.Context(), party, before, pageSize+1)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if before > 0 {
		data.Newest = callsAddress(number, 0)
	}
	if data.Calls = found; len(found) > pageSize {
		data.Calls = found[:pageSize]
		data.Older = callsAddress(number, found[pageSize-1].ID)
	}
	s.show(w, r, http.StatusOK, "calls.html", data)
}

func callsAddress(number string, before int64) string {
	query := url.Values{}
	if number != "" {
		query.Set("number", number)
	}
	if before > 0 {
		query.Set("before", strconv.FormatInt(before, 10))
	}
	if len(query) == 0 {
		return "/calls"
	}
	return "/calls?" + query.Encode()
}

// callPage is what call.html shows.
type callPage struct {
	Title  string
	Search string
	trace.Trace
	Story []callStep
}

type callStep struct {
	At       time.Time
	Sentence string
	Details  []string
}

func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	t, ok, err := s.o.Traces.TraceOf(r.Context(), r.PathValue("call"))
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !ok:
		s.message(w, r, http.StatusNotFound, "No such call",
			"Traces are kept for a week, for the last 50,000 calls at most.")
	default:
		data := callPage{Title: "Call", Trace: t}
		for _, step := range t.Steps {
			sentence, details := step.Say()
			data.Story = append(data.Story, callStep{step.At, sentence, details})
		}
		s.show(w, r, http.StatusOK, "call.html", data)
	}
}

// second formats the time of a step within a call.
func (s *Server) second(t time.Time) string { return t.In(s.zone).Format("15:04:05.000") }
