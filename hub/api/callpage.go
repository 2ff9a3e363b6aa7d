package api

import (
	"context"
	"net/http"
	"strings"

	"traybell/hub/access"
	"traybell/hub/callpage"
)

const pageTag = "Page of a call"

// pagePath is below what pages of other sites may call with a token of a page.
const pagePath = Path + "/page/"

type newPageTicket struct{ Body callpage.PageTicket }

type newPageNote struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"8000"`
	}
}

func registerCallPage(to registrar, c *callpage.Commands) {
	answer(to, noRole, http.MethodGet, "getPageCall", "/page/call", pageTag, "The call of the page",
		func(ctx context.Context, p access.Principal, _ *nothing) (callpage.PageCall, error) {
			return c.Call(ctx, p)
		})
	answer(to, noRole, http.MethodPost, "createPageTicket", "/page/ticket", pageTag, "Make the ticket of the call",
		func(ctx context.Context, p access.Principal, in *newPageTicket) (callpage.MadeTicket, error) {
			return c.CreateTicket(ctx, p, in.Body)
		})
	act(to, noRole, http.MethodPost, "addPageNote", "/page/note", pageTag, "Add a note to the ticket of the call",
		func(ctx context.Context, p access.Principal, in *newPageNote) error {
			return c.AddNote(ctx, p, in.Body.Text)
		})
}

// crossOrigin permits the sites of hub.yml's scripts to send requests with a token of a page, and
// answers what their browsers ask before; done: nothing else is to be answered. The session of the
// pages is of no use there.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) (done bool) {
	if !strings.HasPrefix(r.URL.Path, pagePath) || s.o.Pages == nil {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" && s.o.Pages.Service.Origin(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Max-Age", "600")
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	return false
}
