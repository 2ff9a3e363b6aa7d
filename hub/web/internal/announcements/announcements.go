// Package announcements has the page of recorded announcements.
package announcements

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"traybell/hub/access"
	"traybell/hub/announcements"
	"traybell/hub/fail"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// Path is the path of the page, UploadPath where files are sent to.
const (
	Path       = "/announcements"
	UploadPath = Path + "/upload"
)

// MaxForm bounds the form with a file, in bytes.
const MaxForm = announcements.MaxUpload + 64<<10

// uploading is the longest time for a file to arrive.
const uploading = 2 * time.Minute

// Pages is the page of announcements.
type Pages struct {
	*pages.Renderer
	Announcements *announcements.Service
}

// page is what announcements.html shows.
type page struct {
	On      bool
	Code    string
	Several bool // PBXs
	Faults  []string
	List    []row
	Upload  []row // those whose sound may be replaced
	Error   string
}

// row is an announcement, and what the visitor may do with it.
type row struct {
	announcements.Announcement
	Default, May, Own bool
	URL               string // of the sound; empty: the hub cannot play it
}

// Name tells the row from others in a form.
func (r row) Name() string { return r.PBX + " " + r.Extension }

// List shows the announcements that the visitor may see.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	view := page{On: p.Announcements.On(), Code: p.Announcements.Code()}
	list, err := p.Announcements.List(r.Context(), who)
	if err != nil {
		status, view.Error = p.Explain(r, err)
	}
	for _, a := range list {
		one := row{Announcement: a, Default: a.Extension == announcements.Default}
		one.Own = p.Announcements.Owns(who, a.Extension)
		one.May = one.Own || who.May(access.Supervise) && !one.Default || who.May(access.Admin)
		if a.Recorded && a.Sound {
			one.URL = Path + "/" + url.PathEscape(a.PBX) + "/" + url.PathEscape(a.Extension)
		}
		view.Several = view.Several || a.PBX != list[0].PBX
		if a.Fault != "" && !slices.Contains(view.Faults, a.PBX+": "+a.Fault) {
			view.Faults = append(view.Faults, a.PBX+": "+a.Fault)
		}
		view.List = append(view.List, one)
		if one.May && a.Sound {
			view.Upload = append(view.Upload, one)
		}
	}
	p.Show(w, r, status, pages.View{Name: "announcements.html", Title: "announcements.title", Data: view})
}

// Do switches an announcement, deletes it, or rings a phone.
func (p *Pages) Do(w http.ResponseWriter, r *http.Request) {
	ctx, who, do := r.Context(), pages.Principal(r), r.PathValue("do")
	of := protocol.OneAnnouncement{PBX: pages.Typed(r, "pbx"), Extension: pages.Typed(r, "extension")}
	var err error
	switch do {
	case "on", "off":
		err = p.Announcements.Switch(ctx, who, protocol.SetAnnouncement{OneAnnouncement: of, On: do == "on"})
	case "delete":
		err = p.Announcements.Delete(ctx, who, of)
	case "record", "listen":
		err = p.Announcements.Ring(ctx, who, protocol.RingAnnouncement{OneAnnouncement: of, Record: do == "record"},
			rand.Text())
	default:
		err = &fail.Error{Code: fail.NotFound, Text: "There is no such command."}
	}
	done := "announcement_" + do
	if do == "on" && p.Announcements.Unproven(of.PBX) {
		done += "_unproven"
	}
	p.Finish(w, r, err, Path, done)
}

// Upload replaces the sound of an announcement.
func (p *Pages) Upload(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploading)) // not all connections have one
	p.Finish(w, r, p.upload(r), Path, "announcement_upload")
}

func (p *Pages) upload(r *http.Request) error {
	done, err := p.Announcements.Receive()
	if err != nil {
		return err
	}
	defer done()
	sound, err := uploaded(r)
	if err != nil {
		return err
	}
	var of protocol.OneAnnouncement
	if _, err := fmt.Sscanf(pages.Typed(r, "announcement"), "%s %s", &of.PBX, &of.Extension); err != nil {
		return &fail.Error{Code: fail.Invalid, Text: "Choose an announcement."}
	}
	return p.Announcements.Upload(r.Context(), pages.Principal(r), of, sound)
}

// uploaded reads the file of a form.
func uploaded(r *http.Request) ([]byte, error) {
	file, _, err := r.FormFile("sound")
	large := new(http.MaxBytesError)
	switch {
	case errors.As(err, &large):
		return nil, &fail.Error{
			Code: fail.Invalid, Text: fmt.Sprintf("The file is larger than %d MiB.", announcements.MaxUpload>>20),
		}
	case err != nil:
		return nil, &fail.Error{Code: fail.Invalid, Text: "Choose a file."}
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file) // MaxForm bounds it
}

// Audio sends the sound of an announcement.
func (p *Pages) Audio(w http.ResponseWriter, r *http.Request) {
	sound, err := p.Announcements.Open(r.Context(), pages.Principal(r), protocol.OneAnnouncement{
		PBX: r.PathValue("pbx"), Extension: r.PathValue("extension"),
	})
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	defer func() { _ = sound.Close() }()
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", sound.Modified, sound)
}
