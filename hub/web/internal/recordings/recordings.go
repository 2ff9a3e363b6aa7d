// Package recordings has the pages of recordings: the player, the links of tickets, deletion on
// request of a person.
package recordings

import (
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"traybell/hub/access"
	"traybell/hub/fail"
	"traybell/hub/pace"
	"traybell/hub/recordings"
	"traybell/hub/web/pages"
)

// LinkPath is the path of the pages that the links of tickets lead to.
const LinkPath = recordings.LinkPath

// Pages are the pages of recordings.
type Pages struct {
	*pages.Renderer
	Recordings *recordings.Service
}

// Player is what player.html shows of a call. The zero Player shows nothing.
type Player struct {
	Shown bool
	recordings.Listing
	Files     []file
	MayRevoke bool
	Call      string
	Error     string
}

type file struct {
	recordings.Listed
	URL   string
	Bytes string
}

// PlayerOf returns the player of a call for a visitor who may listen to it.
func (p *Pages) PlayerOf(r *http.Request, callID string) Player {
	who := pages.Principal(r)
	if !p.Recordings.MayListen(who) {
		return Player{}
	}
	return p.player(r, who, callID, "/calls/"+url.PathEscape(callID)+"/recordings/")
}

func (p *Pages) player(r *http.Request, who access.Principal, callID, at string) Player {
	list, err := p.Recordings.List(r.Context(), who, callID)
	if f := fail.Of(err); err != nil && (f.Code == fail.Forbidden || f.Code == fail.NotFound) {
		return Player{}
	}
	player := Player{Shown: true, Listing: list, Call: callID, MayRevoke: who.May(access.Recordings)}
	if err != nil {
		_, player.Error = p.Explain(r, err)
	}
	for _, one := range list.Recordings {
		player.Files = append(player.Files, file{one, at + one.ID, size(one.Size)})
	}
	return player
}

func size(bytes int64) string {
	if bytes < 100_000 {
		return fmt.Sprintf("%.0f kB", float64(bytes)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// Audio sends a recording of a call.
func (p *Pages) Audio(w http.ResponseWriter, r *http.Request) {
	p.send(w, r, pages.Principal(r), r.PathValue("call"))
}

// linkPage is what link.html shows.
type linkPage struct{ Player Player }

// Link shows what the link of a ticket leads to.
func (p *Pages) Link(w http.ResponseWriter, r *http.Request) {
	who, callID, ok := p.linked(w, r)
	if !ok {
		return
	}
	page := linkPage{p.player(r, who, callID, recordings.LinkPath+r.PathValue("token")+"/")}
	if !page.Player.Shown {
		p.refuse(w, r, &fail.Error{Code: fail.Forbidden})
		return
	}
	page.Player.MayRevoke = false
	p.Show(w, r, http.StatusOK, pages.View{Name: "link.html", Title: "recordings.title", Data: page})
}

// LinkedAudio sends a recording to one who has a link.
func (p *Pages) LinkedAudio(w http.ResponseWriter, r *http.Request) {
	if who, callID, ok := p.linked(w, r); ok {
		p.send(w, r, who, callID)
	}
}

// linked reads a link: who may listen by it, and to which call. It answers those who may not.
func (p *Pages) linked(w http.ResponseWriter, r *http.Request) (who access.Principal, callID string, ok bool) {
	callID, signIn, err := p.Recordings.Linked(r.Context(), r.PathValue("token"))
	if err != nil {
		status, _ := p.Explain(r, err)
		p.Message(w, r, status, "recordings.title", "recordings.no_link")
		return who, "", false
	}
	who = pages.Principal(r)
	switch {
	case !signIn && who.Kind == "":
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		who = recordings.ByLink(callID, from)
	case !signIn && !p.Recordings.MayListen(who):
		who = recordings.ByLink(callID, who.From)
	case who.Kind == "":
		http.Redirect(w, r, "/sign-in?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return who, "", false
	}
	return who, callID, true
}

// send sends a recording, or the range that the browser wants.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, who access.Principal, callID string) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(converting)) // not all writers have one
	audio, err := p.Recordings.Open(r.Context(), who, callID, r.PathValue("recording"), r.URL.Query().Has("original"))
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	defer func() { _ = audio.Close() }()
	w.Header().Set("Content-Type", audio.Type)
	if audio.Attachment {
		w.Header().
			Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": audio.Name}))
	}
	http.ServeContent(pace.NewWriter(w, pace.OfPlayers), r, "", audio.Modified, audio)
}

const converting = 5 * time.Minute // until a recording begins

// refuse answers that a recording cannot be listened to, in the language of the page.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	status, _ := p.Explain(r, err)
	key := "recordings.failed"
	switch fail.Of(err).Code { //nolint:exhaustive // the others are failures
	case fail.Forbidden:
		key = "recordings.not_yours"
	case fail.NotFound:
		key = "recordings.gone"
	case fail.Conflict:
		key = "recordings.in_progress"
	case fail.Busy:
		key = "recordings.busy"
	}
	p.Message(w, r, status, "recordings.title", key)
}

// Revoke makes the links to a call void.
func (p *Pages) Revoke(w http.ResponseWriter, r *http.Request) {
	call := r.PathValue("call")
	err := p.Recordings.Revoke(r.Context(), pages.Principal(r), call)
	p.Finish(w, r, err, "/calls/"+url.PathEscape(call), "links_revoked")
}

// erasePage is what recordings.html shows.
type erasePage struct {
	May     pages.May
	Number  string
	Found   *recordings.Erased
	Deleted int
	Done    bool
	Error   string
}

// Find shows the recordings of a person, by number.
func (p *Pages) Find(w http.ResponseWriter, r *http.Request) {
	page := erasePage{May: pages.MayOf(r), Number: pages.Query(r, "number")}
	status := http.StatusOK
	if page.Number != "" {
		found, err := p.Recordings.Of(r.Context(), pages.Principal(r), page.Number)
		if err != nil {
			status, page.Error = p.Explain(r, err)
		} else {
			page.Found = &found
		}
	}
	p.Show(w, r, status, pages.View{Name: "recordings.html", Title: "recordings.title", Data: page})
}

// Erase deletes them.
func (p *Pages) Erase(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(converting)) // not all writers have one
	page := erasePage{May: pages.MayOf(r), Number: pages.Typed(r, "number"), Done: true}
	found, err := p.Recordings.Erase(r.Context(), pages.Principal(r), page.Number)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page.Found = &found
	_, page.Deleted = found.Count()
	p.Show(w, r, http.StatusOK, pages.View{Name: "recordings.html", Title: "recordings.title", Data: page})
}
