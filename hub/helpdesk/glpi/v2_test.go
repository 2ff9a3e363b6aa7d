package glpi_test

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/glpi"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

func v2options(url string) glpi.V2Options {
	return glpi.V2Options{
		URL: url + "/glpi", ClientID: clientID, ClientSecret: clientSecret, Username: "glpi", Password: hubPassword,
		AsAgent: true, Log: slog.New(slog.DiscardHandler),
	}
}

func newV2(t *testing.T, o glpi.V2Options) *glpi.V2 {
	t.Helper()
	h, err := glpi.NewV2(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// person returns the login of a person of a ticket.
func (s *v2server) person(id, role string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, _ := strconv.Atoi(id)
	team, _ := s.tickets[number-1]["team"].([]any)
	for _, each := range team {
		member, _ := each.(map[string]any)
		for _, p := range people {
			if member["role"] == role && member["href"] == fmt.Sprint("/front/user.form.php?id=", p["id"]) {
				return fmt.Sprint(p["name"])
			}
		}
	}
	return ""
}

func (s *v2server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		calls = append(calls, fmt.Sprint(t["external_id"]))
	}
	return calls
}

func TestGLPIv2(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := newV2Server()
		return helpdesktest.Desk{
			Adapter: newV2(t, v2options(helpdesktest.Serve(t, s))), Name: "GLPI, API v2",
			Cannot: helpdesktest.Limits{Form: true, Numbers: true},
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				id, err := strconv.Atoi(ticket.ID)
				if err != nil {
					t.Fatal(err)
				}
				customer = s.person(ticket.ID, "requester")
				s.mu.Lock()
				defer s.mu.Unlock()
				title, _ = s.tickets[id-1]["name"].(string)
				body, _ = s.tickets[id-1]["content"].(string)
				return title, html.UnescapeString(strings.ReplaceAll(body, "<br>", "\n")), customer
			},
			Accounted: func(_ *testing.T, ticket helpdesk.Ticket) (sum time.Duration) {
				s.mu.Lock()
				defer s.mu.Unlock()
				for _, task := range s.notes["Task"] {
					if seconds, _ := task["duration"].(float64); task["of"] == ticket.ID && task["state"] == 2.0 {
						sum += time.Duration(seconds) * time.Second
					}
				}
				return sum
			},
			AgentOf: func(_ *testing.T, ticket helpdesk.Ticket) string { return s.person(ticket.ID, "assigned") },
		}
	})
}

func v2within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := v2options(url)
	o.Timeout = timeout
	return glpi.NewV2(o)
}

func TestV2Faults(t *testing.T) {
	helpdesktest.RunFaults(t, func(*testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: newV2Server(),
			Creates: func(r *http.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Ticket")
			},
			New: v2within,
		}
	})
}

func TestPressesOnV2(t *testing.T) {
	s := newV2Server()
	ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
		Handler: s, Made: s.calls, Template: tickettemplate.Text{}, New: v2within,
		Faults: []ticketing.Fault{{
			Name: "session lost", Reply: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				v2refuse(w, http.StatusUnauthorized, "ERROR_UNAUTHENTICATED", "You are not authenticated")
			},
		}},
	})
}

func TestV2Refusals(t *testing.T) {
	type (
		options = glpi.V2Options
		draft   = helpdesk.Draft
	)
	for _, test := range []struct {
		name   string
		change func(s *v2server, o *options, d *draft)
		want   string
	}{
		{"wrong client", func(_ *v2server, o *options, _ *draft) { o.ClientSecret = "x" }, "help_desk.client_secret"},
		{"wrong password", func(_ *v2server, o *options, _ *draft) { o.Password = "x" }, "help_desk.password"},
		{"no rights", func(s *v2server, _ *options, _ *draft) { s.noRights = true }, "rights on tickets"},
		{"wrong category", func(_ *v2server, _ *options, d *draft) { d.Queue = "Rav" }, `category "Rav"`},
		{"wrong state", func(_ *v2server, _ *options, d *draft) { d.State = "neu" }, `status "neu"`},
		{"wrong owner", func(_ *v2server, _ *options, d *draft) { d.Owner = "ann" }, `user "ann"`},
	} {
		s := newV2Server()
		o, d := v2options(helpdesktest.Serve(t, s)), helpdesktest.NewDraft("")
		test.change(s, &o, &d)
		_, err := newV2(t, o).Create(t.Context(), d)
		helpdesktest.WantError(t, err, false, false, test.want)
		if strings.Contains(err.Error(), clientSecret) || strings.Contains(err.Error(), hubPassword) ||
			len(s.tickets) > 0 {
			t.Errorf("%s: %d tickets, %v", test.name, len(s.tickets), err)
		}
	}
}

// A ticket without its people is one nevertheless: the press must not be repeated.
func TestV2TicketWithoutPeople(t *testing.T) {
	s := newV2Server()
	s.noTeam = true
	h := newV2(t, v2options(helpdesktest.Serve(t, s)))
	made, err := h.Create(t.Context(), helpdesktest.NewDraft(""))
	if err != nil || made.ID != "1" || len(s.tickets) != 1 {
		t.Errorf("%+v, %v, %d tickets", made, err, len(s.tickets))
	}
}

func TestV2TokenThatHasExpired(t *testing.T) {
	s := newV2Server()
	h := newV2(t, v2options(helpdesktest.Serve(t, s)))
	for i := range 2 {
		if _, err := h.Create(t.Context(), helpdesktest.NewDraft("")); err != nil {
			t.Fatal(err)
		}
		if s.signIns != i+1 || len(s.tickets) != i+1 {
			t.Errorf("%d sign-ins, %d tickets", s.signIns, len(s.tickets))
		}
		clear(s.tokens)
	}
}
