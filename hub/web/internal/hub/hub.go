// Package hub has the pages of the hub itself: PBXs, directories, hub.yml and the audit.
package hub

import (
	"net/http"

	"traybell/hub/admin"
	"traybell/hub/hubfile"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"

	"github.com/goccy/go-yaml"
)

// Directories is the page of directories.
type Directories struct {
	*pages.Renderer
	Directories *admin.Directories
}

// directoriesPage is what directories.html shows.
type directoriesPage struct {
	May         pages.May
	Directories []admin.Directory
	Text        string
	Found       []protocol.Customer
	Error       string
}

// mostFound is how many customers a search shows.
const mostFound = 50

// List shows the directories, and the customers that a search finds.
func (p *Directories) List(w http.ResponseWriter, r *http.Request) {
	who, status := pages.Principal(r), http.StatusOK
	page := directoriesPage{May: pages.MayOf(r), Text: pages.Query(r, "q")}
	var err error
	if page.Directories, err = p.Directories.List(r.Context(), who); err == nil && page.Text != "" {
		page.Found, err = p.Directories.Search(r.Context(), who, page.Text, mostFound)
	}
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	p.Show(w, r, status, pages.View{Name: "directories.html", Title: "directories.title", Data: page})
}

// Read reads a directory now.
func (p *Directories) Read(w http.ResponseWriter, r *http.Request) {
	err := p.Directories.Read(r.Context(), pages.Principal(r), r.PostFormValue("name"))
	p.Finish(w, r, err, "/directories", "reading")
}

// PBXs is the page of PBXs.
type PBXs struct {
	*pages.Renderer
	PBXs *admin.PBXs
}

// pbxPage is what pbx.html shows.
type pbxPage struct {
	May  pages.May
	PBXs []admin.PBX
}

// List shows the PBXs.
func (p *PBXs) List(w http.ResponseWriter, r *http.Request) {
	list, err := p.PBXs.List(r.Context(), pages.Principal(r))
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "pbx.html", Title: "pbx.title", Data: pbxPage{pages.MayOf(r), list}})
}

// Reconnect connects to a PBX now.
func (p *PBXs) Reconnect(w http.ResponseWriter, r *http.Request) {
	err := p.PBXs.Reconnect(r.Context(), pages.Principal(r), r.PostFormValue("id"))
	p.Finish(w, r, err, "/pbx", "reconnecting")
}

// Numbers is the page of numbers without a name.
type Numbers struct {
	*pages.Renderer
	Numbers *admin.Numbers
}

// List shows the numbers.
func (p *Numbers) List(w http.ResponseWriter, r *http.Request) {
	found, err := p.Numbers.Unnamed(r.Context(), pages.Principal(r))
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "numbers.html", Title: "numbers.title", Data: found})
}

// Configuration is the page of hub.yml.
type Configuration struct {
	*pages.Renderer
	Hub *admin.Hub
}

// configurationPage is what configuration.html shows.
type configurationPage struct {
	May pages.May
	admin.Configuration
	YAML  string
	Lists []hubfile.List // that administrators can change
}

// Page shows the configuration in use, and what is wrong with hub.yml.
func (p *Configuration) Page(w http.ResponseWriter, r *http.Request) {
	c, err := p.Hub.Configuration(r.Context(), pages.Principal(r))
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page := configurationPage{May: pages.MayOf(r), Configuration: c, Lists: hubfile.Lists()}
	if c.Values != nil {
		text, err := yaml.MarshalWithOptions(c.Values, yaml.UseJSONMarshaler())
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		page.YAML = string(text)
	}
	p.Show(w, r, http.StatusOK, pages.View{Name: "configuration.html", Title: "configuration.title", Data: page})
}

// Reload reads hub.yml. The page itself shows what is wrong with it.
func (p *Configuration) Reload(w http.ResponseWriter, r *http.Request) {
	_, err := p.Hub.Reload(r.Context(), pages.Principal(r))
	switch status, _ := p.Explain(r, err); {
	case err == nil:
		pages.Back(w, r, "/configuration", "reloaded")
	case status == http.StatusBadRequest:
		pages.Back(w, r, "/configuration", "rejected")
	default:
		p.Refuse(w, r, err)
	}
}

// Audit is the page of who changed what.
type Audit struct {
	*pages.Renderer
	Audit *admin.Audit
}

// auditPage is what audit.html shows.
type auditPage struct {
	Text, From, To string
	Changes        []admin.Change
	Error          string
	pages.Turn
}

// List shows the changes, newest first.
func (p *Audit) List(w http.ResponseWriter, r *http.Request) {
	page := auditPage{Text: pages.Query(r, "text"), From: pages.Query(r, "from"), To: pages.Query(r, "to")}
	f := admin.ChangeFilter{Text: page.Text}
	f.From, f.To = p.Days(r)
	status := http.StatusOK
	found, err := p.Audit.Find(r.Context(), pages.Principal(r), f, pages.PageOf(r))
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	page.Changes, page.Turn = found.Items, pages.TurnOf(r, found.Next)
	p.Show(w, r, status, pages.View{Name: "audit.html", Title: "audit.title", Data: page})
}
