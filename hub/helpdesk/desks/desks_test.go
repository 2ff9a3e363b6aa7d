package desks_test

import (
	"context"
	"errors"
	"testing"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/desks"
	"traybell/shared/protocol"
)

// desk is a help desk that notes what it gets.
type desk struct {
	url       string
	customers []string // of tickets
	notes     []string // tickets with notes
}

func (d *desk) Create(_ context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	login := ""
	if draft.Customer != nil {
		login = draft.Customer.Login
	}
	d.customers = append(d.customers, login)
	return d.ticket("1"), nil
}

func (d *desk) ticket(id string) helpdesk.Ticket {
	return helpdesk.Ticket{ID: id, Number: id, URL: d.url + "/index.pl?Action=Zoom;Ticket=" + id}
}

func (d *desk) Find(context.Context, string) (helpdesk.Ticket, bool, error) {
	return d.ticket("1"), true, nil
}

func (d *desk) OpenTickets(context.Context, string) (helpdesk.OpenTickets, error) {
	return helpdesk.OpenTickets{Newest: []helpdesk.OpenTicket{{Ticket: d.ticket("2")}}, Count: 1}, nil
}

func (d *desk) Append(_ context.Context, n helpdesk.Note) error {
	d.notes = append(d.notes, n.Ticket.ID)
	return nil
}

func (d *desk) Noted(context.Context, helpdesk.Note) (bool, error) { return len(d.notes) > 0, nil }

func TestTicketsGoToTheHelpDeskOfTheirTemplate(t *testing.T) {
	otrs, redmine := &desk{url: "https://otrs.example.com/otrs"}, &desk{url: "https://redmine.example.com"}
	set := desks.New(nil, desks.Desk{HelpDesk: otrs, Address: otrs.url, TalkTime: true},
		desks.Desk{HelpDesk: redmine, Name: "it", Address: redmine.url + "/"})
	for _, c := range []struct {
		name, at string
		accounts bool
		desk     *desk
	}{{"", otrs.url, true, otrs}, {"it", redmine.url + "#it", false, redmine}} {
		h := set.Named(c.name)
		made, err := h.Create(t.Context(), helpdesk.Draft{})
		if err != nil || made.Desk != c.at || len(c.desk.customers) != 1 {
			t.Errorf("%q: %+v, %v", c.name, made, err)
		}
		found, _, _ := h.Find(t.Context(), "main:1")
		open, _ := h.OpenTickets(t.Context(), "ivanov")
		if found != made || open.Newest[0].Desk != c.at {
			t.Errorf("%q: found %+v, open %+v", c.name, found, open)
		}
		for _, ticket := range []helpdesk.Ticket{made, open.Newest[0].Ticket, {ID: "3", URL: made.URL}} {
			if err := set.With(ticket).Append(t.Context(), helpdesk.Note{Ticket: ticket}); err != nil {
				t.Error(err)
			}
			if set.Accounts(ticket) != c.accounts {
				t.Errorf("%q: Accounts(%+v) = %v", c.name, ticket, !c.accounts)
			}
		}
		if len(c.desk.notes) != 3 {
			t.Errorf("%q has notes in %q", c.name, c.desk.notes)
		}
	}
	var e *helpdesk.Error
	if _, err := set.Named("sales").Create(t.Context(), helpdesk.Draft{}); !errors.As(err, &e) || !e.Retry {
		t.Errorf("a name that hub.yml no longer has: %v", err)
	}
}

// After a move the tickets of the old help desk have the same numbers as others in the new one.
func TestMoveToAnotherHelpDesk(t *testing.T) {
	otrs, zammad := &desk{url: "https://desk.example.com/otrs"}, &desk{url: "https://zammad.example.com"}
	before := desks.New(nil, desks.Desk{HelpDesk: otrs, Address: otrs.url})
	made, err := before.Named("").Create(t.Context(), helpdesk.Draft{})
	if err != nil {
		t.Fatal(err)
	}
	unmarked := made // by a version that knew only one help desk
	unmarked.Desk = ""
	now := desks.Desk{HelpDesk: zammad, Address: zammad.url}
	for name, c := range map[string]struct {
		more  []desks.Desk
		noted bool
	}{
		"the old one is gone": {nil, false},
		"the old one is kept": {
			[]desks.Desk{{HelpDesk: otrs, Name: "old", Address: "HTTPS://desk.example.com/otrs/"}}, true,
		},
		"it has a new address": {[]desks.Desk{{
			HelpDesk: otrs, Name: "old", Address: "https://otrs.example.com", Former: []string{otrs.url},
		}}, true},
	} {
		set := desks.New(nil, append([]desks.Desk{now}, c.more...)...)
		for _, ticket := range []helpdesk.Ticket{made, unmarked} {
			otrs.notes = nil
			err := set.With(ticket).Append(t.Context(), helpdesk.Note{Ticket: ticket})
			var e *helpdesk.Error
			if c.noted && (err != nil || len(otrs.notes) != 1) ||
				!c.noted && (!errors.Is(err, helpdesk.ErrGone) || !errors.As(err, &e) || !e.Refused) {
				t.Errorf("%s, %+v: %v", name, ticket, err)
			}
		}
	}
	if len(zammad.notes) > 0 {
		t.Errorf("notes in the new help desk: %q", zammad.notes)
	}
}

func TestLoginsAreThoseOfTheirHelpDesk(t *testing.T) {
	otrs, redmine := &desk{url: "https://otrs.example.com"}, &desk{url: "https://redmine.example.com"}
	set := desks.New(map[string]string{"users": "it"}, desks.Desk{HelpDesk: otrs, Address: otrs.url},
		desks.Desk{HelpDesk: redmine, Name: "it", Address: redmine.url})
	for _, c := range []struct {
		name, directory, want string
	}{{"", "users", ""}, {"it", "users", "ivanov"}, {"", "csv", "ivanov"}, {"it", "csv", "ivanov"}} {
		who := &protocol.Customer{Login: "ivanov", Name: "Ivan", Directory: c.directory}
		if _, err := set.Named(c.name).Create(t.Context(), helpdesk.Draft{Customer: who}); err != nil {
			t.Fatal(err)
		}
		of := otrs
		if c.name == "it" {
			of = redmine
		}
		if got := of.customers[len(of.customers)-1]; got != c.want || who.Login != "ivanov" {
			t.Errorf("a customer of %s in %q is %q, want %q", c.directory, c.name, got, c.want)
		}
		if got := set.Knows(c.name, c.directory); got != (c.want != "") {
			t.Errorf("Knows(%q, %q) = %v", c.name, c.directory, got)
		}
	}
}

// Two help desks at one address, such as two projects of one Jira, keep their tickets apart.
func TestHelpDesksAtOneAddress(t *testing.T) {
	const url = "https://jira.example.com"
	sales, support := &desk{url: url}, &desk{url: url}
	both := desks.New(nil, desks.Desk{HelpDesk: sales, Name: "sales", Address: url},
		desks.Desk{HelpDesk: support, Name: "support", Address: url + "/"})
	var made []helpdesk.Ticket
	for _, name := range []string{"sales", "support"} {
		ticket, err := both.Named(name).Create(t.Context(), helpdesk.Draft{})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, ticket)
	}
	unnamed := made[1] // by a version that saved only the address
	unnamed.Desk = url
	for name, c := range map[string]struct {
		set            *desks.Set
		ticket         helpdesk.Ticket
		sales, support int
	}{
		"the first":           {both, made[0], 1, 0},
		"the second":          {both, made[1], 0, 1},
		"without a name":      {both, unnamed, 1, 0},
		"one of them is gone": {desks.New(nil, desks.Desk{HelpDesk: sales, Address: url}), made[1], 1, 0},
		"they have a new order": {
			desks.New(nil, desks.Desk{HelpDesk: support, Name: "support", Address: url},
				desks.Desk{HelpDesk: sales, Name: "sales", Address: url}), made[0], 1, 0,
		},
		"they have a new address": {
			desks.New(nil, desks.Desk{HelpDesk: sales, Name: "sales", Address: "https://new", Former: []string{url}},
				desks.Desk{HelpDesk: support, Name: "support", Address: "https://new", Former: []string{url}}),
			made[1], 0, 1,
		},
		"another name, and it is not clear which": {
			desks.New(nil, desks.Desk{HelpDesk: sales, Name: "sales", Address: url},
				desks.Desk{HelpDesk: support, Name: "help", Address: url}), made[1], 0, 0,
		},
	} {
		sales.notes, support.notes = nil, nil
		err := c.set.With(c.ticket).Append(t.Context(), helpdesk.Note{Ticket: c.ticket})
		if len(sales.notes) != c.sales || len(support.notes) != c.support ||
			(err == nil) != (c.sales+c.support > 0) || err != nil && !errors.Is(err, helpdesk.ErrGone) {
			t.Errorf("%s: %d notes in sales, %d in support, %v", name, len(sales.notes), len(support.notes), err)
		}
	}
}

// A page is that of the longest address above it.
func TestHelpDesksBelowEachOther(t *testing.T) {
	portal, otrs := &desk{url: "https://desk.example.com"}, &desk{url: "https://desk.example.com/otrs"}
	set := desks.New(nil, desks.Desk{HelpDesk: portal, Address: portal.url},
		desks.Desk{HelpDesk: otrs, Name: "otrs", Address: otrs.url})
	ticket := otrs.ticket("1")
	if err := set.With(ticket).Append(t.Context(), helpdesk.Note{Ticket: ticket}); err != nil || len(otrs.notes) != 1 {
		t.Errorf("%v, %q", err, portal.notes)
	}
}
