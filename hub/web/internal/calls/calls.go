// Package calls has the pages of calls and of their traces.
package calls

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"traybell/hub/admin"
	"traybell/hub/staff"
	"traybell/hub/web/internal/recordings"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// Pages are the pages of calls and their traces.
type Pages struct {
	*pages.Renderer
	Staff   pages.Staff
	Calls   *admin.Calls
	PBXs    *admin.PBXs
	Reasons *admin.Why
	Rules   *admin.Rules

	Recorded *recordings.Pages
}

// callsPage is what calls.html shows.
type callsPage struct {
	May    pages.May
	Filter callFilter
	Agents []staff.Agent // to choose from
	PBXs   []string
	Now    []liveCall
	Past   []pastCall
	Any    bool // the filter selects some calls only
	CSV    string
	Listen bool // the visitor may listen to recordings
	Error  string
	pages.Turn
}

type callFilter struct {
	Text, Agent, PBX, Direction, From, To string
	Missed                                bool
}

type liveCall struct {
	admin.LiveCall
	Name string // who calls, or is called
	With string // the agents who talk or whose phones ring
	For  time.Duration
}

type pastCall struct {
	admin.PastCall
	Who  string // the agents
	Wait time.Duration
	Took time.Duration
}

// List shows the calls of now and of before.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	v := pages.VisitorOf(r)
	filter, page := p.callFilter(r)
	page.May, page.Agents = pages.MayOf(r), p.Staff().Agents()
	status := http.StatusOK
	now, err := p.Calls.Now(r.Context(), v.Principal)
	if err == nil {
		page.Now = p.liveCalls(now)
		var past admin.List[admin.PastCall]
		if past, err = p.Calls.Past(r.Context(), v.Principal, filter, pages.PageOf(r)); err == nil {
			page.Past, page.Turn = p.pastCalls(past.Items), pages.TurnOf(r, past.Next)
		}
	}
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	if page.May.View {
		if pbxs, err := p.PBXs.List(r.Context(), v.Principal); err == nil && len(pbxs) > 1 {
			for _, pbx := range pbxs {
				page.PBXs = append(page.PBXs, pbx.ID)
			}
		}
	}
	page.Listen = p.Recorded.Recordings.MayListen(v.Principal)
	values := r.URL.Query()
	values.Del("after")
	values.Del("done")
	page.CSV = pages.Link("/calls.csv", values)
	p.Show(w, r, status, pages.View{Name: "calls.html", Title: "calls.title", Data: page})
}

// callFilter reads the filter of the address.
func (p *Pages) callFilter(r *http.Request) (f admin.CallFilter, page callsPage) {
	page.Filter = callFilter{
		Text: pages.Query(r, "text"), Agent: pages.Query(r, "agent"), PBX: pages.Query(r, "pbx"),
		Direction: pages.Query(r, "direction"), From: pages.Query(r, "from"), To: pages.Query(r, "to"),
		Missed: pages.Query(r, "missed") != "",
	}
	f = admin.CallFilter{
		Text: page.Filter.Text, Agent: page.Filter.Agent, PBX: page.Filter.PBX,
		Direction: protocol.Direction(page.Filter.Direction), Missed: page.Filter.Missed,
	}
	f.From, f.To = p.Days(r)
	page.Any = page.Filter != callFilter{}
	return f, page
}

func (p *Pages) liveCalls(list []admin.LiveCall) []liveCall {
	calls, now := make([]liveCall, len(list)), time.Now()
	for i, c := range list {
		l := liveCall{LiveCall: c, Name: c.Name, For: now.Sub(c.Started)}
		if len(c.Customers) > 0 {
			l.Name = c.Customers[0]
		}
		var with []string
		for _, leg := range c.Legs {
			with = append(with, p.Staff.At(leg.Extension))
		}
		l.With = strings.Join(with, ", ")
		calls[i] = l
	}
	return calls
}

func (p *Pages) pastCalls(list []admin.PastCall) []pastCall {
	calls := make([]pastCall, len(list))
	for i, c := range list {
		calls[i] = pastCall{
			PastCall: c, Who: cmp.Or(p.Staff.Called(c.Agent), c.Extension), Wait: time.Duration(c.Ring) * time.Second,
			Took: time.Duration(c.Talk) * time.Second,
		}
	}
	return calls
}

// CSV sends the calls that a filter selects as a file for spreadsheets.
func (p *Pages) CSV(w http.ResponseWriter, r *http.Request) {
	if !pages.AreDays(r) {
		p.Message(w, r, http.StatusBadRequest, "error.failed", "error.address")
		return
	}
	f, _ := p.callFilter(r)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition",
		fmt.Sprintf(`attachment; filename="calls-%s.csv"`, time.Now().In(p.Zone).Format(time.DateOnly)))
	out := &begun{ResponseWriter: w}
	if err := p.Calls.WriteCSV(r.Context(), pages.Principal(r), f, out); err != nil {
		if !out.is {
			w.Header().Del("Content-Disposition")
			p.Refuse(w, r, err)
			return
		}
		p.Log.Error("calls not written completely", "error", err)
		panic(http.ErrAbortHandler) // the browser sees that the file is not complete
	}
}

// begun is a response that knows whether it has begun.
type begun struct {
	http.ResponseWriter
	is bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.is { // a long file takes its time; a reader that has gone away ends it
		b.is = true
		if err := http.NewResponseController(b.ResponseWriter).SetWriteDeadline(
			time.Now().Add(10 * time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	return b.ResponseWriter.Write(p)
}
