// Package admin has the commands of administrators, one type per subject. Every command takes a
// principal, checks its role, and writes down what it changed or refused to change. The pages and
// the REST interface call them and reach no other part of the hub. Errors are *fail.Error.
//
// The types own no state; any goroutine may call them.
package admin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"traybell/hub/access"
	"traybell/hub/announcements"
	"traybell/hub/audit"
	"traybell/hub/fail"
	"traybell/hub/recordings"
	"traybell/shared/protocol"
)

// Limits of what a person types, in characters.
const (
	MaxTitle   = 300
	MaxText    = 20_000
	MaxField   = 100  // the queue and the priority of a ticket
	MaxMessage = 1000 // to terminals; a card shows it whole
	MaxReason  = 200  // why a ticket is not made, or the hub is in maintenance
)

// Writer writes down who changed what. Add does not block.
type Writer interface{ Add(e audit.Entry) }

// Audited is what all commands need.
type Audited struct {
	Audit Writer
	Now   func() time.Time
}

// change checks the role, does something and writes it down.
func (a Audited) change(p access.Principal, role access.Role, action, object, detail string, do func() error) error {
	return a.attempt(p, need(p, role), action, object, detail, do)
}

// attempt does something, unless it is refused, and writes it down.
func (a Audited) attempt(p access.Principal, refused error, action, object, detail string, do func() error) error {
	err := refused
	if err == nil {
		err = do()
	}
	e := audit.Entry{
		At: a.Now().UTC(), Kind: string(p.Kind), Who: p.Name, From: p.From, Action: action, Object: object,
		Detail: detail,
	}
	if err != nil {
		e.Error = fail.Of(err).Error()
	}
	a.Audit.Add(e)
	return failure(err)
}

// Attempt does something, unless it is refused, and writes it down, for commands of other packages.
func (a Audited) Attempt(p access.Principal, refused error, action, object, detail string, do func() error) error {
	return a.attempt(p, refused, action, object, detail, do)
}

// Need returns an error unless the principal has a role, for commands of other packages.
func Need(p access.Principal, role access.Role) error { return need(p, role) }

// need returns an error unless the principal has a role.
func need(p access.Principal, role access.Role) error {
	if p.May(role) {
		return nil
	}
	return &fail.Error{Code: fail.Forbidden, Text: fmt.Sprintf("This needs the role %s.", role)}
}

// needOrOwn is need for what an agent may see without a role: own says that only the agent's own may
// be shown.
func needOrOwn(p access.Principal) (own bool, err error) {
	if own = p.Kind == access.Agent && !p.May(access.View); own {
		return true, nil
	}
	return false, need(p, access.View)
}

// failure returns an error as an *fail.Error.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fail.New(protocol.HubBusy, "").Because(err)
	}
	return fail.Of(err)
}

func invalid(format string, args ...any) error {
	return &fail.Error{Code: fail.Invalid, Text: fmt.Sprintf(format, args...)}
}

// dated returns an error for a time of a client that JSON and the database do not have: the year of
// 9999-12-31T23:00:00-02:00 is 10000 in UTC.
func dated(times ...time.Time) error {
	for _, t := range times {
		if year := t.UTC().Year(); year < 1 || year > 9999 {
			return invalid("There is no time %s here: the years are 1 to 9999.", t.Format(time.RFC3339))
		}
	}
	return nil
}

func missing(format string, args ...any) error {
	return &fail.Error{Code: fail.NotFound, Text: fmt.Sprintf(format, args...)}
}

// noAgent is about a login that no agent has.
func noAgent(login string) error { return fail.New(protocol.AgentUnknown, fmt.Sprintf("%.80s", login)) }

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"cursor of the next page; absent on the last one"`
}

// Page selects a page of a list.
type Page struct {
	Cursor string // List.Next of the page before; empty: the first page
	Limit  int    // items at most; 0: 50
}

const (
	usualPage = 50
	mostPage  = 500
)

// start reads the cursor into from, and returns the limit.
func (p Page) start(from any) (limit int, err error) {
	switch {
	case p.Limit < 0 || p.Limit > mostPage:
		return 0, invalid("The limit must be 1 to %d.", mostPage)
	case p.Limit == 0:
		p.Limit = usualPage
	}
	if p.Cursor == "" {
		return p.Limit, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, from)
	}
	if err != nil {
		return 0, invalid("The cursor is not one of this list: it must be the value of next in the page before.")
	}
	return p.Limit, nil
}

// paged returns a page of a list of which one item more than the limit was read. after is the
// position of an item, shown what clients get of it.
func paged[T, C, V any](items []T, limit int, after func(T) C, shown func(T) V) (list List[V]) {
	if len(items) > limit {
		items, list.Next = items[:limit], cursor(after(items[limit-1]))
	}
	list.Items = each(items, shown)
	return list
}

// each converts items. The list is never nil, so that clients get [].
func each[T, V any](items []T, shown func(T) V) []V {
	list := make([]V, len(items))
	for i, item := range items {
		list[i] = shown(item)
	}
	return list
}

// cursor is the position of an item in a list, as Page.Cursor has it.
func cursor(position any) string {
	raw, err := json.Marshal(position)
	if err != nil { // a position is a number, or times and texts
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Hidden knows the numbers that agents do not see; nil: they see all.
type Hidden interface {
	// Found reports whether a search that found texts finds them also as agents see them.
	Found(search string, texts ...string) bool
}

// found removes what an agent may not find by a search.
func found[T any](hidden Hidden, own bool, search string, items []T, texts func(T) []string) []T {
	if !own || hidden == nil || search == "" {
		return items
	}
	return slices.DeleteFunc(items, func(item T) bool { return !hidden.Found(search, texts(item)...) })
}

// Commands are all commands of administrators.
type Commands struct {
	Hub           *Hub
	Terminals     *Terminals
	Calls         *Calls
	Callers       *Callers
	Tickets       *Tickets
	Directories   *Directories
	PBXs          *PBXs
	Webhooks      *Webhooks
	Numbers       *Numbers
	Audit         *Audit
	Tests         *TestCalls
	Why           *Why
	Rules         *Rules
	Missed        *Missed
	HubFile       *HubFile
	CallControl   *CallControl
	Duty          *Duty
	Queues        *Queues
	Mobiles       *Mobiles
	Own           *Own
	Recordings    *recordings.Service
	Announcements *announcements.Service
}
