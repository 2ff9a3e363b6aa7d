package web

import (
	"net/http"
	"strings"

	"traybell/hub/admin"
	"traybell/hub/hidden"
	"traybell/hub/openid"
	"traybell/hub/web/internal/account"
	"traybell/hub/web/internal/announcements"
	"traybell/hub/web/internal/board"
	"traybell/hub/web/internal/callers"
	"traybell/hub/web/internal/calls"
	"traybell/hub/web/internal/desks"
	"traybell/hub/web/internal/download"
	"traybell/hub/web/internal/duties"
	"traybell/hub/web/internal/hub"
	"traybell/hub/web/internal/hubfile"
	"traybell/hub/web/internal/missed"
	"traybell/hub/web/internal/mobiles"
	"traybell/hub/web/internal/overview"
	"traybell/hub/web/internal/queues"
	"traybell/hub/web/internal/recordings"
	"traybell/hub/web/internal/tickets"
	"traybell/hub/web/internal/webhooks"
	"traybell/hub/web/live"
	"traybell/hub/web/pages"
	"traybell/hub/web/script"
	"traybell/hub/web/terminal"
	"traybell/shared/protocol"
)

// audience says who may use a route.
type audience int

const (
	public   audience = iota // no personal data, or the handler has its own sign-in
	everyone                 // strangers see it as well, and it says who is signed in
	signedIn                 // agents see what concerns them
	viewers                  // people with a role
	scrapers                 // programs on the hub's computer, and administrators
)

type route struct {
	pattern string
	who     audience
	handler http.HandlerFunc
}

// routes returns all routes of the hub's port. The commands behind a POST check the role.
func (s *Server) routes() []route {
	do, staff, door := s.o.Commands, pages.Staff(s.o.Staff), s.door
	page := s.turns.take // what live.js reads again; files and streams would hold a turn
	start := &overview.Pages{Renderer: s.page, Hub: do.Hub, PBXs: do.PBXs, Tickets: do.Tickets, Calls: do.Calls}
	recorded := &recordings.Pages{Renderer: s.page, Recordings: do.Recordings}
	called := &calls.Pages{
		Renderer: s.page, Staff: staff, Calls: do.Calls, PBXs: do.PBXs, Reasons: do.Why, Rules: do.Rules,
		Recorded: recorded,
	}
	supervised := &board.Pages{Renderer: s.page, Board: s.o.Board}
	announced := &announcements.Pages{Renderer: s.page, Announcements: do.Announcements}
	queued := &queues.Pages{Renderer: s.page, Queues: do.Queues}
	mobile := &mobiles.Pages{Renderer: s.page, Mobiles: do.Mobiles}
	back := &missed.Pages{Renderer: s.page, Staff: staff, Missed: do.Missed}
	terminals := &desks.Terminals{Renderer: s.page, Staff: staff, Terminals: do.Terminals, Hub: do.Hub}
	agents := &desks.Agents{
		Renderer:  s.page,
		Staff:     staff,
		Terminals: do.Terminals,
		Calls:     do.Calls,
		Tests:     do.Tests,
		Duty:      do.Duty,
	}
	times := &duties.Pages{Renderer: s.page, Staff: staff, Duty: do.Duty}
	categories := &callers.Categories{Renderer: s.page, Callers: do.Callers}
	blocked := &callers.Blocked{Renderer: s.page, Callers: do.Callers}
	tickets := &tickets.Pages{Renderer: s.page, Staff: staff, Tickets: do.Tickets, Elsewhere: s.o.Elsewhere}
	numbers := &hub.Numbers{Renderer: s.page, Numbers: do.Numbers}
	directories := &hub.Directories{Renderer: s.page, Directories: do.Directories}
	pbxs := &hub.PBXs{Renderer: s.page, PBXs: do.PBXs}
	configuration := &hub.Configuration{Renderer: s.page, Hub: do.Hub}
	webhooks := &webhooks.Pages{Renderer: s.page, Webhooks: do.Webhooks}
	entries := &hubfile.Pages{Renderer: s.page, File: do.HubFile}
	own := &account.Pages{Renderer: s.page, Own: do.Own, SignIn: door.Renew}
	audit := &hub.Audit{Renderer: s.page, Audit: do.Audit}
	list := []route{
		{"GET /{$}", signedIn, page(start.Start)},
		{"GET /sign-in", everyone, door.Form},
		{"POST /sign-in", public, door.SignIn},
		{"GET " + openid.StartPath, public, door.StartProvider},
		{"GET " + openid.CallbackPath, public, door.FinishProvider},
		{"POST /sign-out", public, door.SignOut},
		{"POST /language", public, door.SetLanguage},
		{"GET /live", signedIn, s.changes},
		{"GET /calls", signedIn, page(called.List)},
		{"GET /calls.csv", signedIn, called.CSV},
		{"GET /calls/{call}", signedIn, page(called.Call)},
		{"GET /why", viewers, page(called.Traced)},
		{"GET /missed", signedIn, page(back.List)},
		{"POST /missed/claim", signedIn, back.Claim},
		{"POST /missed/release", signedIn, back.Release},
		{"POST /missed/done", signedIn, back.Done},
		{"GET " + board.Path, viewers, page(supervised.Live)},
		{"POST " + board.Path + "/{mode}", signedIn, supervised.Listen},
		{"POST " + board.Path + "/end", signedIn, supervised.End},
		{"GET /queues", signedIn, page(queued.List)},
		{"POST /queues/{control}", signedIn, queued.Control},
		{"GET /mobiles", signedIn, page(mobile.List)},
		{"POST /mobiles", signedIn, mobile.Add},
		{"POST /mobiles/remove", signedIn, mobile.Remove},
		{"POST /mobiles/set/{state}", signedIn, mobile.Set},
		{"GET /password", signedIn, page(own.Password)},
		{"POST /password", signedIn, own.SetPassword},
		{"GET /terminals", viewers, page(terminals.List)},
		{"POST /terminals/message", signedIn, terminals.Send},
		{"POST /terminals/mode", signedIn, terminals.SetMode},
		{"POST /terminals/limit", signedIn, terminals.SetLimit},
		{"POST /terminals/{terminal}/end", signedIn, terminals.End},
		{"GET /agents", viewers, page(agents.List)},
		{"POST /agents/{agent}/test", signedIn, agents.Test},
		{"POST /agents/{agent}/state", signedIn, agents.SetState},
		{"GET " + duties.TimesPath, signedIn, page(times.List)},
		{"GET " + duties.TimesPath + ".csv", signedIn, times.CSV},
		{"GET /categories", viewers, page(categories.List)},
		{"POST /categories", signedIn, categories.Set},
		{"POST /categories/remove", signedIn, categories.Remove},
		{"GET /blocked", viewers, page(blocked.List)},
		{"POST /blocked", signedIn, blocked.Add},
		{"POST /blocked/remove", signedIn, blocked.Remove},
		{"GET /tickets", signedIn, page(tickets.List)},
		{"GET /tickets/{number}", signedIn, page(tickets.Ticket)},
		{"POST /tickets/{number}/state", signedIn, tickets.SetState},
		{"POST /tickets/{number}/note", signedIn, tickets.AddNote},
		{"POST /tickets/{number}/assignee", signedIn, tickets.Assign},
		{"POST /tickets/{number}/edit", signedIn, tickets.Change},
		{"POST /waiting/{call}/retry", signedIn, tickets.Retry},
		{"POST /waiting/{call}/drop", signedIn, tickets.Drop},
		{"GET /numbers", viewers, page(numbers.List)},
		{"GET /directories", viewers, page(directories.List)},
		{"POST /directories", signedIn, directories.Read},
		{"GET /pbx", viewers, page(pbxs.List)},
		{"POST /pbx", signedIn, pbxs.Reconnect},
		{"GET /webhooks", viewers, page(webhooks.List)},
		{"POST /webhooks/retry", signedIn, webhooks.Retry},
		{"POST /webhooks/drop", signedIn, webhooks.Drop},
		{"GET /configuration", viewers, page(configuration.Page)},
		{"POST /configuration/reload", signedIn, configuration.Reload},
		{"GET /configuration/{list}", viewers, page(entries.Entries)},
		{"GET /configuration/{list}/edit", viewers, page(entries.Form)},
		{"POST /configuration/{list}/edit", signedIn, entries.Save},
		{"POST /configuration/{list}/move", signedIn, entries.Move},
		{"POST /configuration/{list}/remove", signedIn, entries.Remove},
		{"GET /changes/{change}", viewers, page(entries.Change)},
		{"POST /changes/{change}/confirm", signedIn, entries.Confirm},
		{"POST /changes/{change}/cancel", signedIn, entries.Cancel},
		{"GET /audit", viewers, page(audit.List)},
		{"GET /web.css", public, s.file("web.css")},
		{"GET /live.js", public, s.file("live.js")},
		{"GET /player.js", public, s.file("player.js")},
		{"GET /icon.svg", public, s.file("icon.svg")},
		{"GET /healthz", public, s.health},
	}
	if s.o.Desktops != nil {
		get := download.New(s.page, s.o.Desktops, s.o.Staff, s.o.Join)
		list = append(list, route{"GET /get", everyone, get.Page}, route{"GET /get/guide", everyone, get.Guide},
			route{"GET /get/{file}", public, get.File})
	}
	if do.Recordings != nil {
		list = append(list, route{"GET /calls/{call}/recordings/{recording}", signedIn, recorded.Audio},
			route{"POST /calls/{call}/links/revoke", signedIn, recorded.Revoke},
			route{"GET /recordings", viewers, page(recorded.Find)},
			route{"POST /recordings/delete", signedIn, recorded.Erase},
			route{"GET " + recordings.LinkPath + "{token}", everyone, recorded.Link},
			route{"GET " + recordings.LinkPath + "{token}/{recording}", everyone, recorded.LinkedAudio})
	}
	if do.Announcements != nil {
		list = append(list, route{"GET " + announcements.Path, signedIn, page(announced.List)},
			route{"GET " + announcements.Path + "/{pbx}/{extension}", signedIn, announced.Audio},
			route{"POST " + announcements.UploadPath, signedIn, announced.Upload},
			route{"POST " + announcements.Path + "/{do}", signedIn, announced.Do})
	}
	if s.o.Metrics != nil {
		list = append(list, route{"GET /metrics", scrapers, s.o.Metrics.ServeHTTP})
	}
	if s.o.Ready != nil {
		list = append(list, route{"GET /readyz", public, s.o.Ready.ServeHTTP})
	}
	if s.o.API != nil {
		list = append(list, route{"/api/", public, s.o.API.ServeHTTP}, route{"GET /script", public, script.Page},
			route{"GET /script.js", public, script.Script})
	}
	if s.o.Terminals != nil {
		list = append(list, route{"GET " + protocol.Path, public, s.o.Terminals.ServeHTTP},
			route{"GET /terminal", public, terminal.Page}, route{"GET /terminal.js", public, terminal.Script})
	}
	return list
}

// Bytes of a form: four a character at most, three for each in the form.
const (
	maxSmallForm = 4 << 10
	maxForm      = 12*admin.MaxText + maxSmallForm
)

// handle returns the handler of a route behind its door.
func (s *Server) handle(r route) http.Handler {
	var h http.Handler = r.handler
	if s.o.Numbers != nil && r.who != public && r.who != scrapers {
		h = s.o.Numbers.Pages(h, func(r *http.Request) bool { return hidden.From(pages.Principal(r)) })
	}
	if strings.HasPrefix(r.pattern, "POST ") { // outside of Pages, which reads forms
		most := int64(maxForm)
		switch {
		case r.who == public:
			most = maxSmallForm
		case strings.HasSuffix(r.pattern, announcements.UploadPath):
			most = announcements.MaxForm
		}
		h = http.MaxBytesHandler(h, most)
	}
	switch r.who {
	case everyone:
		return s.door.Greet(h)
	case signedIn:
		return s.door.Admit(true, h)
	case viewers:
		return s.door.Admit(false, h)
	case scrapers:
		return s.door.AdmitScrapers(h)
	case public:
	}
	return h
}

func (s *Server) file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pages.Files, name) }
}

// changes is the stream that keeps an open page up to date.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
	v := pages.VisitorOf(r)
	of := live.Owner{Session: v.Session, Person: string(v.Kind) + " " + v.Name}
	if v.Session == nil {
		s.live.Serve(w, r, of, nil, func() bool { return true })
		return
	}
	s.live.Serve(w, r, of, v.Session.Ended(), func() bool { return s.door.Alive(v.Session) })
}

// health says that the process serves. /readyz says whether the hub can be used.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}
