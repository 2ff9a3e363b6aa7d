package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"traybell/hub/admin"
	"traybell/hub/fail"
)

// Size is how many lines a page of a list has.
const Size = 25

// limits of what a person types, in characters. The commands check them.
type limits struct{ Title, Body, Field, Note, Message, Search, Reason, Comment int }

// Query returns a parameter of the address.
func Query(r *http.Request, name string) string {
	return strings.TrimSpace(strings.ToValidUTF8(r.URL.Query().Get(name), ""))
}

// Typed reads a field that a person typed. Browsers send line breaks as CR LF.
func Typed(r *http.Request, name string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n"), "\uFFFD")
}

// Days reads the days from and to of the address: the moments when they begin and when the next one
// begins; zero: none.
func (p *Renderer) Days(r *http.Request) (from, to time.Time) {
	if to = p.day(r, "to"); !to.IsZero() {
		to = to.AddDate(0, 0, 1)
	}
	return p.day(r, "from"), to
}

// AreDays reports whether Days can read the address. A file would have everything otherwise; a page
// shows what it has read.
func AreDays(r *http.Request) bool {
	for _, name := range []string{"from", "to"} {
		if text := Query(r, name); text != "" {
			if _, err := time.Parse(time.DateOnly, text); err != nil {
				return false
			}
		}
	}
	return true
}

func (p *Renderer) day(r *http.Request, name string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, Query(r, name), p.Zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Turn are the links to the other pages of a list.
type Turn struct{ Newest, Older string }

// TurnOf returns the links of a list at this address, whose next page has a cursor.
func TurnOf(r *http.Request, next string) (t Turn) {
	values := r.URL.Query()
	values.Del("done")
	if values.Has("after") {
		values.Del("after")
		t.Newest = Link(r.URL.Path, values)
	}
	if next != "" {
		values.Set("after", next)
		t.Older = Link(r.URL.Path, values)
	}
	return t
}

// Link returns an address.
func Link(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// PageOf is the page of a list that the address asks for.
func PageOf(r *http.Request) admin.Page {
	return admin.Page{Cursor: r.URL.Query().Get("after"), Limit: Size}
}

// statuses are the answers to failed commands.
var statuses = map[fail.Code]int{
	fail.Invalid: http.StatusBadRequest, fail.Forbidden: http.StatusForbidden, fail.NotFound: http.StatusNotFound,
	fail.Conflict: http.StatusConflict, fail.Busy: http.StatusServiceUnavailable,
	fail.Limited:  http.StatusTooManyRequests,
	fail.HelpDesk: http.StatusBadGateway, fail.PBX: http.StatusBadGateway,
	fail.Internal: http.StatusInternalServerError,
}

// sentences begin what is said about a failed command without a problem of the protocol.
var sentences = map[fail.Code]string{
	fail.Forbidden: "fail.forbidden", fail.Busy: "fail.busy", fail.Conflict: "fail.conflict",
}

// Explain returns the status and the sentence of a failed command, in the language of the page.
func (p *Renderer) Explain(r *http.Request, err error) (status int, sentence string) {
	f := fail.Of(err)
	status = cmp.Or(statuses[f.Code], http.StatusInternalServerError)
	if status == http.StatusInternalServerError {
		p.Log.Error("page failed", "page", logged(r), "error", err)
		return status, p.Texts(r).Say("error.internal_text")
	}
	say := p.in(r)
	sentence = say.problems.Hub(string(f.Problem), f.About, "")
	switch key := sentences[f.Code]; {
	case sentence != "" && f.Detail != "":
		sentence += " " + f.Detail
	case sentence != "":
	case f.Code == fail.Conflict: // the text is about programs
		sentence = say.texts.Say(key)
	case key != "":
		sentence = say.texts.Say(key) + " " + f.Error()
	default:
		sentence = f.Error()
	}
	return status, sentence
}

// Refuse answers a command that failed with a page about it.
func (p *Renderer) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, sentence := p.Explain(r, err)
	p.Failed(w, r, status, sentence)
}

// Failed answers a command that failed with a page that has the sentence.
func (p *Renderer) Failed(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	title := "error.unchanged"
	switch {
	case status == http.StatusInternalServerError:
		title = "error.internal"
	case status == http.StatusForbidden:
		title = "error.role"
	case r.Method == http.MethodGet && status == http.StatusNotFound:
		title = "error.not_found"
	case r.Method == http.MethodGet:
		title = "error.failed"
	}
	p.Say(w, r, status, title, sentence)
}

// Finish ends a form: it shows the page that confirms the change, or why it was refused.
func (p *Renderer) Finish(w http.ResponseWriter, r *http.Request, err error, path, did string) {
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	Back(w, r, path, did)
}
