package kinds

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

// fromGuide returns the adapter of an example in docs/help-desk-webhook.md, with another address.
func fromGuide(t *testing.T, product, address, token string, timeout time.Duration) helpdesk.Adapter {
	t.Helper()
	guide, err := os.ReadFile("../../../docs/help-desk-webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	own := regexp.MustCompile(`https://` + product + `\.example\.com`)
	for _, block := range strings.Split(string(guide), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !own.MatchString(block) {
			continue
		}
		for name, text := range map[string]string{
			"hub.yml": "pbx: [{id: main, address: 127.0.0.1:5038, username: a, password: b}]\n" +
				own.ReplaceAllString(block, address),
			product + ".secret": token,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(filepath.Join(dir, "hub.yml"))
		if err != nil {
			t.Fatal(err)
		}
		c.HelpDesk.Server.Timeout = timeout
		h, err := New(c.Desks()[0], Hub{Region: c.Region, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	t.Fatalf("no example for %s", product)
	return nil
}

// example is a help desk in the guide.
type example struct {
	product, name, token, queue string
	cannot                      helpdesktest.Limits
	open                        func() (h http.Handler, made func() []string, read readTicket)
}

// within returns a function for the adapter with a time limit for each request.
func (e example) within(t *testing.T) func(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	return func(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
		return fromGuide(t, e.product, url, e.token, timeout), nil
	}
}

type readTicket = func(ticket helpdesk.Ticket) (title, body, customer string)

func text(value any) string {
	s, _ := value.(string)
	return s
}

func examples() []example {
	return []example{
		{
			product: "jira", name: "Jira by webhook", token: jiraToken, queue: "SUP",
			cannot: helpdesktest.Limits{Form: true, Agent: true, Check: true, Customers: true, Numbers: true},
			open: func() (http.Handler, func() []string, readTicket) {
				j := &jira{}
				return j, j.calls, func(ticket helpdesk.Ticket) (title, body, customer string) {
					j.mu.Lock()
					defer j.mu.Unlock()
					for i, issue := range j.issues {
						if id, _ := jiraKeys(i + 1); id == ticket.ID {
							return text(issue.fields["summary"]), text(issue.fields["description"]),
								text(issue.fields["customfield_10011"])
						}
					}
					return "", "", ""
				}
			},
		},
		{
			product: "naumen", name: "Naumen by webhook", token: naumenKey,
			cannot: helpdesktest.Limits{
				List: true, Account: true, Form: true, Agent: true, Check: true, Customers: true, Numbers: true,
			},
			open: func() (http.Handler, func() []string, readTicket) {
				n := &naumen{}
				return n, n.ids, func(ticket helpdesk.Ticket) (title, body, customer string) {
					n.mu.Lock()
					defer n.mu.Unlock()
					for _, each := range n.calls {
						if each["UUID"] == ticket.ID {
							return text(each["shortDescr"]), text(each["descriptionRTF"]), text(each["clientName"])
						}
					}
					return "", "", ""
				}
			},
		},
	}
}

// accounted reads the talk time of a ticket; nil if the help desk has none.
func accounted(handler http.Handler) func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
	j, ok := handler.(*jira)
	if !ok {
		return nil
	}
	return func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
		j.mu.Lock()
		defer j.mu.Unlock()
		var sum time.Duration
		for i, issue := range j.issues {
			if id, _ := jiraKeys(i + 1); id != ticket.ID {
				continue
			}
			for _, each := range issue.worklogs {
				spent, err := time.ParseDuration(text(each["timeSpent"]))
				if err != nil {
					t.Error(err)
				}
				sum += spent
			}
		}
		return sum
	}
}

func TestExamplesOfTheGuide(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.product, func(t *testing.T) {
			helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
				handler, _, read := e.open()
				address := helpdesktest.Serve(t, handler)
				return helpdesktest.Desk{
					Adapter: fromGuide(t, e.product, address, e.token, time.Minute), Name: e.name, Cannot: e.cannot,
					Accounted: accounted(handler),
					Read: func(_ *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
						return read(ticket)
					},
				}
			})
			helpdesktest.RunFaults(t, func(t *testing.T) helpdesktest.Server {
				handler, _, _ := e.open()
				return helpdesktest.Server{
					Handler: handler,
					Creates: func(r *http.Request) bool {
						return strings.HasSuffix(r.URL.Path, "/issue") ||
							strings.HasSuffix(r.URL.Path, "m2m/serviceCall")
					},
					New: e.within(t),
				}
			})
		})
	}
}

func TestPressesOnExamples(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.product, func(t *testing.T) {
			t.Parallel()
			handler, made, _ := e.open()
			ticketing.Presses(t, ticketing.Some(t), ticketing.Server{
				Handler: handler, Made: made, Template: tickettemplate.Text{Queue: e.queue},
				New: e.within(t),
			})
		})
	}
}

// check shows the requests, sends only what changes nothing, and shows no secret.
func TestCheckOfExamples(t *testing.T) {
	for _, e := range examples() {
		handler, made, _ := e.open()
		server := httptest.NewServer(handler)
		defer server.Close()
		found, err := fromGuide(t, e.product, server.URL, e.token, time.Minute).Check(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", e.product, err)
		}
		all := strings.Join(found, "\n")
		for _, part := range []string{
			"requests.create: POST " + server.URL, "Call from Ivan Ivanov", "find was sent: it works",
		} {
			if !strings.Contains(all, part) {
				t.Errorf("%s: no %q in\n%s", e.product, part, all)
			}
		}
		if strings.Contains(all, e.token) || len(made()) > 0 {
			t.Errorf("%s: %d tickets; shown:\n%s", e.product, len(made()), all)
		}
		found, err = fromGuide(t, e.product, server.URL, "wrong", time.Minute).Check(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "denies help_desk.requests.find") {
			t.Errorf("%s with a wrong token: %q, %v", e.product, found, err)
		}
	}
}

// A form with JSON inside, refusals with status 200, and no way to look up.
func TestServiceDeskOfTheGuide(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Request struct {
				Subject, Description string
				Fields               struct {
					Call string `json:"udf_sline_1"`
				} `json:"udf_fields"`
			}
		}
		err := json.Unmarshal([]byte(r.PostFormValue("input_data")), &in)
		if err != nil || r.Header.Get("Authtoken") != "t0ken" || in.Request.Fields.Call == "" {
			answerJSON(w, http.StatusOK, map[string]any{"response_status": map[string]any{
				"status":   "failed",
				"messages": []any{map[string]any{"status_code": 4001, "message": "Subject is mandatory"}},
			}})
			return
		}
		answerJSON(w, http.StatusOK, map[string]any{
			"request":         map[string]any{"id": json.Number("100000000000033077"), "subject": in.Request.Subject},
			"response_status": map[string]any{"status_code": 2000, "status": "success"},
		})
	}))
	defer server.Close()
	h := fromGuide(t, "servicedesk", server.URL, "t0ken", time.Minute)
	ticket, err := h.Create(t.Context(), helpdesktest.NewDraft("1"))
	if want := (helpdesk.Ticket{
		ID: "100000000000033077", Number: "100000000000033077",
		URL: server.URL + "/WorkOrder.do?woMode=viewWO&woID=100000000000033077",
	}); err != nil || ticket != want {
		t.Errorf("%+v, %v", ticket, err)
	}
	draft := helpdesktest.NewDraft("2")
	draft.CallID = ""
	_, err = h.Create(t.Context(), draft)
	helpdesktest.WantError(t, err, false, false, "The help desk refuses: Subject is mandatory")
}
