// Package queues has the page of Asterisk's queues.
package queues

import (
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// Pages is the page of queues.
type Pages struct {
	*pages.Renderer
	Queues *admin.Queues
}

// queuesPage is what queues.html shows.
type queuesPage struct {
	May    pages.May
	Login  string // of an agent
	Queues []queue
	Error  string
}

type queue struct {
	admin.Queue
	LongestWait time.Duration
}

// List shows who waits in which queue, and who takes the calls.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	page := queuesPage{May: pages.MayOf(r)}
	if who.Kind == access.Agent {
		page.Login = who.Name
	}
	list, err := p.Queues.List(r.Context(), who)
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	for _, q := range list {
		page.Queues = append(page.Queues, queue{q, time.Duration(q.Longest) * time.Second})
	}
	p.Show(w, r, status, pages.View{Name: "queues.html", Title: "queues.title", Data: page})
}

// Control changes an agent's place in a queue.
func (p *Pages) Control(w http.ResponseWriter, r *http.Request) {
	err := p.Queues.Control(r.Context(), pages.Principal(r), pages.Typed(r, "agent"),
		protocol.QueueControl(r.PathValue("control")), protocol.SetQueue{
			PBX: pages.Typed(r, "pbx"), Name: pages.Typed(r, "name"), Reason: pages.Typed(r, "reason"),
		})
	p.Finish(w, r, err, "/queues", "queue_"+r.PathValue("control"))
}
