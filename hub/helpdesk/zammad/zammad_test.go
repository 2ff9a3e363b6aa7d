package zammad_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/zammad"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

func options(url string) zammad.Options {
	return zammad.Options{
		URL: url, Token: token, UnknownCustomer: "unknown", CallField: callField,
		CallerField: "callnumber", AsAgent: true,
		Log: slog.New(slog.DiscardHandler),
	}
}

func open(t *testing.T, s *server, change func(o *zammad.Options)) *zammad.HelpDesk {
	t.Helper()
	o := options(helpdesktest.Serve(t, s))
	if change != nil {
		change(&o)
	}
	z, err := zammad.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// of returns a ticket and its articles, the first one's before.
func (s *server) of(ticket helpdesk.Ticket) (made map[string]any, articles []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := strconv.Atoi(ticket.ID)
	for _, a := range s.articles {
		switch of := a["ticket_id"].(type) {
		case int:
			if of == id {
				articles = append(articles, a)
			}
		case float64:
			if int(of) == id {
				articles = append(articles, a)
			}
		}
	}
	return s.tickets[id-1], articles
}

func TestZammad(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := newServer()
		return helpdesktest.Desk{
			Adapter: open(t, s, nil), Name: "Zammad", Closed: "closed", Cannot: helpdesktest.Limits{Form: true},
			Read: func(_ *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				made, articles := s.of(ticket)
				title, _ = made["title"].(string)
				body, _ = articles[0]["body"].(string)
				for _, p := range people {
					if p["id"] == made["customer_id"] {
						customer, _ = p["login"].(string)
					}
				}
				return title, body, customer
			},
			Accounted: func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
				var sum float64
				_, articles := s.of(ticket)
				for _, a := range articles[1:] {
					unit, err := strconv.ParseFloat(a["time_unit"].(string), 64)
					if err != nil {
						t.Error(err)
					}
					sum += unit
				}
				return time.Duration(sum*float64(time.Minute)).Round(time.Second) + 2*time.Second
			},
			AgentOf: func(_ *testing.T, ticket helpdesk.Ticket) string {
				made, _ := s.of(ticket)
				agent, _ := made["created_by"].(string)
				return agent
			},
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return zammad.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(*testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: newServer(),
			Creates: func(r *http.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/tickets")
			},
			New: within,
		}
	})
}

func TestPresses(t *testing.T) {
	s := newServer()
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s, Made: s.calls, Template: tickettemplate.Text{Queue: "Raw"},
		New: within,
	})
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *zammad.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong token", func(_ *server, o *zammad.Options, _ *helpdesk.Draft) { o.Token = "wrong" }, "help_desk.token"},
		{"wrong group", func(_ *server, _ *zammad.Options, d *helpdesk.Draft) { d.Queue = "Rav" }, `group "Rav"`},
		{"no group", func(_ *server, _ *zammad.Options, d *helpdesk.Draft) { d.Queue = "" }, "set queue"},
		{"wrong state", func(_ *server, _ *zammad.Options, d *helpdesk.Draft) { d.State = "neu" }, `state "neu"`},
		{"wrong priority", func(_ *server, _ *zammad.Options, d *helpdesk.Draft) { d.Priority = "9" }, `priority "9"`},
		{"wrong owner", func(_ *server, _ *zammad.Options, d *helpdesk.Draft) { d.Owner = "x" }, `owner "x"`},
		{"no unknown_customer", func(_ *server, o *zammad.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "", nil
		}, "help_desk.unknown_customer"},
		{"wrong unknown_customer", func(_ *server, o *zammad.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "nobody", nil
		}, "correct help_desk.unknown_customer"},
		{"may not act for agents", func(s *server, _ *zammad.Options, _ *helpdesk.Draft) {
			s.admin = false
		}, "admin.user"},
		{"reasons are hidden", func(s *server, _ *zammad.Options, d *helpdesk.Draft) {
			s.hides, d.Queue = true, "Rav"
		}, "traybell-hub check"},
	} {
		s := newServer()
		d := helpdesktest.NewDraft("")
		_, err := open(t, s, func(o *zammad.Options) { test.change(s, o, &d) }).Create(t.Context(), d)
		helpdesktest.WantError(t, err, false, false, test.want)
		if strings.Contains(err.Error(), token) || len(s.calls()) > 0 {
			t.Errorf("%s: %d tickets, %v", test.name, len(s.calls()), err)
		}
	}
}

// A Zammad that hides its reasons: the customer of another directory may be why.
func TestUnknownCustomerIfReasonsAreHidden(t *testing.T) {
	s := newServer()
	s.hides = true
	d := helpdesktest.NewDraft("")
	d.Customer.Login = "from-another-directory"
	if _, err := open(t, s, nil).Create(t.Context(), d); err != nil || len(s.calls()) != 1 {
		t.Errorf("%d tickets, %v", len(s.calls()), err)
	}
}

func TestMissingAttribute(t *testing.T) {
	s := newServer()
	z := open(t, s, func(o *zammad.Options) { o.CallField = "call" })
	d := helpdesktest.NewDraft("")
	if _, err := z.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, _, err := z.Find(t.Context(), d.CallID); !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("Find: %v", err)
	}
	_, err := z.Check(t.Context(), nil)
	helpdesktest.WantError(t, err, false, false, `no attribute "call"`)
	z = open(t, s, func(o *zammad.Options) { o.CallField = "" })
	if _, _, err := z.Find(t.Context(), d.CallID); !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("Find without attribute: %v", err)
	}
}

// A merged ticket has nothing left to add a call to.
func TestNumberOfMergedTicket(t *testing.T) {
	s := newServer()
	z := open(t, s, nil)
	made, err := z.Create(t.Context(), helpdesktest.NewDraft(""))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.tickets[0]["state"] = "merged"
	s.mu.Unlock()
	if got, ok, err := z.ByNumber(t.Context(), made.Number); ok || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
