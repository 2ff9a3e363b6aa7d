package app_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// metric is the value of a metric with its labels; -1 if it does not exist.
func (s *story) metric(name string) float64 {
	s.t.Helper()
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(s.page("/metrics", nil))
	if m == nil {
		return -1
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// until waits for a value of a metric.
func (s *story) until(name string, fits func(float64) bool) {
	s.t.Helper()
	for late := time.After(patience); ; {
		v := s.metric(name)
		if fits(v) {
			return
		}
		select {
		case <-late:
			s.t.Fatalf("%s is still %v\n%s", name, v, s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestMetricsAccess(t *testing.T) {
	s := tell(t)
	s.yaml += "admins: [{login: admin, password: \"" + hashOf(s.yaml, "anna") + "\"}]\n"
	s.start()
	s.working()
	anna := s.signIn("101")
	s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"}).Ring("101")
	c := anna.sees("the ring", known)
	anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID})
	anna.await(protocol.Accepted)
	anna.ticket(c.ID)
	text := s.page("/metrics", nil) // no sign-in from the hub's computer
	for _, want := range []string{
		`traybell_build_info{goversion="go1.`, `version="test"} 1`, `traybell_pbx_state{pbx="main",state="working"} 1`,
		`traybell_pbx_state{pbx="main",state="stopped"} 0`,
		`traybell_ami_connects_total{pbx="main"} 1`, `traybell_ami_resyncs_total{pbx="main"} 1`,
		`traybell_calls{state="ringing"} 1`, "traybell_popups_told_total 1", "traybell_popups_shown_total 1",
		`traybell_sign_ins_total{result="ok"} 1`, "traybell_sessions 1", `traybell_tickets_total{result="made"} 1`,
		"traybell_tickets_pending 0",
		`traybell_help_desk_seconds_count{operation="create"} 1`,
		`traybell_help_desk_errors_total{kind="down",operation="create"} 0`,
		`traybell_channels_skipped_total{pbx="main"} 0`,
		`traybell_directory_customers{directory="customers"} 3`,
		`traybell_directory_age_seconds{directory="customers"}`,
		"traybell_config_reload_ok 1", "traybell_config_reload_timestamp_seconds", "go_goroutines",
		"process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	for _, private := range []string{"4951234567", "Ivan", "anna", "Anna", amitest.Secret} {
		if strings.Contains(text, private) {
			t.Errorf("the metrics contain %q", private)
		}
	}
	for login, want := range map[string]int{
		"": http.StatusUnauthorized, "admin": http.StatusOK, "anna": http.StatusUnauthorized,
	} {
		client := &http.Client{
			Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		} //nolint:gosec // the hub's certificate is its own
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet,
			"https://"+s.hub.Addr()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "192.0.2.7") // through a proxy
		if login != "" {
			r.SetBasicAuth(login, "secret")
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: %s", login, resp.Status)
		}
	}
}

// Guesses at the pages and at the REST interface are counted as those at terminals are.
func TestRefusedSignInsAreCounted(t *testing.T) {
	s := tell(t)
	s.yaml += "admins: [{login: admin, password: \"" + hashOf(s.yaml, "anna") + "\"}]\n" +
		"api: {tokens: [{name: old, hash: " + strings.Repeat("ab", 32) + ", scopes: [view], expires: 2020-01-01}]}\n"
	s.start()
	for _, password := range []string{"wrong", "secret", "1", "2", "3", "4", "5", "6"} {
		s.answer("/sign-in", url.Values{"name": {"admin"}, "password": {password}})
	}
	client := insecureClient()
	defer client.CloseIdleConnections()
	for range 70 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.hub.Addr()+"/api/1/hub", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer tbt_guess")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for name, want := range map[string]float64{
		`traybell_page_sign_ins_total{result="ok"}`: 1, `traybell_page_sign_ins_total{result="refused"}`: 5,
		`traybell_page_sign_ins_total{result="limited"}`: 2, `traybell_token_sign_ins_total{result="ok"}`: 0,
		`traybell_sign_ins_total{result="refused"}`: 0,
	} {
		if got := s.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	refused := s.metric(`traybell_token_sign_ins_total{result="refused"}`)
	limited := s.metric(`traybell_token_sign_ins_total{result="limited"}`)
	if refused < 60 || limited < 1 || refused+limited != 70 {
		t.Errorf("of 70 wrong tokens %v were refused, %v limited", refused, limited)
	}
}
