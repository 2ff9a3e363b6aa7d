// Package desks has the pages of terminals and of agents.
package desks

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/admin"
	"traybell/hub/staff"
	"traybell/hub/web/pages"
)

// Terminals are the pages of terminals.
type Terminals struct {
	*pages.Renderer
	Staff     pages.Staff
	Terminals *admin.Terminals
	Hub       *admin.Hub
}

// terminalsPage is what terminals.html shows.
type terminalsPage struct {
	May       pages.May
	Terminals []admin.Terminal
	Agents    []staff.Agent
	Teams     []string
	Mode      admin.Mode
	Limit     admin.TerminalLimit
	To, Text  string // of a message that was refused
	Error     string
}

// List shows who is signed in.
func (p *Terminals) List(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, terminalsPage{To: pages.Query(r, "to")}, nil)
}

func (p *Terminals) show(w http.ResponseWriter, r *http.Request, page terminalsPage, failed error) {
	who, status := pages.Principal(r), http.StatusOK
	if failed != nil {
		status, page.Error = p.Explain(r, failed)
	}
	var err error
	if page.Terminals, err = p.Terminals.List(r.Context(), who); err == nil {
		if page.Mode, err = p.Hub.Mode(r.Context(), who); err == nil {
			page.Limit, err = p.Hub.Limit(r.Context(), who)
		}
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page.May = pages.MayOf(r)
	for _, a := range p.Staff().Agents() {
		if slices.ContainsFunc(page.Terminals, func(t admin.Terminal) bool { return t.Agent == a.Login }) {
			page.Agents = append(page.Agents, a)
		}
		page.Teams = append(page.Teams, a.Teams...)
	}
	slices.Sort(page.Teams)
	page.Teams = slices.Compact(page.Teams)
	p.Show(w, r, status, pages.View{Name: "terminals.html", Title: "terminals.title", Data: page})
}

// Send shows a text on terminals. The form names them: all, "team " or "agent " and a name.
func (p *Terminals) Send(w http.ResponseWriter, r *http.Request) {
	page := terminalsPage{To: r.PostFormValue("to"), Text: pages.Typed(r, "text")}
	_, err := p.Terminals.Message(r.Context(), pages.Principal(r), recipients(page.To), page.Text)
	if err != nil {
		p.show(w, r, page, err)
		return
	}
	pages.Back(w, r, "/terminals", "message")
}

func recipients(to string) admin.To {
	switch kind, name, _ := strings.Cut(to, " "); kind {
	case "all":
		return admin.To{All: true}
	case "team":
		return admin.To{Team: name}
	case "agent":
		return admin.To{Agent: name}
	case "terminal":
		return admin.To{Terminal: name}
	}
	return admin.To{}
}

// End signs a terminal out.
func (p *Terminals) End(w http.ResponseWriter, r *http.Request) {
	err := p.Terminals.End(r.Context(), pages.Principal(r), r.PathValue("terminal"))
	p.Finish(w, r, err, "/terminals", "ended")
}

// mostMinutes is how long a maintenance with an end may last.
const mostMinutes = 7 * 24 * 60

// SetMode begins or ends maintenance.
func (p *Terminals) SetMode(w http.ResponseWriter, r *http.Request) {
	m := admin.Mode{Mode: admin.ModeName(r.PostFormValue("mode")), Text: pages.Typed(r, "text")}
	if text := r.PostFormValue("minutes"); text != "" {
		minutes, err := strconv.Atoi(text)
		if err != nil || minutes < 1 || minutes > mostMinutes { // never without an end by mistake
			p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.incomplete")
			return
		}
		m.Until = time.Now().Add(time.Duration(minutes) * time.Minute)
	}
	_, err := p.Hub.SetMode(r.Context(), pages.Principal(r), m)
	p.Finish(w, r, err, "/terminals", "mode")
}

// SetLimit changes how many terminals may sign in.
func (p *Terminals) SetLimit(w http.ResponseWriter, r *http.Request) {
	most, err := strconv.Atoi(r.PostFormValue("limit"))
	if err != nil && r.PostFormValue("limit") != "" {
		most = -1 // the command refuses it
	}
	_, err = p.Hub.SetLimit(r.Context(), pages.Principal(r), most)
	p.Finish(w, r, err, "/terminals", "limit")
}
