// Package mobiles has the page of the mobiles on which agents take calls of queues.
package mobiles

import (
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/web/pages"
)

// Pages is the page of mobiles.
type Pages struct {
	*pages.Renderer
	Mobiles *admin.Mobiles
}

// mobilesPage is what mobiles.html shows.
type mobilesPage struct {
	May   pages.May
	Login string // of an agent
	List  []admin.Mobile
	Error string // of the list
	Form  form
}

// form is what somebody typed.
type form struct{ Number, Agent, Error string }

// List shows the white list.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) { p.show(w, r, http.StatusOK, form{}) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, typed form) {
	who := pages.Principal(r)
	page := mobilesPage{May: pages.MayOf(r), Form: typed}
	if who.Kind == access.Agent {
		page.Login = who.Name
	}
	list, err := p.Mobiles.List(r.Context(), who)
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	page.List = list
	p.Show(w, r, status, pages.View{Name: "mobiles.html", Title: "mobiles.title", Data: page})
}

// Add puts a number on the list.
func (p *Pages) Add(w http.ResponseWriter, r *http.Request) {
	typed := form{Number: pages.Typed(r, "number"), Agent: pages.Typed(r, "agent")}
	err := p.Mobiles.Add(r.Context(), pages.Principal(r), typed.Number, admin.NewMobile{
		Agent: typed.Agent, PIN: pages.Typed(r, "pin"),
	})
	if err != nil {
		status, text := p.Explain(r, err)
		typed.Error = text
		p.show(w, r, status, typed)
		return
	}
	pages.Back(w, r, "/mobiles", "mobile_added")
}

// Remove takes a number off the list.
func (p *Pages) Remove(w http.ResponseWriter, r *http.Request) {
	err := p.Mobiles.Remove(r.Context(), pages.Principal(r), pages.Typed(r, "number"))
	p.Finish(w, r, err, "/mobiles", "mobile_removed")
}

// Set has an agent take calls on the mobile, or at the phones again.
func (p *Pages) Set(w http.ResponseWriter, r *http.Request) {
	on := r.PathValue("state") == "on"
	did := "mobile_off"
	if on {
		did = "mobile_on"
	}
	err := p.Mobiles.Set(r.Context(), pages.Principal(r), pages.Typed(r, "agent"), on)
	p.Finish(w, r, err, "/mobiles", did)
}
