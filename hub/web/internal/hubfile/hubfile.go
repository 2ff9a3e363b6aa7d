// Package hubfile has the pages that change hub.yml: lists of its entries, a form for one of them,
// the difference that it makes, and what became of it.
package hubfile

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/admin"
	"traybell/hub/hubfile"
	"traybell/hub/web/pages"
)

// Pages are the pages of all lists.
type Pages struct {
	*pages.Renderer
	File *admin.HubFile
}

// mostShown is how many entries a page lists.
const mostShown = 100

// columns are the keys that a list shows of its entries.
var columns = map[hubfile.List][]string{
	hubfile.Agents:        {"name", "extensions", "teams"},
	hubfile.Tracking:      {"name", "teams", "ticket"},
	hubfile.Templates:     {"title", "queue"},
	hubfile.Rules:         {"when", "then.route.teams", "then.ticket"},
	hubfile.CallerIDRules: {"prefix", "min", "max", "strip", "add", "show"},
}

// listPage is what entries.html shows.
type listPage struct {
	List    hubfile.List
	Lists   []hubfile.List
	Columns []string
	Text    string
	Rows    []row
	All     int // that match
	Moves   bool
	Locked  string
	failure
}

type row struct {
	Name     string
	Revision string
	Values   []string
	At       int // its position, from 1
}

// failure is what went wrong.
type failure struct {
	Error  string
	Detail string // in English, as check prints it
	Faults []hubfile.Fault
}

// failed returns why something failed in the language of the page.
func (p *Pages) failed(r *http.Request, err error) (status int, f failure) {
	status, f.Error = p.Explain(r, err)
	refusal := new(hubfile.RefusalError)
	if !errors.As(err, &refusal) {
		return status, f
	}
	f.Error = p.Texts(r).SayWith("refusal."+string(refusal.Why), map[string]any{"About": refusal.About})
	if refusal.Err != nil {
		f.Detail = refusal.Err.Error()
	}
	return status, f
}

// refuse answers with a page about the error.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, f := p.failed(r, err)
	if f.Detail != "" {
		f.Error += "\n" + f.Detail
	}
	p.Failed(w, r, status, f.Error)
}

func listOf(r *http.Request) hubfile.List { return hubfile.List(r.PathValue("list")) }

func listPath(list hubfile.List) string { return "/configuration/" + string(list) }

func formPath(list hubfile.List, entry string) string {
	return listPath(list) + "/edit?" + url.Values{"entry": {entry}}.Encode()
}

// Entries shows a list.
func (p *Pages) Entries(w http.ResponseWriter, r *http.Request) {
	p.entries(w, r, http.StatusOK, failure{})
}

func (p *Pages) entries(w http.ResponseWriter, r *http.Request, status int, f failure) {
	list := listOf(r)
	content, err := p.File.Entries(pages.Principal(r), list)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	page := listPage{
		List: list, Lists: hubfile.Lists(), Columns: columns[list], Text: pages.Query(r, "text"),
		Locked: content.Locked, Moves: list != hubfile.Templates, failure: f,
	}
	for i, e := range content.Entries {
		one := row{Name: e.Name, Revision: e.Revision, At: i + 1}
		for _, key := range page.Columns {
			one.Values = append(one.Values, brief(content.Fields, key, e.Values[key]))
		}
		all := strings.ToLower(strings.Join(append(one.Values, e.Name), "\n"))
		if !strings.Contains(all, strings.ToLower(page.Text)) {
			continue
		}
		if page.All++; len(page.Rows) < mostShown {
			page.Rows = append(page.Rows, one)
		}
	}
	p.Show(w, r, status, pages.View{Name: "entries.html", Title: "entries." + string(list), Data: page})
}

// brief is a value as a list shows it: without what is not set.
func brief(fields []hubfile.Field, key string, value any) string {
	is := text(value, ", ")
	i := slices.IndexFunc(fields, func(f hubfile.Field) bool { return f.Key == key })
	switch of := fields[i].Type; {
	case of == hubfile.Flag && is == "true":
		return "✓"
	case of == hubfile.Flag, of == hubfile.Number && is == "0":
		return ""
	}
	return is
}

// text is a value as a form shows it.
func text(value any, separator string) string {
	list, ok := value.([]string)
	if ok {
		return strings.Join(list, separator)
	}
	t, _ := value.(string)
	return t
}

// formPage is what entry.html shows.
type formPage struct {
	List        hubfile.List
	Entry       string // empty: a new one
	Revision    string
	Fields      []field
	HasPassword bool
	Password    string // keep, generate or type
	Wrong       string // about the password
	failure
}

// field is a field of the form.
type field struct {
	hubfile.Field
	Text   string
	Chosen []string
	Wrong  []hubfile.Fault
}

// Is reports whether a word is chosen.
func (f field) Is(word string) bool { return slices.Contains(f.Chosen, word) }

// How a form sets a password.
const (
	keepPassword = "keep"
	generate     = "generate"
	typePassword = "type"
)

// Form shows the form of an entry.
func (p *Pages) Form(w http.ResponseWriter, r *http.Request) {
	page, err := p.form(r, pages.Query(r, "entry"))
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, page)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, page formPage) {
	view := pages.View{Name: "entry.html", Title: "entries.new_" + string(page.List), Heading: page.Entry, Data: page}
	p.Show(w, r, status, view)
}

// form returns the form of an entry as hub.yml has it.
func (p *Pages) form(r *http.Request, entry string) (formPage, error) {
	page := formPage{List: listOf(r), Entry: entry, HasPassword: listOf(r) == hubfile.Agents, Password: keepPassword}
	content, err := p.File.Entries(pages.Principal(r), page.List)
	if err != nil {
		return page, err
	}
	values := hubfile.Defaults(page.List)
	if entry == "" {
		page.Password = generate
	} else {
		i := slices.IndexFunc(content.Entries, func(e hubfile.Entry) bool { return e.Name == entry })
		if i < 0 {
			return page, hubfile.MissingEntry(entry)
		}
		values, page.Revision = content.Entries[i].Values, content.Entries[i].Revision
	}
	if page.List == hubfile.Templates {
		page.Fields = []field{{Field: hubfile.Field{Key: hubfile.NameKey, Type: hubfile.Text}, Text: entry}}
	}
	for _, f := range content.Fields {
		one := field{Field: f, Text: text(values[f.Key], "\n")}
		if one.Chosen, _ = values[f.Key].([]string); f.Type == hubfile.Choice {
			one.Chosen = []string{one.Text}
		}
		page.Fields = append(page.Fields, one)
	}
	return page, nil
}

// Save plans what a form changes.
func (p *Pages) Save(w http.ResponseWriter, r *http.Request) {
	entry := pages.Typed(r, "entry")
	page, err := p.form(r, entry)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	edit := hubfile.Edit{
		List: page.List, Action: hubfile.Set, Entry: entry, Revision: pages.Typed(r, "revision"),
		Values: hubfile.Values{},
	}
	if entry == "" {
		edit.Action, edit.Revision = hubfile.Add, ""
	}
	page.Revision = edit.Revision
	for i := range page.Fields {
		f := &page.Fields[i]
		f.Text, f.Chosen = pages.Typed(r, f.Key), r.PostForm[f.Key]
		switch f.Type {
		case hubfile.Choices:
			edit.Values[f.Key] = f.Chosen
		case hubfile.Texts:
			edit.Values[f.Key] = strings.Split(f.Text, "\n")
		case hubfile.Text, hubfile.Lines, hubfile.Choice, hubfile.Flag, hubfile.Number:
			edit.Values[f.Key] = f.Text
		}
	}
	if page.HasPassword {
		page.Password = pages.Typed(r, "how")
		switch page.Password {
		case generate:
			edit.Generate = true
		case typePassword:
			if edit.Password = r.PostFormValue("password"); edit.Password == "" {
				page.Wrong = p.Texts(r).Say("entries.no_password")
				p.show(w, r, http.StatusBadRequest, page)
				return
			}
		}
	}
	draft, err := p.File.Plan(pages.Principal(r), edit)
	if err != nil {
		var status int
		status, page.failure = p.failed(r, err)
		page.place(err)
		p.show(w, r, status, page)
		return
	}
	if draft.ID == "" {
		for _, fault := range draft.Problems {
			page.add(fault)
		}
		page.Error = p.Texts(r).Say("entries.faults")
		p.show(w, r, http.StatusBadRequest, page)
		return
	}
	http.Redirect(w, r, "/changes/"+draft.ID, http.StatusSeeOther)
}

// add shows a problem at its field, or above the form.
func (f *formPage) add(fault hubfile.Fault) {
	for i := range f.Fields {
		if f.Fields[i].Key == fault.Field {
			fault.Text = strings.TrimPrefix(fault.Text, fault.Key+": ")
			f.Fields[i].Wrong = append(f.Fields[i].Wrong, fault)
			return
		}
	}
	f.Faults = append(f.Faults, fault)
}

// place moves a refusal to the field that it concerns.
func (f *formPage) place(err error) {
	refusal := new(hubfile.RefusalError)
	if !errors.As(err, &refusal) {
		return
	}
	switch refusal.Why {
	case hubfile.ShortPassword, hubfile.LongPassword, hubfile.SamePassword:
		f.Wrong, f.Error = f.Error, ""
	case hubfile.Taken, hubfile.NoName:
		if len(f.Fields) > 0 {
			f.Fields[0].Wrong, f.Error = append(f.Fields[0].Wrong, hubfile.Fault{Text: f.Error}), ""
		}
	default:
	}
}

// Remove plans to remove an entry.
func (p *Pages) Remove(w http.ResponseWriter, r *http.Request) {
	p.plan(w, r, hubfile.Edit{Action: hubfile.Remove})
}

// Move plans to move an entry.
func (p *Pages) Move(w http.ResponseWriter, r *http.Request) {
	position, _ := strconv.Atoi(pages.Typed(r, "position")) // 0: the first one
	p.plan(w, r, hubfile.Edit{Action: hubfile.Move, Position: position})
}

func (p *Pages) plan(w http.ResponseWriter, r *http.Request, edit hubfile.Edit) {
	edit.List, edit.Entry, edit.Revision = listOf(r), pages.Typed(r, "entry"), pages.Typed(r, "revision")
	draft, err := p.File.Plan(pages.Principal(r), edit)
	switch {
	case err != nil:
		status, f := p.failed(r, err)
		p.entries(w, r, status, f)
	case draft.ID == "":
		p.entries(w, r, http.StatusBadRequest, failure{
			Error: p.Texts(r).Say("entries.faults"), Faults: draft.Problems,
		})
	default:
		http.Redirect(w, r, "/changes/"+draft.ID, http.StatusSeeOther)
	}
}

// changePage is what change.html shows.
type changePage struct {
	hubfile.Draft
	Lines []line
	failure
}

// line is a line of a difference.
type line struct {
	Kind byte // of the difference: '+', '-', '@' or ' '
	Text string
}

// Change shows the difference that waits for its confirmation.
func (p *Pages) Change(w http.ResponseWriter, r *http.Request) {
	draft, err := p.File.Draft(pages.Principal(r), r.PathValue("change"))
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.change(w, r, http.StatusOK, draft, failure{})
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request, status int, draft hubfile.Draft, f failure) {
	page := changePage{Draft: draft, failure: f}
	for text := range strings.Lines(draft.Diff) {
		page.Lines = append(page.Lines, line{text[0], strings.TrimSuffix(text, "\n")})
	}
	p.Show(w, r, status, pages.View{Name: "change.html", Title: "change.title", Data: page})
}

// Confirm writes a change and shows what became of it.
func (p *Pages) Confirm(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("change")
	o, err := p.File.Confirm(r.Context(), pages.Principal(r), id, pages.Typed(r, "fingerprint"))
	if err == nil {
		p.Show(w, r, http.StatusOK, pages.View{Name: "outcome.html", Title: "outcome.title", Data: o})
		return
	}
	status, f := p.failed(r, err)
	refusal := new(hubfile.RefusalError)
	if errors.As(err, &refusal) && (refusal.Why == hubfile.Stale || refusal.Why == hubfile.Unwritable) {
		p.change(w, r, status, o.Draft, f)
		return
	}
	p.refuse(w, r, err)
}

// Cancel drops a change.
func (p *Pages) Cancel(w http.ResponseWriter, r *http.Request) {
	who, id := pages.Principal(r), r.PathValue("change")
	draft, err := p.File.Draft(who, id)
	if err == nil {
		err = p.File.Cancel(who, id)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	pages.Back(w, r, listPath(draft.List), "cancelled")
}

// Link is the address of the form of an entry, for templates.
func (l listPage) Link(entry string) string { return formPath(l.List, entry) }
