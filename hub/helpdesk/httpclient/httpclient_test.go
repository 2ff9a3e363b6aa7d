package httpclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

const password, session = "p&ss word", "s3ss10n"

func newClient(t *testing.T, o httpclient.Options) *httpclient.Client {
	t.Helper()
	o.Secrets = []string{password}
	c, err := httpclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func post(ctx context.Context, c *httpclient.Client) (*httpclient.Response, error) {
	return c.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/ticket", Query: url.Values{"session": {session}}, JSON: map[string]string{},
		Writes: true, Secrets: []string{session},
	})
}

func explained(t *testing.T, c *httpclient.Client, err error) *helpdesk.Error {
	t.Helper()
	var e *helpdesk.Error
	if !errors.As(c.Explain(err, nil), &e) {
		t.Fatalf("%v is not explained", err)
	}
	return e
}

func cut(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func TestRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id": 7}`)
	}))
	defer s.Close()
	c := newClient(t, httpclient.Options{
		URL: s.URL + "/desk/?a=b#c", Header: http.Header{"Authorization": {"Bearer " + password}},
	})
	if c.URL() != s.URL+"/desk" {
		t.Errorf("URL = %q", c.URL())
	}
	resp, err := c.Do(t.Context(), httpclient.Request{
		Method: http.MethodPost, Path: "/ticket/a%2Fb", Query: url.Values{"q": {"1 2"}}, JSON: map[string]int{"x": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	var reply struct{ ID int }
	if err := resp.JSON(&reply); err != nil || reply.ID != 7 {
		t.Errorf("reply %+v, %v", reply, err)
	}
	if got.RequestURI != "/desk/ticket/a%2Fb?q=1+2" || string(body) != `{"x":1}` ||
		got.Header.Get("Authorization") != "Bearer "+password ||
		got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%s %s, %v, body %s", got.Method, got.RequestURI, got.Header, body)
	}
}

// Each way to fail, after a request that was sent.
func TestFailures(t *testing.T) {
	status := func(code int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name      string
		handler   http.HandlerFunc
		cause     httpclient.Cause
		uncertain bool
		retry     bool
		text      string
	}{
		{"cut", func(w http.ResponseWriter, _ *http.Request) { cut(w) }, httpclient.NoReply, true, true, "EOF"},
		{"cut reply", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			cut(w)
		}, httpclient.NoReply, true, true, "EOF"},
		{"empty", status(200, "application/json", ""), httpclient.NoReply, true, true, "empty"},
		{
			"no JSON", status(200, "text/plain", "id=7"), httpclient.BadReply, true, true,
			`not JSON, it begins with "id=7"`,
		},
		{"long", func(w http.ResponseWriter, _ *http.Request) {
			for block := bytes.Repeat([]byte(" "), 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, httpclient.BadReply, true, true, "longer than 4194304 bytes"},
		{"web page", status(200, "text/html; charset=utf-8", "<html>"), httpclient.WebPage, false, false, "web page"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example.com/x?session="+session, http.StatusFound)
		}, httpclient.Redirected, false, false, "https://other.example.com/x"},
		{"400", status(400, "text/plain", "bad"), httpclient.Rejected, false, false, "400 Bad Request: bad"},
		{"401", status(401, "text/plain", "who?"), httpclient.Denied, false, false, "401"},
		{"403", status(403, "text/plain", "no"), httpclient.Denied, false, false, "403"},
		{"404", status(404, "text/plain", ""), httpclient.NotFound, false, false, "404 Not Found: (empty)"},
		{"503 with Retry-After", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, httpclient.Busy, false, true, "503"},
		{"422", status(422, "text/plain", "no title"), httpclient.Rejected, false, false, "no title"},
		{"429", status(429, "text/plain", "slow"), httpclient.Busy, false, true, "429"},
		{"500", status(500, "text/plain", "oops"), httpclient.ServerError, true, true, "oops"},
		{"502", status(502, "text/html", "<h1>Bad Gateway</h1>"), httpclient.ServerError, true, true, "502"},
		{
			"echo", status(500, "text/plain", strings.Repeat("x", 297)+password+" "+url.QueryEscape(password)+session),
			httpclient.ServerError, true, true, "xxx***",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := httptest.NewServer(test.handler)
			defer s.Close()
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			c := newClient(t, httpclient.Options{URL: s.URL})
			resp, err := post(t.Context(), c)
			if err == nil {
				err = resp.JSON(&struct{ ID int }{})
			}
			var e *httpclient.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Cause != test.cause || e.Uncertain != test.uncertain || !strings.Contains(e.Error(), test.text) {
				t.Errorf("cause %d, uncertain %v, %q", e.Cause, e.Uncertain, e)
			}
			h := explained(t, c, e)
			if h.Retry != test.retry || h.Uncertain != test.uncertain || h.Refused ||
				!strings.HasSuffix(h.Reason, ".") {
				t.Errorf("%+v", h)
			}
			for _, secret := range []string{password, "p&s", url.QueryEscape(password), session} {
				if strings.Contains(h.Error(), secret) {
					t.Errorf("%q contains %q", h.Error(), secret)
				}
			}
			// A request that changes nothing is never uncertain.
			resp, err = c.Do(t.Context(), httpclient.Request{Method: http.MethodGet, Path: "/"})
			if err == nil {
				err = resp.JSON(&struct{ ID int }{})
			}
			if !errors.As(err, &e) || e.Cause != test.cause || e.Uncertain {
				t.Errorf("GET: %v", err)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c := newClient(t, httpclient.Options{URL: s.URL})
	_, err := post(t.Context(), c)
	var e *httpclient.Error
	if !errors.As(err, &e) || e.Cause != httpclient.Unreachable || e.Uncertain || !explained(t, c, e).Retry ||
		strings.Contains(e.Error(), session) {
		t.Errorf("got %v", err)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	defer s.Close()
	c := newClient(t, httpclient.Options{URL: s.URL})
	_, err := post(t.Context(), c)
	var e *httpclient.Error
	if !errors.As(err, &e) || e.Cause != httpclient.Untrusted || e.Uncertain || explained(t, c, e).Retry {
		t.Errorf("got %v", err)
	}
	c = newClient(t, httpclient.Options{URL: s.URL, Transport: s.Client().Transport})
	if _, err := post(t.Context(), c); !errors.As(err, &e) || e.Cause != httpclient.NotFound {
		t.Errorf("with the certificate: %v", err)
	}
}

// The transport reports that the request was sent, or not, and never replies.
func TestTimeout(t *testing.T) {
	for _, test := range []struct {
		name  string
		sent  bool
		cause httpclient.Cause
	}{
		{"sent", true, httpclient.TimedOut},
		{"not sent", false, httpclient.Unreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, httpclient.Options{
					URL: "http://desk.example.com", Timeout: 3 * time.Second, Transport: hanging{test.sent},
				})
				began := time.Now()
				_, err := post(t.Context(), c)
				var e *httpclient.Error
				if !errors.As(err, &e) || e.Cause != test.cause || e.Uncertain != test.sent ||
					!errors.Is(err, context.DeadlineExceeded) || !explained(t, c, e).Retry {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestExplain(t *testing.T) {
	c := newClient(t, httpclient.Options{URL: "https://desk.example.com"})
	better := func(e *httpclient.Error) string {
		if e.Status == http.StatusForbidden {
			return "Give the user the right."
		}
		return ""
	}
	denied := &httpclient.Error{Cause: httpclient.Denied, Status: http.StatusForbidden, Err: io.EOF}
	known := &helpdesk.Error{Reason: "There is no queue.", Refused: true, Err: denied}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"a better reason", fmt.Errorf("read: %w", denied), "Give the user the right: EOF"},
		{"none", &httpclient.Error{Cause: httpclient.Busy, Err: io.EOF}, "The help desk is too busy"},
		{"one that is explained", known, known.Error()},
		{"another error", io.EOF, "The help desk could not be asked: EOF"},
	} {
		if err := c.Explain(test.err, better); !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := c.Explain(nil, better); err != nil {
		t.Errorf("no error: %v", err)
	}
}

// A page instead of JSON is another program, unless it may be the failure of one that has written.
func TestPageInsteadOfJSON(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "<br><b>Fatal error</b>")
	}))
	defer server.Close()
	c, err := httpclient.New(httpclient.Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for writes, want := range map[bool]httpclient.Cause{true: httpclient.BadReply, false: httpclient.WebPage} {
		err := c.Ask(t.Context(), httpclient.Request{Method: http.MethodPost, Writes: writes}, new(any))
		var e *httpclient.Error
		if !errors.As(err, &e) || e.Cause != want || e.Uncertain != writes {
			t.Errorf("writes %v: %+v", writes, err)
		}
	}
}

func TestInvalidURL(t *testing.T) {
	for _, text := range []string{
		"desk.example.com", "ftp://desk.example.com", "http://u:p@desk.example.com", "http://%zz", "https://",
	} {
		if _, err := httpclient.New(httpclient.Options{URL: text}); err == nil ||
			!strings.HasPrefix(err.Error(), "url: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// hanging is a transport that gets no reply. sent is whether it sends the request.
type hanging struct{ sent bool }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); h.sent {
		trace.WroteHeaders()
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}
