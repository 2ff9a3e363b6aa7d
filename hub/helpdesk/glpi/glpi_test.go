package glpi_test

import (
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"regexp"
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

func options(url string) glpi.Options {
	return glpi.Options{
		URL: url + "/glpi", Token: token, AppToken: appToken, AsAgent: true, Log: slog.New(slog.DiscardHandler),
	}
}

func newDesk(t *testing.T, o glpi.Options) *glpi.HelpDesk {
	t.Helper()
	h, err := glpi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// text is a stored text as a browser shows it.
func (s *server) text(stored any) string {
	text, _ := stored.(string)
	if !strings.HasPrefix(s.version, "11") {
		text = html.UnescapeString(text)
	}
	return text
}

var callLine = regexp.MustCompile(`\n\[traybell ([^\]]+)\]$`)

// read returns a ticket as a browser shows it, and the call that it names.
func (s *server) read(id int) (title, body, customer, call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[id-1]
	body = html.UnescapeString(strings.ReplaceAll(s.text(t["content"]), "<br>", "\n"))
	if m := callLine.FindStringSubmatch(body); m != nil {
		body, call = strings.TrimSuffix(body, m[0]), m[1]
	} else {
		call, _ = t["externalid"].(string)
	}
	for _, p := range people {
		if fmt.Sprint(p["id"]) == fmt.Sprint(t["_users_id_requester"]) {
			customer, _ = p["name"].(string)
		}
	}
	return s.text(t["name"]), body, customer, call
}

func (s *server) calls() (calls []string) {
	s.mu.Lock()
	n := len(s.tickets)
	s.mu.Unlock()
	for i := range n {
		_, _, _, call := s.read(i + 1)
		calls = append(calls, call)
	}
	return calls
}

var versions = []string{"9.5.13", "10.0.19", "11.0.2"}

func TestGLPI(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
				s := newServer(version)
				return helpdesktest.Desk{
					Adapter: newDesk(t, options(helpdesktest.Serve(t, s))), Name: "GLPI",
					Cannot: helpdesktest.Limits{Form: true, Numbers: true},
					Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
						id, err := strconv.Atoi(ticket.ID)
						if err != nil {
							t.Fatal(err)
						}
						title, body, customer, _ = s.read(id)
						return title, body, customer
					},
					Accounted: func(_ *testing.T, ticket helpdesk.Ticket) (sum time.Duration) {
						for _, each := range of(s.tasks, "tickets_id", ticket.ID) {
							seconds, _ := each["actiontime"].(float64)
							sum += time.Duration(seconds) * time.Second
						}
						return sum
					},
					AgentOf: func(t *testing.T, ticket helpdesk.Ticket) string {
						id, err := strconv.Atoi(ticket.ID)
						if err != nil || fmt.Sprint(s.tickets[id-1]["_users_id_assign"]) != "5" {
							t.Errorf("%v: %v", err, s.tickets[id-1])
						}
						return "anna"
					},
				}
			})
		})
	}
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return glpi.New(o)
}

func TestFaults(t *testing.T) {
	for _, version := range versions[1:] {
		helpdesktest.RunFaults(t, func(*testing.T) helpdesktest.Server {
			return helpdesktest.Server{
				Handler: newServer(version),
				Creates: func(r *http.Request) bool {
					return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Ticket")
				},
				New: within,
			}
		})
	}
}

func TestPresses(t *testing.T) {
	for _, version := range versions[1:] {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newServer(version)
			ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
				Handler: s, Made: s.calls, Template: tickettemplate.Text{},
				New: within,
				Faults: []ticketing.Fault{{
					Name: "session lost", Reply: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
						refuse(
							w,
							http.StatusUnauthorized,
							"ERROR_SESSION_TOKEN_INVALID",
							"session_token seems invalid",
						)
					},
				}},
			})
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *glpi.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong token", func(_ *server, o *glpi.Options, _ *helpdesk.Draft) { o.Token = "x" }, "help_desk.token"},
		{"wrong App-Token", func(_ *server, o *glpi.Options, _ *helpdesk.Draft) {
			o.AppToken = "x"
		}, "help_desk.app_token"},
		{"no rights", func(s *server, _ *glpi.Options, _ *helpdesk.Draft) { s.noRights = true }, "rights on tickets"},
		{"wrong category", func(_ *server, _ *glpi.Options, d *helpdesk.Draft) { d.Queue = "Rav" }, `category "Rav"`},
		{"wrong state", func(_ *server, _ *glpi.Options, d *helpdesk.Draft) { d.State = "neu" }, `status "neu"`},
		{"wrong priority", func(_ *server, _ *glpi.Options, d *helpdesk.Draft) { d.Priority = "9" }, `priority "9"`},
		{"wrong type", func(_ *server, _ *glpi.Options, d *helpdesk.Draft) { d.Type = "call" }, `type "call"`},
		{"wrong owner", func(_ *server, _ *glpi.Options, d *helpdesk.Draft) { d.Owner = "ann" }, `user "ann"`},
	} {
		s := newServer("10.0.19")
		o, d := options(helpdesktest.Serve(t, s)), helpdesktest.NewDraft("")
		test.change(s, &o, &d)
		_, err := newDesk(t, o).Create(t.Context(), d)
		helpdesktest.WantError(t, err, false, false, test.want)
		if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), appToken) || len(s.tickets) > 0 {
			t.Errorf("%s: %d tickets, %v", test.name, len(s.tickets), err)
		}
	}
}

// A session that has expired is opened again, once, and the request repeated.
func TestExpiredSession(t *testing.T) {
	s := newServer("11.0.2")
	h := newDesk(t, options(helpdesktest.Serve(t, s)))
	for i := range 2 {
		if _, err := h.Create(t.Context(), helpdesktest.NewDraft("")); err != nil {
			t.Fatal(err)
		}
		if s.signIns != i+1 || len(s.tickets) != i+1 {
			t.Errorf("%d sign-ins, %d tickets", s.signIns, len(s.tickets))
		}
		clear(s.sessions)
	}
}

// A category may be named by its path, as GLPI shows it.
func TestCategoryByItsPath(t *testing.T) {
	s := newServer("10.0.19")
	d := helpdesktest.NewDraft("")
	d.Queue = "Phones > Desk"
	if _, err := newDesk(t, options(helpdesktest.Serve(t, s))).Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.tickets[0]["itilcategories_id"]); got != "4" {
		t.Errorf("category %s", got)
	}
}

// More people than a page has contain the login of an agent.
func TestLoginThatManyOthersContain(t *testing.T) {
	s := newServer("11.0.2")
	before := people
	defer func() { people = before }()
	for i := range 150 {
		people = append(people, map[string]any{"id": 100 + i, "name": fmt.Sprint("anna", i), "is_active": 1})
	}
	h := newDesk(t, options(helpdesktest.Serve(t, s)))
	if _, err := h.Create(t.Context(), helpdesktest.NewDraft("")); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.tickets[0]["_users_id_assign"]); got != "5" {
		t.Errorf("assigned to %s", got)
	}
}
