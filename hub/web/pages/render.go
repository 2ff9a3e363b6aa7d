// Package pages renders the pages: their templates, the frame with the menu around them, forms and
// answers to commands that failed, in the language of the visitor.
package pages

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"traybell/assets/translations"
	texts "traybell/assets/translations/pages"
	"traybell/hub/admin"
	"traybell/hub/caller"
	"traybell/hub/recordings"
	"traybell/shared/protocol"
)

// Files are the templates and the files that browsers load.
//
//go:embed *.html *.css *.js *.svg
var Files embed.FS

// LiveHeader marks the requests of the script, which reads a page again after a change.
const LiveHeader = "X-Traybell-Live"

// Notice is shown to administrators on every page.
type Notice struct {
	Title string
	At    time.Time
	Text  string // preformatted
}

// Renderer fills the templates. Make it with New; it is immutable.
type Renderer struct {
	Zone      *time.Location // of the times on the pages
	Log       *slog.Logger
	Hidden    func(path string) bool // what the menu does not have now; nil: nothing
	languages map[string]*rendering
	notices   func() []Notice
	hub       *admin.Hub
}

// rendering is the templates in one language.
type rendering struct {
	texts     *translations.Texts
	problems  *translations.Texts // that agents read on their desktops as well
	templates *template.Template
}

// View is a page.
type View struct {
	Name    string // of the template
	Title   string // key of a text
	Heading string // instead of Title, where it is a number or a name
	Data    any
}

// frame is what frame.html shows around a page.
type frame struct {
	Title     string
	Language  string
	Languages []translations.Language
	Path      string // with its query: a change of language leads back
	Sites     []group
	Called    string
	Out       bool // the visitor can sign out
	Notices   []Notice
	Mode      admin.Mode
	Done      string // what the visitor has just done
	Content   template.HTML
}

// New returns a renderer. hub says whether there is maintenance. zone nil is the computer's, notices
// nil: none.
func New(hub *admin.Hub, zone *time.Location, notices func() []Notice, log *slog.Logger) (*Renderer, error) {
	if zone == nil {
		zone = time.Local
	}
	if notices == nil {
		notices = func() []Notice { return nil }
	}
	p := &Renderer{Zone: zone, Log: log, languages: map[string]*rendering{}, notices: notices, hub: hub}
	for _, l := range translations.Languages() {
		say, err := translations.LoadFrom(texts.Files, l.Code)
		if err != nil {
			return nil, err
		}
		problems, err := translations.Load(l.Code)
		if err != nil {
			return nil, err
		}
		templates, err := template.New("").Funcs(functions(say, zone)).ParseFS(Files, "*.html")
		if err != nil {
			return nil, fmt.Errorf("parse page templates: %w", err)
		}
		p.languages[l.Code] = &rendering{say, problems, templates}
	}
	return p, nil
}

// functions are those of the templates.
func functions(say *translations.Texts, zone *time.Location) template.FuncMap {
	in := func(key string) func(time.Time) string {
		layout := say.Say(key)
		return func(t time.Time) string { return t.In(zone).Format(layout) }
	}
	return template.FuncMap{
		"t": say.Say, "tn": say.Count,
		"tw": func(key string, pairs ...any) (string, error) {
			places := make(map[string]any, len(pairs)/2)
			for i := 0; i+1 < len(pairs); i += 2 {
				name, ok := pairs[i].(string)
				if !ok {
					return "", errors.New("tw needs pairs of a name and a value")
				}
				places[name] = pairs[i+1]
			}
			return say.SayWith(key, places), nil
		},
		"moment": in("format.moment"), "day": in("format.day"), "clock": in("format.clock"),
		"second":  func(t time.Time) string { return t.In(zone).Format("15:04:05.000") }, // of a step within a call
		"stamp":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"exact":   func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"span":    span,
		"seconds": func(d time.Duration) int64 { return int64(max(d, 0) / time.Second) },
		"milliseconds": func(d time.Duration) string {
			return say.SayWith(
				"format.milliseconds",
				map[string]any{"N": fmt.Sprintf("%.1f", float64(d.Microseconds())/1000)},
			)
		},
		"list":  func(parts ...any) []any { return parts },
		"parts": webParts,
		"most": func() limits {
			return limits{
				admin.MaxTitle, admin.MaxText, admin.MaxField, protocol.MaxNote, admin.MaxMessage, 60,
				admin.MaxReason, caller.MaxComment,
			}
		},
	}
}

// span is a duration as a clock shows it: 3:07, 1:02:03.
func span(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// messagePage is what message.html shows.
type messagePage struct{ Title, Text string }

// logged is the path of a request as the log may have it: what follows recordings.LinkPath is a secret.
func logged(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, recordings.LinkPath) {
		return recordings.LinkPath + "…"
	}
	return r.URL.Path
}

// Fail answers with an error that is only in the log.
func (p *Renderer) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p.Log.Error("cannot render page", "page", logged(r), "error", err)
	p.Message(w, r, http.StatusInternalServerError, "error.internal", "error.internal_text")
}

// Message shows texts of the catalogue.
func (p *Renderer) Message(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	p.Say(w, r, status, title, p.Texts(r).Say(text))
}

// Say shows a text that is not of the catalogue.
func (p *Renderer) Say(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	p.Show(w, r, status, View{Name: "message.html", Title: title, Data: messagePage{p.Texts(r).Say(title), text}})
}

// Texts are those of the pages in the language of a request.
func (p *Renderer) Texts(r *http.Request) *translations.Texts { return p.in(r).texts }

// in returns the templates and texts in the language of a request.
func (p *Renderer) in(r *http.Request) *rendering { return p.languages[Language(r)] }

// Show renders a page completely before it sends anything.
func (p *Renderer) Show(w http.ResponseWriter, r *http.Request, status int, v View) {
	in, who := p.in(r), VisitorOf(r)
	var content, page considerate
	err := in.templates.ExecuteTemplate(&content, v.Name, v.Data)
	if err == nil {
		f := frame{
			Title: cmp.Or(v.Heading, in.texts.Say(v.Title)), Language: in.texts.Language(),
			Languages: translations.Languages(), Path: r.URL.RequestURI(), Sites: p.sitesFor(who, r.URL.Path),
			Called: who.Called, Out: who.Session != nil, Done: done(r, in.texts),
			Content: template.HTML(content.String()), //nolint:gosec // html/template wrote it
		}
		if who.Kind != "" && r.Method != http.MethodGet {
			f.Path = "/" // a POST's address shows nothing
		}
		if MayOf(r).View {
			f.Notices = p.notices()
			f.Mode, _ = p.hub.Mode(r.Context(), who.Principal) // the page says if the database is away
		}
		err = in.templates.ExecuteTemplate(&page, "frame.html", f)
	}
	if err != nil {
		p.Log.Error("cannot render page", "page", logged(r), "error", err)
		http.Error(w, "Internal error. See the hub's log for details.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", in.texts.Language())
	w.Header().Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

// considerate is a buffer that lets waiting goroutines run while a template fills it: a page of many
// rows takes longer than a call may wait.
type considerate struct {
	bytes.Buffer
	pieces int
}

// piecesAtOnce take about 20 µs.
const piecesAtOnce = 32

func (c *considerate) Write(p []byte) (int, error) {
	if c.pieces++; c.pieces%piecesAtOnce == 0 {
		runtime.Gosched()
	}
	return c.Buffer.Write(p)
}

// done is the sentence about what the visitor has just done; the address names its key.
func done(r *http.Request, say *translations.Texts) string {
	name := r.URL.Query().Get("done")
	if name == "" || r.Method != http.MethodGet {
		return ""
	}
	key := "done." + name
	if text := say.Say(key); text != key {
		return text
	}
	return ""
}

// Back redirects after a change to a page that confirms it.
func Back(w http.ResponseWriter, r *http.Request, path, did string) {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	http.Redirect(w, r, path+separator+"done="+did, http.StatusSeeOther)
}
