package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/recordings"
	"traybell/hub/recordings/place"
	"traybell/hub/staff"
	"traybell/hub/web"
	"traybell/shared/protocol"
)

func TestWithoutAdministratorsOnlyTheOwnComputer(t *testing.T) {
	pages := newSite(t, nil).pages
	for _, test := range []struct {
		remote, host, header string
		want                 int
	}{
		{"127.0.0.1:5000", "localhost:11010", "", 200},
		{"127.0.0.1:5000", "127.0.0.1:11010", "", 200},
		{"[::1]:5000", "[::1]:11010", "", 200},
		{"[::1]:5000", "[::1]", "", 200},
		{"[::ffff:127.0.0.1]:5000", "localhost", "", 200},
		{"192.0.2.7:5000", "localhost:11010", "", 303},
		{"[2001:db8::1]:5000", "localhost", "", 303},
		{"127.0.0.1:5000", "evil.example", "", 303},
		{"127.0.0.1:5000", "127.0.0.1.evil.example:11010", "", 303},
		{"127.0.0.1:5000", "", "", 303},
		{"127.0.0.1:5000", "localhost", "X-Forwarded-For", 303},
		{"127.0.0.1:5000", "localhost", "Forwarded", 303},
		{"@", "localhost", "", 303},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/tickets", nil)
		r.RemoteAddr, r.Host = test.remote, test.host
		if test.header != "" {
			r.Header.Set(test.header, "for=192.0.2.7")
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%+v: %d", test, w.Code)
		}
	}
}

func TestPagesShowErrorsWithoutSecrets(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1", "Printer")
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/tickets", "/tickets/" + made.Number} {
		resp, body := s.do("GET", path, nil)
		wantPage(t, resp, body, 500, "log for details")
		if strings.Contains(body, "sql") {
			t.Errorf("%s:\n%s", path, body)
		}
	}
}

func TestTheLogHasNoLinksToRecordings(t *testing.T) {
	var log bytes.Buffer
	var s *site
	var recorded *recordings.Service
	s = newSite(t, func(o *web.Options, h *hub) {
		recorded = recordings.New(recordings.Options{
			Store: h.store, Staff: o.Staff, LinkKey: []byte("key"), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		recorded.Set(recordings.Rules{
			Sources: []recordings.Source{{Place: place.Folder{Path: t.TempDir()}}},
			Links:   recordings.Links{Valid: time.Hour, Hub: "https://hub.example.com"},
		})
		o.Commands.Recordings = recorded
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	path := strings.TrimPrefix(recorded.Link("main:1"), "https://hub.example.com")
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, path + "/0123456789abcdef0123"} {
		log.Reset()
		resp, body := s.do("GET", path, nil)
		wantPage(t, resp, body, 500)
		if text := log.String(); !strings.Contains(text, recordings.LinkPath) ||
			strings.Contains(text, strings.TrimPrefix(path, recordings.LinkPath)[:20]) {
			t.Errorf("the log has\n%s", text)
		}
	}
}

func TestHealthAndTerminals(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.Terminals = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		})
	})
	resp, body := s.do("GET", "/healthz", nil)
	wantPage(t, resp, body, 200, "ok")
	if resp, _ := s.do("GET", protocol.Path, nil); resp.StatusCode != http.StatusTeapot {
		t.Errorf("the terminals' route: %s", resp.Status)
	}
}

func TestAdministratorsNeedAHash(t *testing.T) {
	_, err := web.New(web.Options{
		Commands: (&hub{}).commands(), Staff: func() *staff.Staff { return staff.New(nil) },
		Log: slog.New(slog.DiscardHandler), People: []web.Person{person("admin", "plain")},
	})
	if err == nil || !strings.Contains(err.Error(), `"administrator admin"`) ||
		!strings.Contains(err.Error(), "traybell-hub passwd") || strings.Contains(err.Error(), "plain") {
		t.Errorf("got %v", err)
	}
}

// Who may look sees on every page that the hub is in maintenance, and until when; agents do not.
func TestMaintenanceIsOnEveryPage(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("admin", hash(t, "secret")), agent("anna", hash(t, "other"))}
	})
	s.fill("text")
	admin, anna := s.signIn("admin", "secret"), s.signIn("101", "other")
	said := func(path string, as func(*http.Request)) bool {
		resp, body := s.do("GET", path, nil, as)
		header, _, _ := strings.Cut(body, "</header>")
		return resp.StatusCode == http.StatusOK && strings.Contains(header, "Maintenance until <time")
	}
	if said("/calls", admin) {
		t.Error("maintenance before it begins")
	}
	resp, body := s.do("POST", "/terminals/mode", url.Values{"mode": {"maintenance"}, "minutes": {"5"}}, admin)
	wantPage(t, resp, body, http.StatusSeeOther)
	for _, path := range lists {
		if !said(path, admin) {
			t.Errorf("%s does not say that there is maintenance", path)
		}
	}
	if said("/calls", anna) {
		t.Error("an agent reads about maintenance")
	}
	resp, body = s.do("POST", "/terminals/mode", url.Values{"mode": {"active"}}, admin)
	wantPage(t, resp, body, http.StatusSeeOther)
	if said("/calls", admin) {
		t.Error("maintenance after it has ended")
	}
}
