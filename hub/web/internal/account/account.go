// Package account has the page of an agent's own account.
package account

import (
	"net/http"

	"traybell/hub/admin"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// Pages is the page on which agents change their password.
type Pages struct {
	*pages.Renderer
	Own *admin.Own
	// SignIn signs a visitor in whose password has just changed: all sessions of the agent have ended.
	SignIn func(w http.ResponseWriter, r *http.Request)
}

// passwordPage is what password.html shows.
type passwordPage struct {
	At       protocol.PasswordAt
	Error    string
	OfRepeat bool // the error is about the repetition
}

// Password shows the form.
func (p *Pages) Password(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, passwordPage{})
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, page passwordPage) {
	if page.At = p.Own.PasswordAt(pages.Principal(r)); page.At == "" {
		p.Message(w, r, http.StatusForbidden, "error.not_yours", "password.agents_only")
		return
	}
	p.Show(w, r, status, pages.View{Name: "password.html", Title: "password.title", Data: page})
}

// SetPassword changes the password.
func (p *Pages) SetPassword(w http.ResponseWriter, r *http.Request) {
	next := r.PostFormValue("new")
	if next != r.PostFormValue("repeat") {
		text := p.Texts(r).Say("password.differs")
		p.show(w, r, http.StatusBadRequest, passwordPage{Error: text, OfRepeat: true})
		return
	}
	if err := p.Own.SetPassword(r.Context(), pages.Principal(r), r.PostFormValue("current"), next); err != nil {
		status, text := p.Explain(r, err)
		p.show(w, r, status, passwordPage{Error: text})
		return
	}
	p.SignIn(w, r)
	pages.Back(w, r, "/password", "password")
}
