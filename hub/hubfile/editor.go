package hubfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/rewrite"
	"traybell/hub/fail"
	"traybell/shared/bounded"
)

const (
	keptFor    = 15 * time.Minute // a change that is not confirmed
	mostKept   = 32
	reloadTime = 20 * time.Second // how long Confirm waits for the reload
)

// Reloads reports how hub.yml is reloaded.
type Reloads interface {
	// Next returns a function that waits for the next reload. The error is that of the reload, which
	// may be document.Problems; ok is false if ctx ends before.
	Next() (wait func(ctx context.Context) (ok bool, err error))
}

// Editor changes a hub.yml. All fields are required.
type Editor struct {
	File    string // empty: the hub runs without a file
	Check   func(path string, text []byte) (*config.Config, error)
	Reloads Reloads
	Now     func() time.Time

	mu    sync.Mutex // held while a change is planned or written
	waits []*waiting
}

// waiting is a change that waits for its confirmation.
type waiting struct {
	plan
	by    string
	draft Draft
}

// Entry is an entry of a list as hub.yml has it.
type Entry struct {
	Name     string `json:"name" doc:"login of an agent, number of a line, name of a template or rule, position of a CallerID rule"`
	Line     int    `json:"line" doc:"in hub.yml"`
	Revision string `json:"revision" doc:"changes with the text of the entry"`
	Values   Values `json:"values" doc:"keys, those of sections with dots, with texts or lists of texts; passwords are absent"`
}

// Content is a list of hub.yml.
type Content struct {
	File    string  `json:"file"`
	Fields  []Field `json:"fields" nullable:"false"`
	Entries []Entry `json:"entries" nullable:"false" doc:"in the order of the file"`
	Locked  string  `json:"locked,omitempty" doc:"why the hub cannot write hub.yml; absent if it can"`
}

// Fault is an error that a change would make in hub.yml.
type Fault struct {
	Line    int    `json:"line,omitempty" doc:"of the changed file"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Field   string `json:"field,omitempty" doc:"key within the changed entry; absent: the problem is elsewhere"`
	Text    string `json:"text" doc:"what is wrong, and how to fix it"`
	Excerpt string `json:"excerpt,omitempty"`
}

// Draft is a planned change of hub.yml.
type Draft struct {
	ID          string    `json:"id,omitempty" doc:"to confirm it; absent if there are problems"`
	Fingerprint string    `json:"fingerprint,omitempty" doc:"of the file before and after the change"`
	List        List      `json:"list"`
	Action      Action    `json:"action"`
	Entry       string    `json:"entry" doc:"its name after the change"`
	Summary     string    `json:"summary,omitempty"`
	Diff        string    `json:"diff,omitempty" doc:"unified; secrets are ***"`
	Problems    []Fault   `json:"problems" nullable:"false" doc:"that prevent the change"`
	Warnings    []Fault   `json:"warnings" nullable:"false"`
	Expires     time.Time `json:"expires,omitzero"`
	Locked      string    `json:"locked,omitempty" doc:"why the hub cannot write hub.yml; absent if it can"`
	Lines       string    `json:"lines,omitempty" doc:"if the hub cannot write hub.yml: the lines to add by hand"`
	Password    string    `json:"password,omitempty" doc:"if the hub cannot write hub.yml: the generated password"`
}

// State is what became of a change that was written.
type State string

// The states.
const (
	Applied  State = "applied"
	Rejected State = "rejected" // the hub uses the previous configuration
	Later    State = "later"    // not reloaded yet
)

// Outcome is the result of a confirmed change.
type Outcome struct {
	Draft    Draft   `json:"draft"`
	Backup   string  `json:"backup" doc:"the old file"`
	State    State   `json:"state" enum:"applied,rejected,later" doc:"whether the hub uses the new file"`
	Error    string  `json:"error,omitempty" doc:"why the reload was rejected"`
	Problems []Fault `json:"problems" nullable:"false"`
	Password string  `json:"password,omitempty" doc:"the generated password; it is shown once"`
}

// read reads hub.yml. The error says what is wrong with it.
func (e *Editor) read() (*config.Config, []byte, error) {
	if e.File == "" {
		return nil, nil, refuse(NoFile, nil, nil)
	}
	text, err := bounded.ReadFile(e.File, config.MaxFile)
	if err != nil {
		return nil, nil, refuse(Unreadable, nil, err)
	}
	cfg, err := e.check(text)
	var problems document.Problems
	if errors.As(err, &problems) {
		return nil, nil, refuse(Broken, nil, err)
	}
	return cfg, text, err
}

func (e *Editor) check(text []byte) (*config.Config, error) { return e.Check(e.File, text) }

// locked returns why hub.yml cannot be written; empty if it can.
func (e *Editor) locked() string {
	if err := Writable(e.File); err != nil {
		return err.Error()
	}
	return ""
}

// Content returns a list.
func (e *Editor) Content(list List) (Content, error) {
	if _, known := kinds[list]; !known {
		return Content{}, &fail.Error{Code: fail.NotFound, Text: fmt.Sprintf("hub.yml has no list %.40q.", list)}
	}
	cfg, text, err := e.read()
	if err != nil {
		return Content{}, err
	}
	file, err := rewrite.Parse(text)
	if err != nil {
		return Content{}, refuse(Unsafe, nil, err)
	}
	section := (&plan{edit: Edit{List: list}}).section(file)
	all, c := entries(cfg, list), Content{File: e.File, Fields: fieldsOf(list, cfg), Entries: []Entry{}}
	c.Locked = e.locked()
	if section.Len() != len(all) {
		return Content{}, refuse(Unsafe, nil, rewrite.ErrUnsafe)
	}
	for i := range all {
		one := all[i]
		if kinds[list].named {
			name := section.Name(i)
			one = entry{name, entryOf(cfg, list, name)}
		}
		values := Values{}
		for _, f := range fields[list] {
			values[f.Key] = one.values[f.Key]
		}
		if list == Agents && !section.Has(i, "name") {
			values["name"] = ""
		}
		c.Entries = append(c.Entries, Entry{
			Name: one.name, Line: section.Line(i), Revision: revision(section, i), Values: values,
		})
	}
	return c, nil
}

// Plan plans a change for somebody. A change with problems is not kept.
func (e *Editor) Plan(edit Edit, by string) (Draft, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := kinds[edit.List]; !known {
		return Draft{}, invalid("There is no list %.40q.", edit.List)
	}
	w := &waiting{plan: plan{edit: edit}, by: by}
	if err := w.password(); err != nil {
		return Draft{}, err
	}
	if err := e.plan(w); err != nil {
		return Draft{}, err
	}
	if len(w.problems) > 0 {
		return w.draft, nil
	}
	w.draft.ID = rand.Text()
	w.draft.Expires = e.Now().UTC().Add(keptFor).Truncate(time.Second)
	e.forget()
	e.waits = append(e.waits, w)
	return w.draft, nil
}

// plan plans a change against the file on the disk, and describes it.
func (e *Editor) plan(w *waiting) error {
	cfg, text, err := e.read()
	if err != nil {
		return err
	}
	if err := w.make(cfg, text, e.check); err != nil {
		return err
	}
	if err := w.shared(); err != nil {
		return err
	}
	c := &w.draft
	c.List, c.Action, c.Entry = w.edit.List, w.edit.Action, w.name
	c.Problems, c.Warnings = w.shown(w.problems), []Fault{}
	if len(w.problems) > 0 {
		return nil
	}
	c.Warnings = w.shown(w.fresh.Warnings())
	c.Fingerprint = digest(w.was, w.now)
	d, err := w.difference(e.File)
	if err != nil {
		return err
	}
	c.Diff, c.Summary = d.unified, w.summary()+" ("+d.counts()+")"
	w.lock(d, e.locked())
	return nil
}

// lock describes what to do by hand if the file cannot be written.
func (w *waiting) lock(d difference, why string) {
	w.draft.Locked, w.draft.Lines, w.draft.Password = why, "", ""
	if why != "" {
		w.draft.Lines, w.draft.Password = d.lines, w.generated
	}
}

func (p *plan) shown(of document.Problems) []Fault {
	list := []Fault{}
	for _, one := range of {
		list = append(list, Fault{
			Line: one.Line, Column: one.Column, Key: one.Key, Field: p.field(one.Key), Text: one.Text,
			Excerpt: one.Excerpt,
		})
	}
	return list
}

// forget drops changes that were not confirmed in time.
func (e *Editor) forget() {
	now := e.Now()
	e.waits = slices.DeleteFunc(e.waits, func(w *waiting) bool { return now.After(w.draft.Expires) })
	if n := len(e.waits) + 1 - mostKept; n > 0 {
		e.waits = slices.Delete(e.waits, 0, n)
	}
}

func (e *Editor) find(id, by string) (int, error) {
	now := e.Now()
	i := slices.IndexFunc(e.waits, func(w *waiting) bool {
		return w.draft.ID == id && w.by == by && !now.After(w.draft.Expires)
	})
	if i < 0 {
		return 0, refuse(Gone, nil, nil)
	}
	return i, nil
}

// Draft returns a change that waits for its confirmation.
func (e *Editor) Draft(id, by string) (Draft, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id, by)
	if err != nil {
		return Draft{}, err
	}
	return e.waits[i].draft, nil
}

// Cancel drops a change.
func (e *Editor) Cancel(id, by string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id, by)
	if err == nil {
		e.waits = slices.Delete(e.waits, i, i+1)
	}
	return err
}

// Confirm writes a change that was shown with a fingerprint, and waits for the reload. The error is
// a RefusalError if hub.yml has changed meanwhile (Stale) or cannot be written; the outcome then has
// the change as it would be now.
func (e *Editor) Confirm(ctx context.Context, id, by, fingerprint string) (Outcome, error) {
	o, wait, err := e.write(id, by, fingerprint)
	if err != nil {
		return o, err
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	reloaded, err := wait(ctx)
	switch {
	case !reloaded:
		o.State = Later
	case err != nil:
		o.State, o.Error = Rejected, err.Error()
		var problems document.Problems
		if errors.As(err, &problems) {
			o.Problems = (&plan{}).shown(problems)
		}
	}
	return o, nil
}

// write writes a change.
func (e *Editor) write(id, by, fingerprint string) (o Outcome, wait func(context.Context) (bool, error), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, err := e.find(id, by)
	if err != nil {
		return o, nil, err
	}
	w := e.waits[i]
	shown := w.draft
	if err := e.plan(w); err != nil || len(w.problems) > 0 {
		e.waits = slices.Delete(e.waits, i, i+1)
		o.Draft = w.draft
		if err == nil {
			err = refuse(Unfit, nil, w.problems)
		}
		return o, nil, err
	}
	o.Draft = w.draft
	if w.draft.Fingerprint != fingerprint || shown.Fingerprint != fingerprint {
		return o, nil, refuse(Stale, nil, nil)
	}
	wait = e.Reloads.Next()
	o.Backup, err = Replace(e.File, w.was, w.now, e.Now())
	switch {
	case errors.Is(err, ErrChanged):
		return o, nil, refuse(Stale, nil, nil)
	case err != nil:
		if d, e := w.difference(e.File); e == nil {
			w.lock(d, err.Error())
		}
		o.Draft = w.draft
		return o, nil, refuse(Unwritable, nil, err)
	}
	o.State, o.Problems, o.Password = Applied, []Fault{}, w.generated
	e.waits = slices.Delete(e.waits, i, i+1)
	return o, wait, nil
}

// Object names a change in the audit: agents anna.
func (c Draft) Object() string { return strings.TrimSpace(string(c.List) + " " + c.Entry) }
