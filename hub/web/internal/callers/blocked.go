package callers

import (
	"net/http"

	"traybell/hub/admin"
	"traybell/hub/web/pages"
)

// Blocked is the page of blocked numbers.
type Blocked struct {
	*pages.Renderer
	Callers *admin.Callers
}

// blockedPage is what blocked.html shows.
type blockedPage struct {
	May            pages.May
	Text           string
	List           []admin.Block
	Number, Reason string // of the form
	Edit           bool   // the number is blocked already
	Error, Failed  string
	pages.Turn
}

// List shows the blocked numbers.
func (p *Blocked) List(w http.ResponseWriter, r *http.Request) {
	page := blockedPage{Number: pages.Query(r, "number")}
	if page.Number != "" { // perhaps to be edited
		history, err := p.Callers.BlockHistory(r.Context(), pages.Principal(r), page.Number)
		if err == nil && history[0].Blocked {
			page.Number, page.Reason, page.Edit = history[0].Number, history[0].Reason, true
		}
	}
	p.show(w, r, page, nil)
}

func (p *Blocked) show(w http.ResponseWriter, r *http.Request, page blockedPage, failed error) {
	page.May, page.Text = pages.MayOf(r), pages.Query(r, "text")
	status := http.StatusOK
	if failed != nil {
		status, page.Error = p.Explain(r, failed)
	}
	found, err := p.Callers.Blocks(r.Context(), pages.Principal(r), page.Text, pages.PageOf(r))
	if err != nil {
		status, page.Failed = p.Explain(r, err)
	}
	page.List, page.Turn = found.Items, pages.TurnOf(r, found.Next)
	p.Show(w, r, status, pages.View{Name: "blocked.html", Title: "blocked.title", Data: page})
}

// Add blocks a number.
func (p *Blocked) Add(w http.ResponseWriter, r *http.Request) {
	page := blockedPage{
		Number: pages.Typed(r, "number"), Reason: pages.Typed(r, "reason"), Edit: r.PostFormValue("edit") != "",
	}
	if _, err := p.Callers.Block(r.Context(), pages.Principal(r), page.Number, page.Reason); err != nil {
		p.show(w, r, page, err)
		return
	}
	pages.Back(w, r, "/blocked", "blocked")
}

// Remove unblocks a number.
func (p *Blocked) Remove(w http.ResponseWriter, r *http.Request) {
	_, err := p.Callers.Unblock(r.Context(), pages.Principal(r), pages.Typed(r, "number"), pages.Typed(r, "reason"))
	p.Finish(w, r, err, "/blocked", "unblocked")
}
