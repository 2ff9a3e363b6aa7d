package redmine_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/redmine"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

func options(base string) redmine.Options {
	return redmine.Options{
		URL: base, Key: "12dbe08f", CallField: callField, CallerField: callerField, CustomerField: customerField,
		PhoneFields: []string{"Phone"}, AsAgent: true, Log: slog.New(slog.DiscardHandler),
	}
}

func newDesk(t *testing.T, o redmine.Options) *redmine.HelpDesk {
	t.Helper()
	h, err := redmine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// fit changes a draft to what Redmine has.
func fit(d *helpdesk.Draft) {
	d.Queue, d.Type = "raw", "Support"
	if d.Priority != "" {
		d.Priority = "Normal"
	}
}

func newDraft(name string) helpdesk.Draft {
	d := helpdesktest.NewDraft(name)
	fit(&d)
	return d
}

func TestRedmine(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := newServer(t)
		of := func(of helpdesk.Ticket) *issue {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.issue(of.ID)
		}
		return helpdesktest.Desk{
			Adapter: newDesk(t, options(s.URL)), Name: "Redmine", Closed: "Closed", Fit: fit,
			Read: func(_ *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				i := of(ticket)
				return i.sent["subject"].(string), i.sent["description"].(string), i.values[customerField]
			},
			Accounted: func(_ *testing.T, ticket helpdesk.Ticket) time.Duration {
				return time.Duration(of(ticket).minutes) * time.Minute
			},
			AgentOf: func(_ *testing.T, ticket helpdesk.Ticket) string { return of(ticket).author },
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return redmine.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(t *testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: newServer(t).Config.Handler, Fit: fit,
			Creates: func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/issues.json" },
			New:     within,
		}
	})
}

func TestPresses(t *testing.T) {
	s := newServer(t)
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s.Config.Handler, Made: s.calls, Template: tickettemplate.Text{Queue: "raw"}, New: within,
	})
}

func TestIssueSent(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, d *helpdesk.Draft)
		want   string // author, tracker, status, priority, assignee
	}{
		{"names become ids", func(*server, *helpdesk.Draft) {}, "anna 3 1 2 <nil>"},
		{"an owner by login", func(_ *server, d *helpdesk.Draft) { d.Owner = "anna" }, "anna 3 1 2 6"},
		{"an owner by name, with a key that may not list users", func(s *server, d *helpdesk.Draft) {
			s.admin, d.Owner = false, "anna agent"
		}, "traybell 3 1 2 6"},
		{
			"an agent without account", func(_ *server, d *helpdesk.Draft) { d.Agent = staff.Agent{Login: "boris"} },
			"traybell 3 1 2 <nil>",
		},
		{
			"nothing but the project", func(_ *server, d *helpdesk.Draft) { d.Type, d.State, d.Priority = "", "", "" },
			"anna <nil> <nil> <nil> <nil>",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			d := newDraft("sent")
			test.change(s, &d)
			made, err := newDesk(t, options(s.URL)).Create(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			i := s.issue(made.ID)
			if got := fmt.Sprint(i.author, " ", i.sent["tracker_id"], " ", i.sent["status_id"], " ",
				i.sent["priority_id"], " ", i.sent["assigned_to_id"]); got != test.want {
				t.Errorf("sent %s, want %s", got, test.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(s *server, o *redmine.Options, d *helpdesk.Draft)
		refused bool
		want    []string
	}{
		{
			"wrong key", func(_ *server, o *redmine.Options, _ *helpdesk.Draft) { o.Key = "wrong" }, false,
			[]string{"help_desk.token"},
		},
		{
			"REST is off", func(s *server, _ *redmine.Options, _ *helpdesk.Draft) { s.rest = false }, false,
			[]string{"REST interface is off", "Settings, API"},
		},
		{
			"wrong project", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.Queue = "row" }, true,
			[]string{`project "row"`, "identifier"},
		},
		{
			"no project", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.Queue = "" }, true,
			[]string{"set queue"},
		},
		{
			"wrong tracker", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.Type = "Incident" }, true,
			[]string{`tracker "Incident"`, `"Bug", "Support"`},
		},
		{
			"wrong state", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.State = "neu" }, true,
			[]string{`status "neu"`},
		},
		{
			"wrong priority", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.Priority = "9" }, true,
			[]string{`priority "9"`},
		},
		{
			"wrong owner", func(_ *server, _ *redmine.Options, d *helpdesk.Draft) { d.Owner = "stranger" }, true,
			[]string{`"stranger"`, `"Anna Agent"`},
		},
		{
			"no such field", func(s *server, _ *redmine.Options, _ *helpdesk.Draft) { s.fields = s.fields[1:] }, true,
			[]string{`"CallUniqueID"`},
		},
		{
			"another program", func(_ *server, o *redmine.Options, _ *helpdesk.Draft) { o.URL += "/intranet" }, false,
			[]string{"no REST interface", "help_desk.url"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o, d := options(s.URL), newDraft("refused")
			test.change(s, &o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			e := helpdesktest.WantError(t, err, false, false, test.want...)
			if e.Refused != test.refused || strings.Contains(e.Error(), "12dbe08f") {
				t.Errorf("refused %v: %v", e.Refused, err)
			}
			if len(s.issues) != 0 {
				t.Errorf("%d issues", len(s.issues))
			}
		})
	}
}

// What reads as "no issue" although the hub cannot tell.
func TestFindDoesNotConcludeTooMuch(t *testing.T) {
	for _, test := range []struct {
		name         string
		change       func(s *server)
		cannotLookUp bool
		want         string
	}{
		{"a key that was revoked", func(s *server) { s.key = "another" }, false, "help_desk.token"},
		{"a field that is no filter", func(s *server) { s.filters = nil }, true, "Used as a filter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			h := newDesk(t, options(s.URL))
			if _, err := h.Create(t.Context(), newDraft("other")); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			test.change(s)
			s.mu.Unlock()
			_, ok, err := h.Find(t.Context(), "main:1.0")
			helpdesktest.WantError(t, err, false, false, test.want)
			if ok || errors.Is(err, helpdesk.ErrCannotLookUp) != test.cannotLookUp {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	s := newServer(t)
	s.fields = nil
	_, _, err := newDesk(t, options(s.URL)).Find(t.Context(), "main:1.0")
	if !errors.Is(err, helpdesk.ErrCannotLookUp) || !strings.Contains(err.Error(), `"CallUniqueID"`) {
		t.Errorf("without the field: %v", err)
	}
}

func TestNotes(t *testing.T) {
	s := newServer(t)
	o := options(s.URL)
	o.Activity = "support"
	h := newDesk(t, o)
	ticket, err := h.Create(t.Context(), newDraft("notes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []helpdesk.Note{
		{Key: "1", Subject: "Another call", Body: "b"},
		{Key: "2", Subject: "Note", Body: "b", Internal: true},
		{Key: "3", Subject: "Call ended", Body: "b", Talk: 100 * time.Minute},
	} {
		n.Ticket, n.Agent.Login = ticket, "anna"
		if err := h.Append(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	got := s.issue(ticket.ID)
	if len(got.notes) != 3 || got.notes[0]["private_notes"] != false || got.notes[1]["private_notes"] != true ||
		got.notes[0]["user"].(object)["name"] != "anna" || got.minutes != 100 {
		t.Errorf("notes %v, %d minutes", got.notes, got.minutes)
	}
	o.Activity = "Telephone"
	err = newDesk(t, o).Append(t.Context(), helpdesk.Note{Ticket: ticket, Key: "4", Talk: time.Minute})
	helpdesktest.WantError(t, err, false, false, `activity "Telephone"`, `"Design", "Support"`, "help_desk.activity")
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *redmine.Options, w *helpdesk.Wanted)
		works  string
		want   []string
	}{
		{
			"all there", func(*server, *redmine.Options, *helpdesk.Wanted) {},
			"/projects/raw/issues/new?issue%5Bsubject%5D=<PIM_CID>&issue%5Btracker_id%5D=3&", nil,
		},
		{"wrong tracker and state", func(_ *server, _ *redmine.Options, w *helpdesk.Wanted) {
			w.Type, w.State = "Incident", "neu"
		}, "Signed in", []string{"ticket_templates.support.type", "ticket_templates.support.state"}},
		{"a field that is no filter", func(s *server, _ *redmine.Options, _ *helpdesk.Wanted) {
			s.filters = []string{customerField}
			s.issues = []*issue{{sent: object{}, values: map[string]string{}}}
		}, "Signed in", []string{"help_desk.custom_fields", "Used as a filter"}},
		{
			"a key that cannot act as agents",
			func(s *server, _ *redmine.Options, _ *helpdesk.Wanted) { s.admin = false },
			"Signed in",
			[]string{"help_desk.as_agent", "administrator's key"},
		},
		{
			"wrong activity", func(_ *server, o *redmine.Options, _ *helpdesk.Wanted) { o.Activity = "Telephone" },
			"Signed in",
			[]string{"help_desk.activity", `"Telephone"`},
		},
		{
			"no field for the call", func(_ *server, o *redmine.Options, _ *helpdesk.Wanted) { o.CallField = "" },
			"cannot tell whether an issue was created", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o := options(s.URL)
			w := helpdesk.Wanted{Template: "support", Queue: "raw", Type: "Support", State: "new", Priority: "high"}
			test.change(s, &o, &w)
			works, err := newDesk(t, o).Check(t.Context(), []helpdesk.Wanted{w})
			helpdesktest.WantChecked(t, works, err, test.works, test.want...)
		})
	}
}

func TestCustomersNeedAnAdministrator(t *testing.T) {
	s := newServer(t)
	s.admin = false
	_, err := newDesk(t, options(s.URL)).Customers(t.Context(), 0)
	helpdesktest.WantError(t, err, false, false, "only to administrators")
}

// A wrong address or key is an error, and not a number without an issue.
func TestNumberWithoutAnswer(t *testing.T) {
	s := newServer(t)
	o := options(s.URL + "/intranet")
	_, _, err := newDesk(t, o).ByNumber(t.Context(), "1")
	helpdesktest.WantError(t, err, false, false, "no REST interface")
	o = options(s.URL)
	o.Key = "wrong"
	_, _, err = newDesk(t, o).ByNumber(t.Context(), "1")
	helpdesktest.WantError(t, err, false, false, "help_desk.token")
}
