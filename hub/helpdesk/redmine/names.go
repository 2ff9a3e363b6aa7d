package redmine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// stay is how long the ids of names are used.
const stay = 5 * time.Minute

// named is an entry of a list: a tracker, a status, a custom field.
type named struct {
	ID      int
	Name    string
	Default bool `json:"is_default"`
	Closed  bool `json:"is_closed"`
}

// project has the names of a project.
type project struct {
	ID         int
	Name       string
	Identifier string
	Trackers   []named
	Fields     []named `json:"issue_custom_fields"`
}

// known is a reply of Redmine.
type known[T any] struct {
	value T
	read  time.Time
}

func (k known[T]) fresh() bool { return time.Since(k.read) < stay }

// names has what was looked up.
type names struct {
	mu         sync.Mutex
	projects   map[string]known[project]
	statuses   known[[]named]
	priorities known[[]named]
	activities known[[]named]
}

// wrongName is the error for a name of hub.yml that Redmine does not know.
func wrongName(format string, args ...any) error {
	return &helpdesk.Error{Reason: fmt.Sprintf(format, args...), Refused: true}
}

// unknown says what is wrong with a name, and which there are.
func unknown(what, name, remedy string, list []named) error {
	var there []string
	for _, n := range list {
		there = append(there, fmt.Sprintf("%q", n.Name))
	}
	return wrongName("Redmine has no %s %q (it has %s): an administrator must %s in hub.yml.",
		what, name, cmp.Or(strings.Join(there, ", "), "none"), remedy)
}

// find returns the id of a name.
func find(list []named, name string) (int, bool) {
	for _, n := range list {
		if strings.EqualFold(n.Name, name) {
			return n.ID, true
		}
	}
	return 0, false
}

// project reads a project.
func (h *HelpDesk) project(ctx context.Context, identifier string) (project, error) {
	if identifier == "" {
		return project{}, wrongName("Redmine requires the issue's project: an administrator must set queue, its " +
			"identifier, in the ticket template in hub.yml.")
	}
	h.names.mu.Lock()
	p := h.names.projects[identifier]
	h.names.mu.Unlock()
	if p.fresh() {
		return p.value, nil
	}
	var reply struct{ Project project }
	err := h.client.Get(ctx, "/projects/"+url.PathEscape(identifier)+".json",
		url.Values{"include": {"trackers,issue_custom_fields"}}, &reply)
	var failed *httpclient.Error
	if errors.As(err, &failed) && (failed.Status == http.StatusNotFound || failed.Status == http.StatusForbidden) {
		if who := h.who(ctx); who != nil { // a wrong key or address, or REST is off
			return project{}, who
		}
		return project{}, wrongName("Redmine has no project %q that the hub's user may see: an "+
			"administrator must correct queue, the project's identifier, of the ticket template in hub.yml, or add "+
			"the user to the project.", identifier)
	}
	if err != nil {
		return project{}, err
	}
	h.names.mu.Lock()
	defer h.names.mu.Unlock()
	h.names.projects[identifier] = known[project]{reply.Project, time.Now()}
	return reply.Project, nil
}

func (p project) tracker(name string) (int, error) {
	if id, ok := find(p.Trackers, name); ok {
		return id, nil
	}
	return 0, unknown("tracker", name, "correct type of the ticket template, or add the tracker to the project "+
		strconv.Quote(p.Identifier)+", or correct it", p.Trackers)
}

func (p project) field(name string) (int, error) {
	if id, ok := find(p.Fields, name); ok {
		return id, nil
	}
	return 0, unknown("custom field for issues", name, "add the field to the project "+strconv.Quote(p.Identifier)+
		", visible to the hub's user, or correct it", p.Fields)
}

// list reads a list of names, unless it is known.
func (h *HelpDesk) list(ctx context.Context, of *known[[]named], path, key string) ([]named, error) {
	h.names.mu.Lock()
	k := *of
	h.names.mu.Unlock()
	if k.fresh() {
		return k.value, nil
	}
	var reply map[string][]named
	if err := h.client.Get(ctx, path, nil, &reply); err != nil {
		return nil, err
	}
	h.names.mu.Lock()
	defer h.names.mu.Unlock()
	*of = known[[]named]{reply[key], time.Now()}
	return reply[key], nil
}

func (h *HelpDesk) status(ctx context.Context, name string) (int, error) {
	list, err := h.list(ctx, &h.names.statuses, "/issue_statuses.json", "issue_statuses")
	if err != nil {
		return 0, err
	}
	if id, ok := find(list, name); ok {
		return id, nil
	}
	return 0, unknown("status", name, "correct state of the ticket template", list)
}

func (h *HelpDesk) priority(ctx context.Context, name string) (int, error) {
	list, err := h.list(ctx, &h.names.priorities, "/enumerations/issue_priorities.json", "issue_priorities")
	if err != nil {
		return 0, err
	}
	if id, ok := find(list, name); ok {
		return id, nil
	}
	return 0, unknown("priority", name, "correct priority of the ticket template", list)
}

// activity is that of talk times.
func (h *HelpDesk) activity(ctx context.Context) (int, error) {
	list, err := h.list(ctx, &h.names.activities, "/enumerations/time_entry_activities.json", "time_entry_activities")
	if err != nil {
		return 0, err
	}
	if h.o.Activity != "" {
		if id, ok := find(list, h.o.Activity); ok {
			return id, nil
		}
		return 0, unknown("activity", h.o.Activity, "correct help_desk.activity", list)
	}
	for _, n := range list {
		if n.Default {
			return n.ID, nil
		}
	}
	if len(list) == 0 {
		return 0, wrongName("Redmine has no activity for time entries: an administrator must add one there, " +
			"under Enumerations, or set talk_time: false in hub.yml.")
	}
	return list[0].ID, nil
}

// member returns the id of a project's member by login or full name. Only an administrator's key may
// read logins.
func (h *HelpDesk) member(ctx context.Context, p project, name string) (int, error) {
	var users struct {
		Users []struct {
			ID    int
			Login string
		}
	}
	err := h.client.Get(ctx, "/users.json", url.Values{"name": {name}, "limit": {"100"}}, &users)
	var failed *httpclient.Error
	if err != nil && (!errors.As(err, &failed) || failed.Status != http.StatusForbidden) {
		return 0, err
	}
	for _, u := range users.Users {
		if strings.EqualFold(u.Login, name) {
			return u.ID, nil
		}
	}
	var members struct {
		Memberships []struct{ User, Group *named }
	}
	err = h.client.Get(ctx, fmt.Sprintf("/projects/%d/memberships.json", p.ID), url.Values{"limit": {"100"}}, &members)
	if err != nil {
		return 0, err
	}
	var list []named
	for _, m := range members.Memberships {
		for _, who := range []*named{m.User, m.Group} {
			if who != nil {
				list = append(list, *who)
			}
		}
	}
	if id, ok := find(list, name); ok {
		return id, nil
	}
	return 0, unknown("member of the project "+strconv.Quote(p.Identifier), name,
		"correct owner of the ticket template (a full name, or with an administrator's key a login)", list)
}
