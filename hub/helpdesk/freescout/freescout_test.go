package freescout_test

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/freescout"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

func options(url string) freescout.Options {
	return freescout.Options{
		URL: url, Token: token, Username: "hub@example.com", UnknownCustomer: "unknown@example.com", AsAgent: true,
		Log: slog.New(slog.DiscardHandler),
	}
}

func newDesk(t *testing.T, o freescout.Options) *freescout.HelpDesk {
	t.Helper()
	h, err := freescout.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestFreeScout(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := &server{}
		return helpdesktest.Desk{
			Adapter: newDesk(t, options(helpdesktest.Serve(t, s))), Name: "FreeScout",
			Closed: "closed", Cannot: helpdesktest.Limits{Account: true},
			Read: func(_ *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				s.mu.Lock()
				defer s.mu.Unlock()
				c := s.find(ticket.ID)
				title, _ = c["subject"].(string)
				title = title[:strings.LastIndex(title, " (")]
				threads, _ := c["_embedded"].(map[string]any)["threads"].([]map[string]any)
				body = html.UnescapeString(strings.ReplaceAll(fmt.Sprint(threads[0]["body"]), "<br>", "\n"))
				customer = fmt.Sprint(c["customer"].(map[string]any)["email"])
				return title, body, customer
			},
			AgentOf: func(_ *testing.T, ticket helpdesk.Ticket) string {
				return map[string]string{"5": "anna"}[fmt.Sprint(s.find(ticket.ID)["assignee"])]
			},
			Fit: func(draft *helpdesk.Draft) { draft.Priority, draft.Type = "", "" },
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return freescout.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(*testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: &server{},
			Creates: func(r *http.Request) bool { return r.Method == http.MethodPost },
			New:     within,
		}
	})
}

func TestPresses(t *testing.T) {
	s := &server{}
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s, Made: s.calls, Template: tickettemplate.Text{Queue: "Raw"},
		New: within,
	})
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *freescout.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong key", func(_ *server, o *freescout.Options, _ *helpdesk.Draft) { o.Token = "x" }, "help_desk.token"},
		{"no module", func(s *server, _ *freescout.Options, _ *helpdesk.Draft) { s.noModule = true }, "API & Webhooks"},
		{
			"wrong mailbox", func(_ *server, _ *freescout.Options, d *helpdesk.Draft) { d.Queue = "Rav" },
			`mailbox "Rav"`,
		},
		{"no mailbox", func(_ *server, _ *freescout.Options, d *helpdesk.Draft) { d.Queue = "" }, "set queue"},
		{"wrong state", func(_ *server, _ *freescout.Options, d *helpdesk.Draft) { d.State = "neu" }, `status "neu"`},
		{"wrong owner", func(_ *server, _ *freescout.Options, d *helpdesk.Draft) { d.Owner = "ann" }, `user "ann"`},
		{"no unknown_customer", func(_ *server, o *freescout.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "", nil
		}, "help_desk.unknown_customer"},
		{"refused customer", func(_ *server, o *freescout.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer.Login = "", "sidorov"
		}, "customer: Customer email is missing or not valid"},
	} {
		s := &server{}
		o, d := options(helpdesktest.Serve(t, s)), helpdesktest.NewDraft("")
		test.change(s, &o, &d)
		_, err := newDesk(t, o).Create(t.Context(), d)
		helpdesktest.WantError(t, err, false, false, test.want)
		if strings.Contains(err.Error(), token) || len(s.conversations) > 0 {
			t.Errorf("%s: %d tickets, %v", test.name, len(s.conversations), err)
		}
	}
}

// A ticket is found among the newest, if the help desk does not search for parts of subjects.
func TestFindWithoutSearch(t *testing.T) {
	s := &server{exactSubject: true}
	h := newDesk(t, options(helpdesktest.Serve(t, s)))
	d := helpdesktest.NewDraft("")
	made, err := h.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if found, ok, err := h.Find(t.Context(), d.CallID); !ok || err != nil || found != made {
		t.Errorf("%+v, %v, %v", found, ok, err)
	}
}

// A note of an agent without account is written by the hub's user.
func TestNoteOfAnUnknownAgent(t *testing.T) {
	s := &server{}
	url := helpdesktest.Serve(t, s)
	made, err := newDesk(t, options(url)).Create(t.Context(), helpdesktest.NewDraft(""))
	if err != nil {
		t.Fatal(err)
	}
	n := helpdesk.Note{Ticket: made, Key: "main:1 note 1", Body: "text"}
	n.Agent.Login = "stranger"
	if err := newDesk(t, options(url)).Append(t.Context(), n); err != nil {
		t.Error(err)
	}
	o := options(url)
	o.Username = "nobody@example.com"
	err = newDesk(t, o).Append(t.Context(), n)
	helpdesktest.WantError(t, err, false, false, "help_desk.username")
	_, err = newDesk(t, o).Check(t.Context(), nil)
	helpdesktest.WantError(t, err, false, false, "help_desk.username")
}

// A login of another directory may be a number, and that the id of another customer.
func TestNumberAsLoginElsewhere(t *testing.T) {
	s := &server{}
	d := helpdesktest.NewDraft("")
	d.Customer.Login, d.Customer.Email = "75", "clara@example.com"
	made, err := newDesk(t, options(helpdesktest.Serve(t, s))).Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if customer, _ := s.find(made.ID)["customer"].(map[string]any); customer["email"] != "clara@example.com" {
		t.Errorf("the ticket is of %v", customer)
	}
	d.CallID, d.Customer.Email = "main:2.2", ""
	url := helpdesktest.Serve(t, s)
	o := options(url)
	if made, err = newDesk(t, o).Create(t.Context(), d); err == nil {
		if customer, _ := s.find(made.ID)["customer"].(map[string]any); fmt.Sprint(customer["id"]) == "75" {
			t.Errorf("the ticket is of the customer with that id: %v", customer)
		}
	}
	open, err := newDesk(t, o).OpenTickets(t.Context(), "75")
	if err != nil || open.Count != 0 {
		t.Errorf("open tickets of another customer: %+v, %v", open, err)
	}
}

func TestNumberOfDeletedConversation(t *testing.T) {
	s := &server{}
	h := newDesk(t, options(helpdesktest.Serve(t, s)))
	made, err := h.Create(t.Context(), helpdesktest.NewDraft(""))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.conversations[0]["state"] = "deleted"
	s.mu.Unlock()
	if got, ok, err := h.ByNumber(t.Context(), made.Number); ok || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
