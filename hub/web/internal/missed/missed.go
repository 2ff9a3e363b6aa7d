// Package missed has the page of missed calls.
package missed

import (
	"net/http"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/pages"
)

// Pages is the page of missed calls.
type Pages struct {
	*pages.Renderer
	Staff  pages.Staff
	Missed *admin.Missed
}

// missedPage is what missed.html shows.
type missedPage struct {
	May   pages.May
	List  []missedRow
	Own   bool // an agent sees the agent's own
	Error string
	pages.Turn
}

type missedRow struct {
	admin.MissedNumber
	Seen     string // names of the agents who were shown a call
	Act      bool   // the visitor may claim it
	Yours    bool   // the visitor has claimed it
	Override bool   // the visitor may give it back, or mark it
}

// List shows who has to be called back.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	page := missedPage{May: pages.MayOf(r), Own: !who.May(access.View)}
	found, err := p.Missed.List(r.Context(), who, pages.PageOf(r))
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	for _, m := range found.Items {
		row := missedRow{
			MissedNumber: m, Seen: p.Staff.Called(strings.Join(m.Agents, ",")),
			Act: page.Own || who.May(access.Supervise),
		}
		row.Yours = m.Claimed != nil && m.Claimed.Kind == string(who.Kind) && m.Claimed.Login == who.Name
		row.Override = m.Claimed == nil || row.Yours || who.May(access.Supervise)
		page.List = append(page.List, row)
	}
	page.Turn = pages.TurnOf(r, found.Next)
	p.Show(w, r, status, pages.View{Name: "missed.html", Title: "missed.title", Data: page})
}

// Claim says that the visitor calls a number back.
func (p *Pages) Claim(w http.ResponseWriter, r *http.Request) {
	err := p.Missed.Claim(r.Context(), pages.Principal(r), pages.Typed(r, "number"))
	p.Finish(w, r, err, "/missed", "claimed")
}

// Release gives a number back.
func (p *Pages) Release(w http.ResponseWriter, r *http.Request) {
	err := p.Missed.Release(r.Context(), pages.Principal(r), pages.Typed(r, "number"))
	p.Finish(w, r, err, "/missed", "released")
}

// Done marks the calls as done that were on the page.
func (p *Pages) Done(w http.ResponseWriter, r *http.Request) {
	until, err := time.Parse(time.RFC3339Nano, r.PostFormValue("until"))
	if err != nil {
		p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.incomplete")
		return
	}
	err = p.Missed.Done(r.Context(), pages.Principal(r), pages.Typed(r, "number"), until)
	p.Finish(w, r, err, "/missed", "missed")
}
