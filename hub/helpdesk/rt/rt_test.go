package rt_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/rt"
	"traybell/hub/tickettemplate"
	"traybell/shared/protocol"
	"traybell/test/ticketing"
)

func options(base string) rt.Options {
	return rt.Options{
		URL: base, Token: "1-31-secret", CallField: callField, CallerField: callerField, AsAgent: true,
		Log: slog.New(slog.DiscardHandler),
	}
}

func newDesk(t *testing.T, o rt.Options) *rt.HelpDesk {
	t.Helper()
	h, err := rt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRT(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := newServer(t)
		of := func(of helpdesk.Ticket) *ticket {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.ticket(of.ID)
		}
		return helpdesktest.Desk{
			Adapter: newDesk(t, options(s.URL+"/")), Name: "Request Tracker", Closed: "resolved",
			Read: func(_ *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				t := of(ticket)
				return t.created["Subject"].(string), t.created["Content"].(string), t.requestor
			},
			Accounted: func(_ *testing.T, ticket helpdesk.Ticket) time.Duration {
				return time.Duration(of(ticket).minutes) * time.Minute
			},
			AgentOf: func(_ *testing.T, ticket helpdesk.Ticket) string { return of(ticket).owner },
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return rt.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(t *testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: newServer(t).Config.Handler,
			Creates: func(r *http.Request) bool {
				return r.Method == http.MethodPost && r.URL.Path == "/REST/2.0/ticket"
			},
			New: within,
		}
	})
}

func TestPresses(t *testing.T) {
	s := newServer(t)
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s.Config.Handler, Made: s.calls, Template: tickettemplate.Text{Queue: "Raw"}, New: within,
	})
}

func TestTicketSent(t *testing.T) {
	s := newServer(t)
	o := options(s.URL)
	o.UnknownCustomer = "petrova"
	h := newDesk(t, o)
	for _, test := range []struct {
		name   string
		change func(d *helpdesk.Draft)
		want   string // requestor, owner and fields
	}{
		{"a customer of Request Tracker", func(*helpdesk.Draft) {}, "ivanov anna <nil> [main:1 +74951234567]"},
		{"a customer with an address only", func(d *helpdesk.Draft) {
			d.Customer = &protocol.Customer{Login: "crm17", Email: "a@b.example"}
		}, "a@b.example anna <nil> [main:1 +74951234567]"},
		{
			"an unknown caller", func(d *helpdesk.Draft) { d.Customer, d.Number = nil, "" },
			"petrova anna <nil> [main:1 ]",
		},
		{
			"owner and state of the template", func(d *helpdesk.Draft) { d.Owner, d.State = "traybell", "open" },
			"ivanov traybell open [main:1 +74951234567]",
		},
	} {
		d := helpdesktest.NewDraft("")
		d.CallID, d.State = "main:1", ""
		test.change(&d)
		made, err := h.Create(t.Context(), d)
		if err != nil {
			t.Fatal(test.name, err)
		}
		s.mu.Lock()
		got := s.ticket(made.ID)
		if sent := fmt.Sprint(got.requestor, " ", got.owner, " ", got.created["Status"], " ",
			[]string{got.fields[callField], got.fields[callerField]}); sent != test.want {
			t.Errorf("%s: %s, want %s", test.name, sent, test.want)
		}
		s.mu.Unlock()
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(s *server, o *rt.Options, d *helpdesk.Draft)
		refused bool
		want    []string
	}{
		{
			"wrong token", func(_ *server, o *rt.Options, _ *helpdesk.Draft) { o.Token = "1-2-3" }, false,
			[]string{"help_desk.token"},
		},
		{
			"wrong queue", func(_ *server, _ *rt.Options, d *helpdesk.Draft) { d.Queue = "Rav" }, true,
			[]string{`queue "Rav" does not exist`, "SeeQueue"},
		},
		{
			"no queue", func(_ *server, _ *rt.Options, d *helpdesk.Draft) { d.Queue = "" }, true,
			[]string{"requires the ticket's queue"},
		},
		{
			"no right to create",
			func(s *server, _ *rt.Options, _ *helpdesk.Draft) { s.rights["CreateTicket"] = false }, true,
			[]string{"CreateTicket"},
		},
		{
			"wrong state", func(_ *server, _ *rt.Options, d *helpdesk.Draft) { d.State = "neu" }, true,
			[]string{`state "neu"`},
		},
		{
			"no such field", func(s *server, _ *rt.Options, _ *helpdesk.Draft) { s.fields = s.fields[1:] }, true,
			[]string{`custom field "CallUniqueID"`, `queue "Raw"`, "SeeCustomField"},
		},
		{
			"another program", func(_ *server, o *rt.Options, _ *helpdesk.Draft) { o.URL += "/intranet" }, false,
			[]string{"no REST interface", "help_desk.url"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o, d := options(s.URL), helpdesktest.NewDraft("refused")
			test.change(s, &o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			e := helpdesktest.WantError(t, err, false, false, test.want...)
			if e.Refused != test.refused || strings.Contains(e.Error(), "1-31-secret") {
				t.Errorf("refused %v: %v", e.Refused, err)
			}
			if len(s.tickets) != 0 {
				t.Errorf("%d tickets", len(s.tickets))
			}
		})
	}
}

// Without the right to set custom fields the ticket is created without the call's id: the hub must
// not conclude from a search that there is none.
func TestDroppedFieldIsNoticed(t *testing.T) {
	s := newServer(t)
	s.rights["ModifyCustomField"] = false
	h := newDesk(t, options(s.URL))
	if _, err := h.Create(t.Context(), helpdesktest.NewDraft("dropped")); err != nil {
		t.Fatal(err)
	}
	_, _, err := h.Find(t.Context(), "main:1.0")
	helpdesktest.WantError(t, err, false, false, "ModifyCustomField")
	if !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Error(err)
	}
}

// A search by a field that does not exist finds nothing, with status 200.
func TestFindWithoutField(t *testing.T) {
	s := newServer(t)
	s.fields = nil
	_, _, err := newDesk(t, options(s.URL)).Find(t.Context(), "main:1.0")
	helpdesktest.WantError(t, err, false, false, `custom field "CallUniqueID"`)
	if !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Error(err)
	}
}

// A search that ignores its filter finds every ticket.
func TestFindComparesTheID(t *testing.T) {
	s := newServer(t)
	odd := helpdesktest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/REST/2.0/tickets" {
			s.serve(w, r)
			return
		}
		answer(w, http.StatusOK, object{"total": 1, "items": []object{{
			"id": "1", "CustomFields": []object{{"name": callField, "values": []string{"main:another"}}},
		}}})
	}))
	h := newDesk(t, options(odd))
	if _, err := h.Create(t.Context(), helpdesktest.NewDraft("other")); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := h.Find(t.Context(), "main:1.0"); ok || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := h.OpenTickets(t.Context(), "ivanov"); len(got.Newest) != 0 || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *rt.Options, w *helpdesk.Wanted)
		works  string
		want   []string
	}{
		{"all there", func(*server, *rt.Options, *helpdesk.Wanted) {}, "Create.html?Queue=3&", nil},
		{
			"no field for the number",
			func(s *server, _ *rt.Options, _ *helpdesk.Wanted) { s.fields = s.fields[:1] }, "5.0.7",
			[]string{"ticket_templates.support.queue", `"CallerNumber"`},
		},
		{
			"no right to create",
			func(s *server, _ *rt.Options, _ *helpdesk.Wanted) { s.rights["CreateTicket"] = false }, "5.0.7",
			[]string{"CreateTicket", `queue "Raw"`},
		},
		{
			"a type", func(_ *server, _ *rt.Options, w *helpdesk.Wanted) { w.Type = "Incident" }, "5.0.7",
			[]string{"support.type", "remove type"},
		},
		{
			"unknown unknown_customer",
			func(_ *server, o *rt.Options, _ *helpdesk.Wanted) { o.UnknownCustomer = "nobody" },
			"5.0.7",
			[]string{"help_desk.unknown_customer", `"nobody"`},
		},
		{
			"no field for the call", func(_ *server, o *rt.Options, _ *helpdesk.Wanted) { o.CallField = "" },
			"cannot tell whether a ticket was created", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o, w := options(s.URL), helpdesk.Wanted{Template: "support", Queue: "Raw", Owner: "anna"}
			test.change(s, &o, &w)
			works, err := newDesk(t, o).Check(t.Context(), []helpdesk.Wanted{w})
			helpdesktest.WantChecked(t, works, err, test.works, test.want...)
		})
	}
}

func TestCustomersNeedARight(t *testing.T) {
	s := newServer(t)
	h := newDesk(t, options(s.URL))
	for i := range 250 {
		s.users = append(s.users, object{
			"Name": fmt.Sprint("user", i), "RealName": "", "WorkPhone": "1", "LastUpdated": "2026-11-28T00:00:00Z",
		})
	}
	var sizes []int
	for page := range 3 {
		got, err := h.Customers(t.Context(), page)
		if err != nil || got.Total != 254 || !got.ByChange {
			t.Fatalf("%+v, %v", got, err)
		}
		sizes = append(sizes, len(got.Rows))
		if got.More != (page < 2) {
			t.Errorf("page %d: more %v", page, got.More)
		}
	}
	if !slices.Equal(sizes, []int{100, 100, 54}) {
		t.Errorf("pages of %d", sizes)
	}
	s.mu.Lock()
	s.rights["AdminUsers"] = false
	s.mu.Unlock()
	_, err := h.Customers(t.Context(), 0)
	helpdesktest.WantError(t, err, false, false, "AdminUsers")
}

// A merged ticket is the one that it has become, a deleted one is none.
func TestNumbersOfMergedAndDeletedTickets(t *testing.T) {
	s := newServer(t)
	h := newDesk(t, options(s.URL))
	var made []helpdesk.Ticket
	for _, name := range []string{"first", "second", "third"} {
		ticket, err := h.Create(t.Context(), helpdesktest.NewDraft(name))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, ticket)
	}
	s.mu.Lock()
	s.tickets[1].into = made[0].ID
	s.tickets[2].created["Status"] = "deleted"
	s.mu.Unlock()
	if got, ok, err := h.ByNumber(t.Context(), made[1].Number); !ok || err != nil || got.Ticket != made[0] {
		t.Errorf("merged: %+v, %v, %v", got, ok, err)
	}
	if got, ok, err := h.ByNumber(t.Context(), made[2].Number); ok || err != nil {
		t.Errorf("deleted: %+v, %v", got, err)
	}
	s.mu.Lock()
	s.token = "another"
	s.mu.Unlock()
	_, _, err := h.ByNumber(t.Context(), made[0].Number)
	helpdesktest.WantError(t, err, false, false, "help_desk.token")
}
