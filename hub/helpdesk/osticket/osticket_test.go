package osticket_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/osticket"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

const token = "OSTICKETKEY"

// server is the one route of osTicket 1.18, as a real one replies.
type server struct {
	mu      sync.Mutex
	tickets []map[string]string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	say := func(status int, text string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	in := map[string]any{}
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case r.URL.Path != "/api/tickets.json" || r.Method != http.MethodPost:
		say(http.StatusBadRequest, "URL not supported")
	case r.Header.Get("X-API-Key") != token:
		say(http.StatusUnauthorized, "Valid API key required")
	case err != nil:
		say(http.StatusBadRequest, "Syntax error")
	case !strings.HasSuffix(fmt.Sprint(in["email"]), "example.com"): // no mail server
		say(http.StatusInternalServerError, "Incomplete client information")
	case in["subject"] == nil || in["subject"] == "":
		say(http.StatusInternalServerError, "20\nIssue Summary is a required field\n")
	case in["source"] != nil:
		say(http.StatusInternalServerError, "Invalid ticket origin given")
	default:
		t := map[string]string{}
		for name, value := range in {
			t[name] = fmt.Sprint(value)
		}
		s.tickets = append(s.tickets, t)
		say(http.StatusCreated, fmt.Sprint(527000+len(s.tickets)))
	}
}

func (s *server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		calls = append(calls, t["callid"])
	}
	return calls
}

func options(url string) osticket.Options {
	return osticket.Options{
		URL: url, Token: token, UnknownCustomer: "calls@example.com", CallField: "callid",
		Log: slog.New(slog.DiscardHandler),
	}
}

func open(t *testing.T, s *server, change func(o *osticket.Options)) *osticket.HelpDesk {
	t.Helper()
	o := options(helpdesktest.Serve(t, s))
	if change != nil {
		change(&o)
	}
	h, err := osticket.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// cannot is all but creating tickets and their links.
var cannot = helpdesktest.Limits{
	Find: true, List: true, Append: true, Noted: true, Account: true, Form: true, Agent: true, Check: true,
	Customers: true, Numbers: true,
}

func TestOSTicket(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := &server{}
		return helpdesktest.Desk{
			Adapter: open(t, s, nil), Name: "osTicket", Cannot: cannot,
			Fit: func(draft *helpdesk.Draft) { draft.Customer.Email = draft.Customer.Login + "@example.com" },
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				var n int
				if _, err := fmt.Sscan(ticket.ID, &n); err != nil {
					t.Fatal(err)
				}
				made := s.tickets[n-527001]
				customer, _, _ = strings.Cut(made["email"], "@")
				return made["subject"], made["message"], customer
			},
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return osticket.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(*testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: &server{}, Cannot: cannot,
			Creates: func(*http.Request) bool { return true },
			New:     within,
		}
	})
}

// After an uncertain press the agent is asked, and presses again only if there is no ticket.
func TestPresses(t *testing.T) {
	s := &server{}
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s, Made: s.calls, Template: tickettemplate.Text{Queue: "1"}, CannotFind: true,
		New: within,
	})
}

func TestTicket(t *testing.T) {
	s := &server{}
	h := open(t, s, nil)
	for i, want := range []string{"ivanov@example.com", "calls+74951234567@example.com", "calls@example.com"} {
		d := helpdesktest.NewDraft("")
		switch i {
		case 0:
			d.Customer.Login = "ivanov@example.com"
		case 2:
			d.Customer, d.Number = nil, ""
		}
		d.Body = "data:text/html,<b>x</b>"
		if _, err := h.Create(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if got := s.tickets[i]; got["email"] != want || got["message"] != " "+d.Body || got["callid"] != d.CallID ||
			got["topicId"] != "Raw" || got["autorespond"] != "false" {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := &server{}
	d := helpdesktest.NewDraft("")
	d.Customer.Email = "ivanov@localhost"
	_, err := open(t, s, nil).Create(t.Context(), d)
	if e := helpdesktest.WantError(t, err, false, false, "no mail server"); !e.Refused {
		t.Error("not a refusal")
	}
	d.Customer.Email = ""
	wrong := open(t, s, func(o *osticket.Options) { o.Token = "wrong" })
	_, err = wrong.Create(t.Context(), d)
	helpdesktest.WantError(t, err, false, false, "help_desk.token", "from which osTicket sees the hub")
	_, err = wrong.Check(t.Context(), nil)
	helpdesktest.WantError(t, err, false, false, "help_desk.token")
	works, err := open(t, s, nil).Check(t.Context(), []helpdesk.Wanted{{Template: "default", Queue: "Support"}})
	helpdesktest.WantError(t, err, false, false, "ticket_templates.default.queue")
	if len(works) == 0 || !strings.Contains(works[0], "accepts the hub's key") || len(s.tickets) > 0 {
		t.Errorf("%q, %d tickets", works, len(s.tickets))
	}
	o := options("https://desk.example.com")
	o.UnknownCustomer = "x"
	if _, err := osticket.New(o); err == nil {
		t.Error("accepts an unknown_customer that is no address")
	}
}
