package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
)

const (
	pageSize  = 25
	maxSearch = 200 // bytes
	maxPage   = 1_000_000
	maxForm   = 4 << 10
)

// listPage is what list.html shows.
type listPage struct {
	Title        string
	Search       string
	Tickets      []helpdesk.ListedTicket
	Total        int
	First, Last  int // positions of the shown tickets, from 1
	Newer, Older string
	Elsewhere    string // the external help desk, if there is one
}

// start redirects to the tickets or, with an external help desk, to the calls.
func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	page := "/tickets"
	if s.elsewhere() != "" && s.o.Traces != nil {
		page = "/calls"
	}
	http.Redirect(w, r, page, http.StatusSeeOther)
}

func (s *Server) elsewhere() string {
	if s.o.Elsewhere == nil {
		return ""
	}
	return s.o.Elsewhere()
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	text := strings.ToValidUTF8(strings.TrimSpace(r.URL.Query().Get("q")), "")
	if len(text) > maxSearch {
		text = strings.ToValidUTF8(text[:maxSearch], "")
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 || page > maxPage {
		page = 1
	}
	found, total, err := s.o.Tickets.SearchListed(r.Context(), text, (page-1)*pageSize, pageSize)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	data := listPage{Title: "Tickets", Search: text, Tickets: found, Total: total, Elsewhere: s.elsewhere()}
	if len(found) > 0 {
		data.First = (page-1)*pageSize + 1
		data.Last = data.First + len(found) - 1
	}
	if page > 1 { // from beyond the end, to the last page
		data.Newer = listAddress(text, min(page-1, max(1, (total+pageSize-1)/pageSize)))
	}
	if data.Last < total && len(found) > 0 {
		data.Older = listAddress(text, page+1)
	}
	s.show(w, r, http.StatusOK, "list.html", data)
}

func listAddress(text string, page int) string {
	query := url.Values{}
	if text != "" {
		query.Set("q", text)
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	if len(query) == 0 {
		return "/tickets"
	}
	return "/tickets?" + query.Encode()
}

// ticketPage is what ticket.html shows.
type ticketPage struct {
	Title  string
	Search string
	helpdesk.ListedTicket
	Open bool
}

func (s *Server) ticket(w http.ResponseWriter, r *http.Request) {
	t, ok, err := s.o.Tickets.ListedByNumber(r.Context(), r.PathValue("number"))
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !ok:
		s.missing(w, r)
	default:
		page := ticketPage{Title: t.Number, ListedTicket: t, Open: t.Closed.IsZero()}
		s.show(w, r, http.StatusOK, "ticket.html", page)
	}
}

func (s *Server) setState(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	state := r.PostFormValue("state")
	if state != helpdesk.ListedClosed && state != helpdesk.ListedOpen {
		s.message(w, r, http.StatusBadRequest, "Nothing was changed", "The state must be closed or open.")
		return
	}
	number := r.PathValue("number")
	ok, err := s.o.Tickets.CloseListed(r.Context(), number, state == helpdesk.ListedClosed)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case !ok:
		s.missing(w, r)
	default:
		http.Redirect(w, r, "/tickets/"+url.PathEscape(number), http.StatusSeeOther)
	}
}

func (s *Server) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pages, "pages/web.css")
}

// health answers monitoring. /metrics has the state of the PBXs and the help desk.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// messagePage is what message.html shows.
type messagePage struct {
	Title  string
	Search string
	Text   string
}

func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusNotFound, "No such ticket", "There is no ticket with this number.")
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.o.Log.Error("cannot render page", "page", r.URL.Path, "error", err)
	s.message(w, r, http.StatusInternalServerError, "Internal error", "See the hub's log for details.")
}

func (s *Server) message(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	s.show(w, r, status, "message.html", messagePage{Title: title, Text: text})
}

// show renders a page completely before it sends anything.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page bytes.Buffer
	if err := s.pages.ExecuteTemplate(&page, name, data); err != nil {
		s.o.Log.Error("cannot render page", "page", r.URL.Path, "error", err)
		http.Error(w, "Internal error. See the hub's log for details.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
