// Package download has the page with the desktop program for the visitor's computer, and its files.
package download

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/handout"
	"traybell/hub/pace"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/hub/web/pages"
	"traybell/shared/release"
)

// Folder has the files.
type Folder interface {
	Files() ([]handout.File, error)
	// Open returns fs.ErrNotExist for files that are not handed out.
	Open(name string) (*os.File, time.Time, error)
}

// Pages serves the page and the files. Make it with New.
type Pages struct {
	*pages.Renderer
	folder Folder
	staff  func() *staff.Staff
	join   func(host, extension string) string
	places pace.Places
}

// New returns the pages. join returns the link that sets up the desktop of an extension; host is
// the name, with a port if need be, under which the visitor reached the hub.
func New(page *pages.Renderer, folder Folder, staff func() *staff.Staff, join func(host, extension string) string,
) *Pages {
	return &Pages{Renderer: page, folder: folder, staff: staff, join: join}
}

// offer is what get.html shows.
type offer struct {
	Best     *file // for the visitor's computer; nil: none
	Others   []file
	Join     template.URL // empty: sign in first
	Stranger bool         // has not signed in
	Admin    bool
	Problem  bool // the folder cannot be used; the log says why
}

type file struct {
	handout.File

	Number string // of the version, as people say it
	Size   string // megabytes
	Alias  string
}

// Page shows what fits the visitor's computer, then all others.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Accept-CH", hintPlatform+", "+hintArch+", "+hintBits)
	h.Set("Critical-CH", hintArch)
	h.Add("Vary", "User-Agent, "+hintPlatform+", "+hintArch+", "+hintBits)
	list, err := p.folder.Files()
	of := visitorsComputer(r)
	o := offer{Problem: err != nil, Admin: pages.MayOf(r).Admin}
	best, found := of.choose(list)
	for _, f := range list {
		shown := file{f, strings.TrimPrefix(f.Version, "v"), fmt.Sprintf("%.1f", float64(f.Size)/1e6), f.Alias()}
		if found && f == best {
			o.Best = &shown
			continue
		}
		o.Others = append(o.Others, shown)
	}
	v := pages.VisitorOf(r)
	o.Stranger = v.Kind == ""
	if v.Kind == access.Agent {
		if extensions := p.extensions(v.Name); len(extensions) > 0 {
			o.Join = template.URL(p.join(r.Host, extensions[0])) //nolint:gosec // made by the hub
		}
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "get.html", Title: "get.title", Data: o})
}

func (p *Pages) extensions(login string) []string {
	all := p.staff().Agents()
	if i := slices.IndexFunc(all, func(a staff.Agent) bool { return a.Login == login }); i >= 0 {
		return all[i].Extensions
	}
	return nil
}

// File sends a file, or the part of it that the request asks for. Names without a version lead to
// the newest file of their kind.
func (p *Pages) File(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	list, err := p.folder.Files()
	if err != nil {
		http.Error(w, "The hub cannot hand out this file. See its log.", http.StatusServiceUnavailable)
		return
	}
	i := slices.IndexFunc(list, func(f handout.File) bool { return f.Name == name })
	if i < 0 {
		if j := slices.IndexFunc(list, func(f handout.File) bool { return f.Alias() == name }); j >= 0 {
			http.Redirect(w, r, "/get/"+list[j].Name, http.StatusFound)
			return
		}
	}
	give, ok := p.places.Take(signin.Site(r.RemoteAddr))
	if !ok {
		w.Header().Set("Retry-After", "10")
		http.Error(w, "Too many downloads at once. Please wait.", http.StatusServiceUnavailable)
		return
	}
	defer give()
	content, changed, err := p.folder.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
		return
	case err != nil:
		p.Log.Error("cannot open a file to hand out", "file", name, "error", err)
		http.Error(w, "The hub cannot read this file. See its log.", http.StatusInternalServerError)
		return
	}
	defer func() { _ = content.Close() }()
	h := w.Header()
	if i >= 0 {
		h.Set("ETag", `"`+list[i].SHA256+`"`)
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	} else {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		if name == release.Signature {
			h.Set("Content-Type", "application/octet-stream")
		}
	}
	http.ServeContent(pace.NewWriter(w, pace.OfDownloads), r, "", changed, content)
}
