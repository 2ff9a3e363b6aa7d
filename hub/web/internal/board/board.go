// Package board has the live board of supervisors.
package board

import (
	"net/http"
	"net/url"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/listening"
	"traybell/hub/supervision"
	"traybell/hub/web/internal/duties"
	"traybell/hub/web/pages"
)

// Path is the page's.
const Path = "/board"

// Pages are the board.
type Pages struct {
	*pages.Renderer
	Board *supervision.Commands
}

// boardPage is what board.html shows.
type boardPage struct {
	supervision.Board
	Calls  []call
	Queues []queue
	// Changes are what agents may change to, by login; none without agent states
	Changes map[string][]duties.Change
	Phone   string // of an administrator, that rings
	Asks    bool   // for it: who looks is no agent
	Error   string
}

type call struct {
	admin.LiveCall
	For time.Duration // since it began
}

type queue struct {
	admin.Queue
	LongestWait time.Duration
}

// Live shows the board.
func (p *Pages) Live(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	page := boardPage{Phone: pages.Query(r, "phone"), Asks: who.Kind != access.Agent}
	var err error
	if page.Board, err = p.Board.Board(r.Context(), who); err != nil {
		status, page.Error = p.Explain(r, err)
	}
	for _, c := range page.Board.Calls {
		page.Calls = append(page.Calls, call{c, max(page.At.Sub(c.Started), 0)})
	}
	for _, q := range page.Board.Queues {
		page.Queues = append(page.Queues, queue{q, time.Duration(q.Longest) * time.Second})
	}
	if states, err := p.Board.Duty.States(r.Context(), who); err == nil && p.Board.Duty.On() {
		page.Changes = map[string][]duties.Change{}
		for _, now := range states {
			page.Changes[now.Login] = duties.Changes(p.Board.Duty, p.Texts(r), now)
		}
	}
	p.Show(w, r, status, pages.View{Name: "board.html", Title: "board.title", Data: page})
}

// Listen rings the supervisor's phone.
func (p *Pages) Listen(w http.ResponseWriter, r *http.Request) {
	phone := pages.Typed(r, "phone")
	_, err := p.Board.Begin(r.Context(), pages.Principal(r), supervision.Listen{
		Agent: pages.Typed(r, "agent"), Call: pages.Typed(r, "call"), Mode: listening.Mode(r.PathValue("mode")),
		Phone: phone,
	})
	p.Finish(w, r, err, Back(phone), "listen")
}

// End stops listening.
func (p *Pages) End(w http.ResponseWriter, r *http.Request) {
	err := p.Board.End(r.Context(), pages.Principal(r), pages.Typed(r, "id"))
	p.Finish(w, r, err, Back(pages.Typed(r, "phone")), "listen_end")
}

// Back is the board for a supervisor with this phone; empty: of an agent.
func Back(phone string) string {
	values := url.Values{}
	if phone != "" {
		values.Set("phone", phone)
	}
	return pages.Link(Path, values)
}
