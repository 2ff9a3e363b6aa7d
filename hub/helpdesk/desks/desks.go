// Package desks has the help desks of hub.yml as one: tickets go to the one that their template
// names, and what concerns a ticket goes to the one that has it.
package desks

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"traybell/hub/helpdesk"
)

// BuiltIn is the address of the hub's own list of tickets.
const BuiltIn = "builtin"

// Desk is a help desk of hub.yml. Those with an address in common, also a former one, have names.
type Desk struct {
	helpdesk.HelpDesk
	Name    string // empty: that of templates which name none
	Address string // its URL, or BuiltIn
	// Former are the addresses that it had before. Tickets from there, and those that an earlier
	// version of the hub made with a page below one of them, are its own.
	Former   []string
	TalkTime bool // talk times go into its tickets
	// Elsewhere: the pages of its tickets may have another address than it.
	Elsewhere bool
}

// Set has all help desks of a hub. It is immutable.
type Set struct {
	list        []Desk
	directories map[string]string
}

// New returns a set. The first help desk is that of templates which name none. directories has the
// names of directories whose logins belong to one help desk, with the name of that.
func New(directories map[string]string, list ...Desk) *Set {
	s := &Set{list, directories}
	for i := range list {
		d := &list[i]
		d.Address = Same(d.Address)
		for j, address := range d.Former {
			d.Former[j] = Same(address)
		}
		d.HelpDesk = placed{d.HelpDesk, s, d}
	}
	return s
}

// Same returns an address in the form that is compared.
func Same(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		u.Scheme, u.Host, u.RawQuery, u.Fragment = strings.ToLower(u.Scheme), strings.ToLower(u.Host), "", ""
		address = u.String()
	}
	return strings.TrimRight(address, "/")
}

// Named implements helpdesk.Desks.
func (s *Set) Named(name string) helpdesk.HelpDesk {
	if d := s.named(name); d != nil {
		return d.HelpDesk
	}
	return missing{&helpdesk.Error{
		Reason: fmt.Sprintf("hub.yml no longer has the help desk %q: an administrator must add it to help_desks, or "+
			"drop the requests for it.", name),
		Retry: true,
	}}
}

func (s *Set) named(name string) *Desk {
	for i := range s.list {
		if s.list[i].Name == name || i == 0 && name == "" {
			return &s.list[i]
		}
	}
	return nil
}

// With implements helpdesk.Desks.
func (s *Set) With(t helpdesk.Ticket) helpdesk.HelpDesk {
	if d := s.with(t); d != nil {
		return d.HelpDesk
	}
	address, name, named := strings.Cut(t.Desk, nameMark)
	at := cmp.Or(address, t.URL)
	if named && s.at(address) != nil {
		at = fmt.Sprintf("%q at %s", name, address)
	}
	return missing{&helpdesk.Error{
		Reason: fmt.Sprintf("The ticket %s is in another help desk, %s: an administrator can add that to help_desks "+
			"in hub.yml or, if only its address has changed, to former_urls of the help desk.", t.Number, at),
		Refused: true, Err: helpdesk.ErrGone,
	}}
}

// nameMark is between the address and the name of a help desk in Ticket.Desk. Versions that knew no
// two help desks at one address saved only the address.
const nameMark = "#"

// with returns the help desk that has a ticket; nil if there is none. The name counts only where the
// address does not tell.
func (s *Set) with(t helpdesk.Ticket) *Desk {
	address, name, named := strings.Cut(t.Desk, nameMark)
	if t.Desk == "" {
		address = s.below(Same(t.URL))
	}
	if t.Desk == "" && address == "" {
		if t.URL == "" || s.list[0].Elsewhere {
			return &s.list[0]
		}
		return nil
	}
	there := s.at(address)
	for _, d := range there {
		if named && d.Name == name {
			return d
		}
	}
	if len(there) == 0 || named && len(there) > 1 {
		return nil
	}
	return there[0]
}

// at returns the help desks that have or had an address, those that have it first.
func (s *Set) at(address string) (have []*Desk) {
	var had []*Desk
	for i := range s.list {
		switch d := &s.list[i]; {
		case d.Address == address:
			have = append(have, d)
		case slices.Contains(d.Former, address):
			had = append(had, d)
		}
	}
	return append(have, had...)
}

// below returns the address of a help desk that a page is at or below: the longest one.
func (s *Set) below(page string) (longest string) {
	for _, d := range s.list {
		for _, address := range append([]string{d.Address}, d.Former...) {
			if len(address) > len(longest) && (page == address || strings.HasPrefix(page, address+"/")) {
				longest = address
			}
		}
	}
	return longest
}

// Accounts implements helpdesk.Desks.
func (s *Set) Accounts(t helpdesk.Ticket) bool {
	d := s.with(t)
	return d == nil || d.TalkTime // of one that is gone, it is refused
}

// Knows implements helpdesk.Desks.
func (s *Set) Knows(name, directory string) bool {
	of, one := s.directories[directory]
	return !one || s.named(of) == s.named(name)
}

// placed notes in tickets which help desk has them.
type placed struct {
	helpdesk.HelpDesk
	set  *Set
	desk *Desk
}

// Create implements helpdesk.HelpDesk. A login of another help desk would be a stranger's in this one.
func (p placed) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	if c := draft.Customer; c != nil && !p.set.Knows(p.desk.Name, c.Directory) {
		person := *c
		person.Login = ""
		draft.Customer = &person
	}
	t, err := p.HelpDesk.Create(ctx, draft)
	return p.mark(t, err == nil), err
}

func (p placed) Find(ctx context.Context, callID string) (helpdesk.Ticket, bool, error) {
	t, ok, err := p.HelpDesk.Find(ctx, callID)
	return p.mark(t, ok), ok, err
}

func (p placed) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	open, err := p.HelpDesk.OpenTickets(ctx, customer)
	for i := range open.Newest {
		open.Newest[i].Ticket = p.mark(open.Newest[i].Ticket, true)
	}
	return open, err
}

// ByNumber implements helpdesk.Numbers, if the help desk does.
func (p placed) ByNumber(ctx context.Context, number string) (helpdesk.NumberedTicket, bool, error) {
	t, ok, err := helpdesk.ByNumber(ctx, p.HelpDesk, number)
	t.Ticket = p.mark(t.Ticket, ok)
	return t, ok, err
}

func (p placed) mark(t helpdesk.Ticket, ok bool) helpdesk.Ticket {
	if ok {
		t.Desk = p.desk.Address
		if p.desk.Name != "" {
			t.Desk += nameMark + p.desk.Name
		}
	}
	return t
}

// missing is a help desk that hub.yml does not have.
type missing struct{ err error }

func (m missing) Create(context.Context, helpdesk.Draft) (helpdesk.Ticket, error) {
	return helpdesk.Ticket{}, m.err
}

func (m missing) Find(context.Context, string) (helpdesk.Ticket, bool, error) {
	return helpdesk.Ticket{}, false, m.err
}

func (m missing) OpenTickets(context.Context, string) (helpdesk.OpenTickets, error) {
	return helpdesk.OpenTickets{}, m.err
}

func (m missing) Append(context.Context, helpdesk.Note) error { return m.err }

func (m missing) Noted(context.Context, helpdesk.Note) (bool, error) { return false, m.err }
