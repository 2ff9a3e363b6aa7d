package app_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// asPage sends a request of a page of a call.
func (s *story) asPage(method, path, token, origin, body string) (int, http.Header, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "https://"+s.hub.Addr()+"/api/1"+path,
		strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	client := http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the hub of the test
		DisableKeepAlives: true,
	}}
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var data map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &data); err != nil {
			s.t.Fatalf("%s %s: %s", method, path, raw)
		}
	}
	return answer.StatusCode, answer.Header, data
}

// A script opens on one of two desktops when the agent answers. It makes the ticket of its call with the
// token, from its own site, and has no other rights; it goes on after a restart of the hub, which does
// not open it again.
func TestPageOfACall(t *testing.T) {
	const site = "https://crm.example.com"
	s := tell(t)
	s.yaml = strings.Replace(s.yaml, "ticket: support}", `ticket: support, script: {open: answer,
      url: "`+site+`/s?who=<PIM_CUSTOMER_UserLogin>"}, screen_pop: {link: cid, open: ring}}`, 1)
	s.start()
	s.working()
	laptop, anna := s.signIn("201"), s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	var page protocol.OpenPage
	if err := anna.await(protocol.PageOpen).Decode(&page); err != nil || page.Page != protocol.PageCID ||
		page.URL != "https://www.google.com/search?q=84951234567" {
		t.Errorf("on ring %+v, %v", page, err)
	}
	call.Answer("101")
	answered := anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	if !answered.Line.Script {
		t.Error("the card has no button")
	}
	if err := anna.await(protocol.PageOpen).Decode(&page); err != nil || page.Page != protocol.PageScript {
		t.Fatalf("on answer %+v, %v", page, err)
	}
	address, token, _ := strings.Cut(page.URL, "#token=")
	if address != site+"/s?who=ivanov" || token == "" {
		t.Errorf("the page is %q", page.URL)
	}

	if status, header, _ := s.asPage(http.MethodOptions, "/page/call", "", site, ""); status != http.StatusNoContent ||
		header.Get("Access-Control-Allow-Origin") != site {
		t.Errorf("before a request of the site: %d %v", status, header)
	}
	if _, header, _ := s.asPage(http.MethodOptions, "/page/call", "", "https://evil.example.com", ""); header.Get(
		"Access-Control-Allow-Origin") != "" {
		t.Error("another site may send requests")
	}
	status, _, got := s.asPage(http.MethodGet, "/page/call", token, site, "")
	if status != http.StatusOK || got["id"] != page.Call || got["line"] != "Support" || got["agent"] != "anna" ||
		got["customers"].([]any)[0].(map[string]any)["login"] != "ivanov" {
		t.Errorf("the call: %d %v", status, got)
	}
	for path, want := range map[string]int{
		"/calls/live": http.StatusForbidden, "/calls": http.StatusForbidden, "/tickets": http.StatusForbidden,
		"/hub": http.StatusForbidden, "/agents/states": http.StatusForbidden,
		"/calls/" + page.Call + "/trace": http.StatusForbidden,
	} {
		if status, _, _ := s.asPage(http.MethodGet, path, token, "", ""); status != want {
			t.Errorf("%s with the token of a page: %d", path, status)
		}
	}
	if status, _, _ := s.asPage(http.MethodGet, "/page/call", token+"x", "", ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", status)
	}

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	if _, err := s.pbx.WaitAction(t.Context(), "Status", 2); err != nil {
		t.Fatal(err)
	}
	anna = s.signIn("101")
	known := func(c protocol.Call) bool { return c.ID == page.Call && c.State == protocol.Answered }
	if !slices.ContainsFunc(anna.opened.Calls, known) {
		anna.sees("the call", known)
	}
	status, _, got = s.asPage(http.MethodPost, "/page/ticket", token, site, `{"note": "No paper"}`)
	number, _ := got["number"].(string)
	if status != http.StatusOK || number == "" {
		t.Fatalf("the ticket: %d %v", status, got)
	}
	if status, _, got := s.asPage(http.MethodPost, "/page/note", token, site, `{"text": "Paper came"}`); status !=
		http.StatusNoContent {
		t.Errorf("a note: %d %v", status, got)
	}
	seen := anna.sees("the ticket", func(c protocol.Call) bool { return c.Ticket != nil })
	if seen.Ticket.Number != number || seen.Ticket.By != "Anna Petrova" {
		t.Errorf("%+v", seen.Ticket)
	}
	id := anna.do(protocol.CallScript, protocol.OpenScript{Call: page.Call})
	for {
		m := anna.await(protocol.PageOpen)
		if err := m.Decode(&page); err != nil {
			t.Fatal(err)
		}
		if m.Re == id {
			break
		}
		t.Errorf("after the restart the page opens again: %+v", page)
	}
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if status, _, got := s.asPage(http.MethodGet, "/page/call", token, "", ""); status != http.StatusOK ||
		got["state"] != "ended" {
		t.Errorf("after the call: %d %v", status, got)
	}
	if strings.Contains(s.log.String(), "tbs_") {
		t.Error("the log has a token")
	}
	_ = laptop
}
