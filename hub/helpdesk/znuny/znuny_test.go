package znuny_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/znuny"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func options(base string) znuny.Options {
	return znuny.Options{
		URL: base + "/otrs", Username: "traybell", Password: "traybellpw", UnknownCustomer: "unknown",
		CallField: callField, CallerField: callerField, Log: slog.New(slog.DiscardHandler),
	}
}

func newDesk(t *testing.T, o znuny.Options) *znuny.HelpDesk {
	t.Helper()
	z, err := znuny.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func wantError(t *testing.T, err error, retry, uncertain bool, parts ...string) {
	t.Helper()
	helpdesktest.WantError(t, err, retry, uncertain, parts...)
	if strings.Contains(err.Error(), "traybellpw") || strings.Contains(err.Error(), "session1") {
		t.Errorf("%q contains a secret", err)
	}
}

// cannot is what the Generic Interface has no operation for. Its customers are read with SQL.
var cannot = helpdesktest.Limits{Agent: true, Check: true, Customers: true}

func TestZnuny(t *testing.T) {
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		s := newServer(t)
		return helpdesktest.Desk{
			Adapter: newDesk(t, options(s.URL)), Name: "Znuny, OTRS, OTOBO", Cannot: cannot,
			Closed: "closed successful",
			Accounted: func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
				s.mu.Lock()
				defer s.mu.Unlock()
				var minutes float64
				for _, a := range s.articles[ticket.ID] {
					unit, err := strconv.ParseFloat(a["TimeUnit"].(string), 64)
					if err != nil {
						t.Error(err)
					}
					minutes += unit
				}
				return time.Duration(minutes * float64(time.Minute))
			},
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				n, err := strconv.Atoi(ticket.ID)
				if err != nil {
					t.Fatal(err)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				got := s.tickets[n-1]
				return got["Title"].(string), got["Body"].(string), got["CustomerUser"].(string)
			},
		}
	})
}

// within returns the adapter with a time limit for each request.
func within(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
	o := options(url)
	o.Timeout = timeout
	return znuny.New(o)
}

func TestFaults(t *testing.T) {
	helpdesktest.RunFaults(t, func(t *testing.T) helpdesktest.Server {
		return helpdesktest.Server{
			Handler: newServer(t).Config.Handler,
			Creates: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/Ticket") },
			New:     within,
		}
	})
}

func TestCreateTicket(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *znuny.Options, d *helpdesk.Draft)
		want   map[string]any
	}{
		{"defaults", func(*znuny.Options, *helpdesk.Draft) {}, map[string]any{
			"CommunicationChannel": "Phone", "IsVisibleForCustomer": 1.0, "ArticleType": nil,
			"DynamicField_CallUniqueID": "main:1.0", "DynamicField_CallerNumber": "+74951234567",
		}},
		{"OTRS 5", func(o *znuny.Options, _ *helpdesk.Draft) { o.Version = 5 }, map[string]any{
			"CommunicationChannel": nil, "IsVisibleForCustomer": nil, "ArticleType": "phone",
			"DynamicField_CallUniqueID": "main:1.0", "DynamicField_CallerNumber": "+74951234567",
		}},
		{"withheld number", func(_ *znuny.Options, d *helpdesk.Draft) { d.Number = "" }, map[string]any{
			"CommunicationChannel": "Phone", "IsVisibleForCustomer": 1.0, "ArticleType": nil,
			"DynamicField_CallUniqueID": "main:1.0",
		}},
		{"no dynamic fields", func(o *znuny.Options, _ *helpdesk.Draft) {
			o.CallField, o.CallerField = "", ""
		}, map[string]any{
			"CommunicationChannel": "Phone", "IsVisibleForCustomer": 1.0, "ArticleType": nil,
		}},
		{"with owner and type", func(_ *znuny.Options, d *helpdesk.Draft) {
			d.Owner, d.Type = "anna", "Unclassified"
		}, map[string]any{
			"CommunicationChannel": "Phone", "IsVisibleForCustomer": 1.0, "ArticleType": nil,
			"DynamicField_CallUniqueID": "main:1.0", "DynamicField_CallerNumber": "+74951234567",
			"Owner": "anna", "Type": "Unclassified",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o, d := options(s.URL), helpdesktest.NewDraft("")
			o.URL += "/index.pl" // ignored
			d.CallID, d.Title, d.Body = "main:1.0", "Call", "Text"
			test.change(&o, &d)
			made, err := newDesk(t, o).Create(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"Title": "Call", "Queue": "Raw", "State": "new", "Priority": "3 normal", "CustomerUser": "ivanov",
				"SenderType": "customer", "Subject": "Call", "Body": "Text",
				"ContentType": "text/plain; charset=utf-8", "TicketNumber": "2026112210000001",
			}
			for key, value := range test.want {
				want[key] = value
			}
			tickets, _, _ := s.seen()
			if diff := cmp.Diff([]map[string]any{want}, tickets); diff != "" {
				t.Errorf("the ticket created (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(helpdesk.Ticket{
				ID: "1", Number: "2026112210000001",
				URL: s.URL + "/otrs/index.pl?Action=AgentTicketZoom;TicketNumber=2026112210000001",
			}, made); diff != "" {
				t.Errorf("the ticket returned (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *znuny.Options, d *helpdesk.Draft)
		want   []string
	}{
		{"wrong password", func(_ *server, o *znuny.Options, _ *helpdesk.Draft) {
			o.Password = "wrong"
		}, []string{`refuses the hub's user "traybell"`, "help_desk.username"}},
		{"wrong queue", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.Queue = "Rav"
		}, []string{`queue "Rav" does not exist`, "template"}},
		{"no queue", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.Queue = ""
		}, []string{"ticket's queue", "template"}},
		{"wrong state", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.State = "neu"
		}, []string{`state "neu" does not exist`}},
		{"wrong priority", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.Priority = "9"
		}, []string{`priority "9" does not exist`}},
		{"wrong owner", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.Owner = "stranger"
		}, []string{`owner "stranger" does not exist`}},
		{"wrong type", func(_ *server, _ *znuny.Options, d *helpdesk.Draft) {
			d.Type = "Incident"
		}, []string{`type "Incident" does not exist`}},
		{"no rights on the queue", func(s *server, _ *znuny.Options, _ *helpdesk.Draft) {
			s.rights = false
		}, []string{`may not create tickets in the queue "Raw"`, "right rw"}},
		{"missing field", func(s *server, _ *znuny.Options, _ *helpdesk.Draft) {
			s.fields = s.fields[:1]
		}, []string{"lacks a dynamic field", "CallUniqueID, CallerNumber"}},
		{
			"unknown caller without unknown_customer",
			func(_ *server, o *znuny.Options, d *helpdesk.Draft) {
				o.UnknownCustomer, d.Customer = "", nil
			},
			[]string{"help_desk.unknown_customer"},
		},
		{
			"customer of another directory without unknown_customer",
			func(_ *server, o *znuny.Options, d *helpdesk.Draft) {
				o.UnknownCustomer, d.Customer = "", &protocol.Customer{Login: "sidorov"}
			},
			[]string{`does not know the customer "sidorov"`, "help_desk.unknown_customer"},
		},
		{"unknown unknown_customer", func(_ *server, o *znuny.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "stranger", nil
		}, []string{`"stranger"`, "correct help_desk.unknown_customer"}},
		{"web service without routes", func(s *server, _ *znuny.Options, _ *helpdesk.Draft) {
			s.routes = false
		}, []string{"has no route POST /Session", "import"}},
		{"another route", func(_ *server, o *znuny.Options, _ *helpdesk.Draft) {
			o.Routes.Create = "/Tickets"
		}, []string{"has no route POST /Tickets", "help_desk.routes"}},
		{"wrong folder", func(_ *server, o *znuny.Options, _ *helpdesk.Draft) {
			o.URL = strings.TrimSuffix(o.URL, "/otrs")
		}, []string{"no web service at", "help_desk.url"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			o, d := options(s.URL), helpdesktest.NewDraft("")
			test.change(s, &o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			wantError(t, err, false, false, test.want...)
			if tickets, _, _ := s.seen(); len(tickets) != 0 {
				t.Error("a ticket was created")
			}
		})
	}
}

// The ticket may exist after some of these replies; the adapter reports them as uncertain.
func TestBadReplies(t *testing.T) {
	type odd = func(w http.ResponseWriter, r *http.Request)
	status := func(code int, contentType, body string) odd {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name             string
		odd              odd
		retry, uncertain bool
		want             []string
	}{
		{
			"connection closed", func(w http.ResponseWriter, _ *http.Request) { cut(w) }, true, true,
			[]string{"without an answer", `"Traybell"`},
		},
		{"no content", status(200, "application/json", ""), true, true, []string{"without an answer"}},
		{"connection lost in the reply", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"TicketID":`)
			_ = http.NewResponseController(w).Flush()
			cut(w)
		}, true, true, []string{"without an answer"}},
		{
			"no reply", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, true, true,
			[]string{"did not answer within"},
		},
		{"half a reply", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"TicketID":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, true, true, []string{"did not answer within"}},
		{
			"internal error",
			status(500, "application/json", `{"faultcode":"Server","faultstring":"Article could not be created"}`),
			true, true,
			[]string{"internal error", "Article could not be created"},
		},
		{
			"CGI script crashed", status(500, "text/html", "<h1>Internal Server Error</h1>"), true, true,
			[]string{"internal error"},
		},
		{
			"proxy cannot reach the server", status(502, "text/html", "<h1>Bad Gateway</h1>"), true, true,
			[]string{"internal error", "502"},
		},
		{"too many requests", status(429, "text/html", "slow down"), true, false, []string{"too busy"}},
		{
			"unreadable request", status(500, "text/plain", "Unsupported request content structure."),
			false, false,
			[]string{"could not read"},
		},
		{
			"denied by the web server", status(403, "text/html", "<h1>Forbidden</h1>"), false, false,
			[]string{"does not let the hub in"},
		},
		{
			"web page", status(200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Login</title>"),
			false, false,
			[]string{"no web service at", "help_desk.url"},
		},
		{
			"JSON of another type", status(200, "application/json", `["ok"]`), true, true,
			[]string{"does not understand"},
		},
		{"not JSON", status(200, "application/json", `TicketID=1`), true, true, []string{"does not understand"}},
		{
			"no ticket number", status(200, "application/json", `{"ArticleID":"1"}`), true, true,
			[]string{"does not understand"},
		},
		{
			"id is a list", status(200, "application/json", `{"TicketID":["1"],"TicketNumber":"2"}`), true,
			true,
			[]string{"does not understand"},
		},
		{"endless reply", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for block := bytes.Repeat([]byte(" "), 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, true, true, []string{"does not understand", "longer than"}},
		{
			"unknown error code",
			status(200, "application/json",
				`{"Error":{"ErrorCode":"TicketCreate.Strange","ErrorMessage":"The moon is wrong"}}`),
			false, false,
			[]string{"The moon is wrong"},
		},
		{
			"article refused",
			status(200, "application/json",
				`{"Error":{"ErrorCode":"TicketCreate.MissingParameter","ErrorMessage":"TicketCreate: `+
					`Article->TimeUnit parameter is required by sysconfig option!"}}`),
			false, false,
			[]string{"Article TimeUnit"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			s.odd = func(op string, w http.ResponseWriter, r *http.Request) bool {
				if op == "TicketCreate" {
					test.odd(w, r)
				}
				return op == "TicketCreate"
			}
			o := options(s.URL)
			o.Timeout = 300 * time.Millisecond
			if strings.HasPrefix(test.name, "endless") {
				o.Timeout = 10 * time.Second
			}
			_, err := newDesk(t, o).Create(t.Context(), helpdesktest.NewDraft(""))
			wantError(t, err, test.retry, test.uncertain, test.want...)
			if n := s.count("TicketCreate"); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestFindAfterLostReply(t *testing.T) {
	s := newServer(t)
	z := newDesk(t, options(s.URL))
	d := helpdesktest.NewDraft("")
	s.odd = func(op string, w http.ResponseWriter, _ *http.Request) bool {
		if op != "TicketCreate" {
			return false
		}
		// The help desk creates the ticket, and the connection is lost before the reply.
		s.set(func() {
			s.tickets = append(s.tickets, map[string]any{
				"Title": d.Title, "TicketNumber": "2026112210000001", "DynamicField_CallUniqueID": d.CallID,
			})
		})
		cut(w)
		return true
	}
	_, err := z.Create(t.Context(), d)
	wantError(t, err, true, true)
	found, ok, err := z.Find(t.Context(), d.CallID)
	if err != nil || !ok || found.Number != "2026112210000001" || found.ID != "1" {
		t.Errorf("found %+v, %v, %v", found, ok, err)
	}
}

func TestFindWithoutCallField(t *testing.T) {
	s := newServer(t)
	s.fields = nil
	s.tickets = []map[string]any{{"TicketNumber": "1"}, {"TicketNumber": "2"}}
	z := newDesk(t, options(s.URL))
	_, _, err := z.Find(t.Context(), "main:1.0")
	wantError(t, err, false, false, `no dynamic field "CallUniqueID"`)
	if !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("missing field: %v, want ErrCannotLookUp", err)
	}

	o := options(s.URL)
	o.CallField = ""
	_, _, err = newDesk(t, o).Find(t.Context(), "main:1.0")
	wantError(t, err, false, false, "cannot tell whether")
	if !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("no field: %v, want ErrCannotLookUp", err)
	}
}

func TestFindOldest(t *testing.T) {
	s := newServer(t)
	for range 11 {
		s.tickets = append(s.tickets, map[string]any{"TicketNumber": "x", "DynamicField_CallUniqueID": "other"})
	}
	for _, i := range []int{8, 9, 10} { // ids 9, 10 and 11, which sort differently as text
		s.tickets[i] = map[string]any{"TicketNumber": strconv.Itoa(i + 1), "DynamicField_CallUniqueID": "main:1.0"}
	}
	found, ok, err := newDesk(t, options(s.URL)).Find(t.Context(), "main:1.0")
	if err != nil || !ok || found.ID != "9" {
		t.Errorf("found %+v, %v, %v", found, ok, err)
	}
}

func TestExpiredSessionIsRenewedOnce(t *testing.T) {
	s := newServer(t)
	z := newDesk(t, options(s.URL))
	if _, err := z.Create(t.Context(), helpdesktest.NewDraft("")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := z.Find(t.Context(), "nothing"); err != nil {
		t.Fatal(err)
	}
	if _, signIns, _ := s.seen(); signIns != 1 {
		t.Fatalf("%d sign-ins for two requests", signIns)
	}
	s.set(func() { s.sessions = map[string]bool{} })
	// Let all requests be refused with the old session before one signs in.
	const n = 10
	var refused sync.WaitGroup
	refused.Add(n)
	var mu sync.Mutex
	seen := 0
	s.set(func() {
		s.odd = func(op string, _ http.ResponseWriter, _ *http.Request) bool {
			mu.Lock()
			first := op == "TicketCreate" && seen < n
			if first {
				seen++
			}
			mu.Unlock()
			switch {
			case first:
				refused.Done()
			case op == "SessionCreate":
				refused.Wait()
			}
			return false
		}
	})
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = z.Create(t.Context(), helpdesktest.NewDraft("")) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if tickets, signIns, _ := s.seen(); signIns != 2 || len(tickets) != 1+n {
		t.Errorf("%d sign-ins, %d tickets; want 2, %d", signIns, len(tickets), 1+n)
	}
}

func TestRenewedSessionRefused(t *testing.T) {
	s := newServer(t)
	s.odd = func(op string, w http.ResponseWriter, _ *http.Request) bool {
		if op == "TicketCreate" {
			refuse(w, op, "AuthFail", "Authorization failing!")
		}
		return op == "TicketCreate"
	}
	_, err := newDesk(t, options(s.URL)).Create(t.Context(), helpdesktest.NewDraft(""))
	wantError(t, err, false, false, "refuses the hub's user")
	if n := s.count("TicketCreate"); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestUnreachable(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	z := newDesk(t, options("http://"+l.Addr().String()))
	_, err = z.Create(t.Context(), helpdesktest.NewDraft(""))
	wantError(t, err, true, false, "cannot be reached", l.Addr().String(), "refused")
	_, _, err = z.Find(t.Context(), "main:1.0")
	wantError(t, err, true, false, "cannot be reached")

	// Stopped after the sign-in: nothing was sent.
	s := newServer(t)
	z = newDesk(t, options(s.URL))
	if _, _, err := z.Find(t.Context(), "main:1.0"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = z.Create(t.Context(), helpdesktest.NewDraft(""))
	wantError(t, err, true, false, "cannot be reached")
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	defer s.Close()
	_, err := newDesk(t, options(s.URL)).Create(t.Context(), helpdesktest.NewDraft(""))
	wantError(t, err, false, false, "certificate")
}

func TestRedirectIsNotFollowed(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	for _, code := range []int{301, 302, 307, 308} {
		s := newServer(t)
		s.odd = func(_ string, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, other.URL+r.URL.Path+"?SessionID=session1", code)
			return true
		}
		_, err := newDesk(t, options(s.URL)).Create(t.Context(), helpdesktest.NewDraft(""))
		wantError(t, err, false, false, "help_desk.url", other.URL)
	}
	if asked {
		t.Error("the redirect was followed")
	}
}

func TestLogContainsNoSecret(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t)
	o := options(s.URL)
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	z := newDesk(t, o)
	d := helpdesktest.NewDraft("")
	d.Customer = &protocol.Customer{Login: "sidorov"}
	if _, err := z.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.odd = func(_ string, w http.ResponseWriter, _ *http.Request) bool { cut(w); return true } })
	_, _, err := z.Find(t.Context(), d.CallID)
	wantError(t, err, true, false)
	if text := log.String(); strings.Contains(text, "traybellpw") || strings.Contains(text, "session1") ||
		!strings.Contains(text, "sidorov") {
		t.Errorf("the log:\n%s", text)
	}
	// The password is sent once, in a body.
	n := 0
	_, _, bodies := s.seen()
	for _, b := range bodies {
		n += strings.Count(b, "traybellpw")
	}
	if n != 1 {
		t.Errorf("the password was sent %d times", n)
	}
}

func TestCancelWhileAnotherCallerSignsIn(t *testing.T) {
	s := newServer(t)
	z := newDesk(t, options(s.URL))
	signingIn, release := make(chan struct{}), make(chan struct{})
	s.odd = func(op string, _ http.ResponseWriter, _ *http.Request) bool {
		if op == "SessionCreate" {
			close(signingIn)
			<-release
		}
		return false
	}
	first := make(chan error)
	go func() {
		_, _, err := z.Find(context.WithoutCancel(t.Context()), "main:1.0")
		first <- err
	}()
	<-signingIn
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := z.Find(ctx, "main:1.0")
	wantError(t, err, true, false)
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestInvalidOptions(t *testing.T) {
	for _, test := range []struct {
		change func(o *znuny.Options)
		want   string
	}{
		{func(o *znuny.Options) { o.URL = "desk.example.com/otrs" }, "url: "},
		{func(o *znuny.Options) { o.URL = "ftp://desk.example.com" }, "url: "},
		{func(o *znuny.Options) { o.URL = "http://u:p@desk.example.com" }, "url: "},
		{func(o *znuny.Options) { o.URL = "http://%zz" }, "url: "},
		{func(o *znuny.Options) { o.Password = "" }, "password"},
	} {
		o := options("http://desk.example.com")
		test.change(&o)
		if _, err := znuny.New(o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", o.URL, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *server, o *znuny.Options)
		found  []string
		want   []string // in the error; nil: no error
	}{
		{
			"OK", func(*server, *znuny.Options) {},
			[]string{"Signed in", "Searching works", `"CallUniqueID" exists`, `"CallerNumber" exists`},
			nil,
		},
		{"an empty help desk", func(s *server, _ *znuny.Options) {
			s.tickets = nil
		}, []string{"sees no ticket", "cannot be checked yet"}, nil},
		{
			"no fields", func(s *server, _ *znuny.Options) { s.fields = nil },
			[]string{"Searching works"},
			[]string{`"CallUniqueID"`, `"CallerNumber"`, "must add"},
		},
		{"one field", func(s *server, _ *znuny.Options) {
			s.fields = s.fields[:1]
		}, []string{`"CallUniqueID" exists`}, []string{`"CallerNumber"`}},
		{"no unknown customer", func(_ *server, o *znuny.Options) {
			o.UnknownCustomer, o.CallField = "", ""
		}, []string{"unknown callers will be refused", "cannot tell"}, nil},
		{"wrong web service", func(_ *server, o *znuny.Options) {
			o.WebService = "Trayball"
		}, nil, []string{`no valid web service named "Trayball"`}},
		{"wrong password", func(s *server, _ *znuny.Options) {
			s.password = "changed"
		}, nil, []string{"refuses the hub's user"}},
		{"wrong route of TicketGet", func(_ *server, o *znuny.Options) {
			o.Routes.Get = "/T/:TicketID"
		}, []string{"Searching works"}, []string{"no route GET /T/1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			s.tickets = []map[string]any{{"TicketNumber": "1"}}
			o := options(s.URL)
			test.change(s, &o)
			found, err := newDesk(t, o).Check(t.Context(), nil)
			for _, want := range test.found {
				if !strings.Contains(strings.Join(found, "\n"), want) {
					t.Errorf("found %q lacks %q", found, want)
				}
			}
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error = %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if s.count("TicketCreate") != 0 {
				t.Error("the check created a ticket")
			}
		})
	}
}

// A merged ticket has nothing left to add a call to.
func TestNumberOfMergedTicket(t *testing.T) {
	s := newServer(t)
	s.tickets = []map[string]any{{"TicketNumber": "2026112210000001", "State": "merged"}}
	got, ok, err := newDesk(t, options(s.URL)).ByNumber(t.Context(), "2026112210000001")
	if ok || err != nil || s.count("TicketSearch") != 1 {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
}
