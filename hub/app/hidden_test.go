package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// browser is a browser of an agent, and all that it received.
type browser struct {
	s        *story
	client   *http.Client
	received *record
}

func (s *story) browse(extension string) *browser {
	s.t.Helper()
	b := &browser{s: s, client: insecureClient(), received: &record{}}
	b.client.Jar, _ = cookiejar.New(nil)
	s.t.Cleanup(b.client.CloseIdleConnections)
	b.send(http.MethodPost, "/sign-in", url.Values{"name": {extension}, "password": {"secret"}})
	return b
}

func (b *browser) send(method, path string, form url.Values) (int, string) {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), method, "https://"+b.s.hub.Addr()+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	_, _ = b.received.Write(raw)
	for _, values := range answer.Header {
		_, _ = b.received.Write([]byte("\n" + strings.Join(values, "\n")))
	}
	return answer.StatusCode, string(raw)
}

func (b *browser) get(path string) string {
	b.s.t.Helper()
	status, body := b.send(http.MethodGet, path, nil)
	if status != http.StatusOK {
		b.s.t.Errorf("%s: %d %s", path, status, body)
	}
	return body
}

// between are what numbers are written with, plainly and in URLs and pages.
var between = regexp.MustCompile(`%2[0B89dD]|&#43;|[^0-9A-Za-z]`)

// leaks fails the test if what somebody received has digits of a number.
func leaks(t *testing.T, who, received string, numbers ...string) {
	t.Helper()
	if len(received) < 1000 {
		t.Errorf("%s received %d bytes only", who, len(received))
	}
	for line := range strings.SplitSeq(received, "\n") {
		bare := between.ReplaceAllString(line, "")
		for _, number := range numbers {
			if at := strings.Index(bare, number); at >= 0 {
				t.Errorf("%s received %s: …%s…", who, number, bare[max(0, at-60):min(len(bare), at+60)])
			}
		}
	}
}

// search returns the ids of the calls that a search finds.
func (x *testTerminal) search(text string) (ids []string) {
	x.t.Helper()
	x.do(protocol.HistoryList, protocol.ListHistory{Search: text})
	var h protocol.History
	if err := x.await(protocol.HistoryAnswer).Decode(&h); err != nil {
		x.t.Fatal(err)
	}
	for _, c := range h.Calls {
		ids = append(ids, c.ID)
	}
	return ids
}

// recorded waits until a number of calls has ended records.
func (s *story) recorded(n int) {
	s.t.Helper()
	for late := time.Now().Add(patience); ; pause(s.t.Context(), 20*time.Millisecond) {
		ended := 0
		for _, line := range s.export() {
			if line["state"] != "open" {
				ended++
			}
		}
		if ended >= n {
			return
		}
		if time.Now().After(late) {
			s.t.Fatalf("%d calls are recorded, want %d", ended, n)
		}
	}
}

// An agent works with calls of a line that hides numbers. Neither the desktop nor the browser nor the
// script of the agent gets a digit of one, and no search finds them.
func TestHiddenNumbersLeaveNoTraceAtTheAgent(t *testing.T) {
	t.Run("line", func(t *testing.T) { leavesNoTrace(t, ", hide_number: true", "") })
	t.Run("rule", func(t *testing.T) {
		leavesNoTrace(t, "", `rules:
  - {name: discreet, when: call.did == "84950000001", then: {hide_number: true}}
`)
	})
}

// leavesNoTrace tells the story with what hides the numbers: a key of the line, or rules.
func leavesNoTrace(t *testing.T, line, rules string) {
	t.Helper()
	s := tell(t)
	s.yaml = strings.NewReplacer(
		"ticket: support}", `ticket: support`+line+`, script: {open: ring,
      url: "https://crm.example/s?p=<PIM_CID>&e=<PIM_CID_E164>&m=<PIM_CUSTOMER_UserMobile>`+
			`&w=<PIM_CUSTOMER_UserLogin>"}}`,
		`title: "{{.Line.Name}}: {{.Caller.Name}}"`,
		`title: "{{.Caller.Number}} {{.Caller.Name}}", body: "Call back {{.Caller.E164}} or {{.Caller.Mobile}}"`,
		`teams: [support], rights: [ticket]}
  - {login: boris, name: Boris Ivanov, extensions: ["102"]`,
		`teams: [support], rights: [ticket, category, block, control]}
  - {login: boris, name: Boris Ivanov, extensions: ["102"]`,
	).Replace(s.yaml)
	s.yaml = strings.Replace(s.yaml, `extensions: ["102"], password`, `extensions: ["102"], roles: [view], password`, 1)
	s.yaml = strings.Replace(s.yaml, "teams: [support], rights: [ticket]}\ntracking",
		"teams: [support], rights: [ticket, numbers]}\ntracking", 1)
	s.yaml += `call_data: [{name: asked, label: Asked, variables: [ASKED], show: card}]` + "\n" + rules
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")

	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "+7 495 123-45-67", DID: "84950000001"})
	call.Ring("101", "102")
	c := anna.sees("the caller", known)
	if !c.Hidden || c.Display != protocol.HiddenNumber || c.E164 != "" || c.Caller.Customers[0].Name != "Ivan Ivanov" {
		t.Errorf("the call: %+v", c)
	}
	var page protocol.OpenPage
	if err := anna.await(protocol.PageOpen).Decode(&page); err != nil || !strings.Contains(page.URL, "w=ivanov") {
		t.Errorf("the script: %+v, %v", page, err)
	}
	_, token, _ := strings.Cut(page.URL, "#token=")
	call.Answer("101")
	anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	_, _, script := s.asPage(http.MethodGet, "/page/call", token, "", "")
	raw, err := json.Marshal(script)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = anna.received.Write(raw)

	// What is done with the number is done by its alias, and the others have the number.
	anna.do(protocol.CategorySet, protocol.SetCategory{Number: c.Number, Color: protocol.Green, Comment: "Calls often"})
	anna.sees("the category", func(c protocol.Call) bool { return c.Caller.Category.Color == protocol.Green })
	made := anna.ticket(c.ID)
	anna.do(protocol.CallTry, protocol.TestCall{Number: c.Number})
	anna.await(protocol.CallTested)
	anna.do(protocol.NumberShow, protocol.ShowNumber{Call: c.ID})
	if m := anna.await(protocol.NumberShow); m.Type != protocol.Error {
		t.Errorf("without the right: %s", m.Data)
	}
	boris.do(protocol.NumberShow, protocol.ShowNumber{Call: c.ID})
	var shown protocol.ShownNumber
	if err := boris.await(protocol.NumberShown).Decode(&shown); err != nil || shown.Number != "+74951234567" {
		t.Errorf("with the right: %+v, %v", shown, err)
	}
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })

	missed := s.pbx.Incoming(amitest.Incoming{Number: "+74957654321", DID: "84950000001"})
	missed.Ring("101", "102")
	missed.Hangup()
	m := anna.sees("the missed call", func(c protocol.Call) bool { return c.Missed })
	visible := s.pbx.Incoming(amitest.Incoming{Number: "84991112233", DID: "84950000002"})
	visible.Ring("101")
	v := anna.sees("a call of another line", func(c protocol.Call) bool { return c.DID == "84950000002" })
	if v.Hidden || v.E164 != "+74991112233" {
		t.Errorf("another line: %+v", v)
	}
	visible.Hangup()
	// The same caller on the other line stays hidden.
	other := s.pbx.Incoming(amitest.Incoming{Number: "+74951234567", DID: "84950000002"})
	other.Ring("101")
	o := anna.sees("another call of that line", func(c protocol.Call) bool {
		return c.DID == v.DID && c.ID != v.ID && known(c) // its record has the name then
	})
	if !o.Hidden || o.Number != c.Number {
		t.Errorf("the caller on another line: %+v", o)
	}
	other.Hangup()
	anna.sees("its end", func(c protocol.Call) bool { return c.ID == o.ID && c.State == protocol.Ended })
	s.recorded(4)

	if calls := anna.list(false); len(calls) != 4 || calls[3].Number != c.Number || !calls[3].Hidden {
		t.Errorf("earlier calls: %+v", calls)
	}
	anna.do(protocol.MissedClaim, protocol.FollowMissed{Number: m.Number})
	anna.await(protocol.Accepted)
	for _, text := range []string{"84951234567", "495123", "+7 495 123-45-67", "234567", "4951", "7654321"} {
		if ids := anna.search(text); len(ids) != 0 {
			t.Errorf("%q finds %v", text, ids)
		}
	}
	if ids := anna.search("4991112233"); len(ids) != 1 || ids[0] != v.ID {
		t.Errorf("a visible number finds %v", ids)
	}
	if ids := anna.search("ivanov"); len(ids) != 2 {
		t.Errorf("the name finds %v", ids)
	}
	for text, want := range map[string]int{"8495123": 0, "4951234567": 0, "acme iv": 2} {
		anna.do(protocol.NumbersFind, protocol.FindNumbers{Text: text})
		var found protocol.NumbersFound
		if err := anna.await(protocol.NumbersAnswer).Decode(&found); err != nil || len(found.Numbers) != want {
			t.Errorf("%q finds %+v, %v", text, found.Numbers, err)
		}
	}
	anna.do(protocol.CallerBlock, protocol.BlockCaller{Number: c.Number, Reason: "Test"})
	anna.await(protocol.CallerBlocked)
	anna.do(protocol.CallDial, protocol.DialNumber{Number: c.Number})
	anna.next(protocol.CallDialled, protocol.CallDial)
	anna.do(protocol.CallWhy, protocol.WhyCall{Call: c.ID})
	anna.next(protocol.CallExplained, protocol.CallWhy)
	boris.do(protocol.ColleagueMessage, protocol.SendColleague{To: "anna", Text: "Call 8 (495) 123 45 67 back"})
	if m := anna.await(protocol.TextMessage); !strings.Contains(string(m.Data), "Call "+protocol.HiddenNumber+" back") {
		t.Errorf("a message: %s", m.Data)
	}

	// Pages and REST in the agent's browser.
	web := s.browse("101")
	for _, path := range []string{
		"/", "/calls", "/calls.csv", "/calls/" + url.PathEscape(c.ID), "/missed", "/tickets", "/tickets/" + made.Number,
		"/queues", "/api/1/calls", "/api/1/calls/live", "/api/1/missed", "/api/1/tickets",
		"/api/1/tickets/" + made.Number, "/api/1/calls/" + url.PathEscape(c.ID) + "/recordings",
	} {
		web.send(http.MethodGet, path, nil)
	}
	if body := web.get("/missed"); !strings.Contains(body, m.Number) || !strings.Contains(body, protocol.HiddenNumber) {
		t.Errorf("the page of missed calls has no alias:\n%s", body)
	}
	if body := web.get("/tickets/" + made.Number); !strings.Contains(body, protocol.HiddenNumber) {
		t.Errorf("the ticket's page:\n%s", body)
	}
	form := url.Values{"number": {m.Number}}
	if status, _ := web.send(http.MethodPost, "/missed/release", form); status != http.StatusOK {
		t.Errorf("giving a missed call back: %d", status)
	}
	for _, path := range []string{
		"/calls?text=495123", "/calls.csv?text=4951234567", "/api/1/calls?text=23456", "/tickets?q=23456",
		"/api/1/tickets?text=495123",
	} {
		if body := web.get(path); strings.Contains(body, c.ID) || strings.Contains(body, made.Number) {
			t.Errorf("%s finds the call:\n%s", path, body)
		}
	}
	if body := web.get("/api/1/calls?text=4951234567&limit=1"); strings.Contains(body, "next") {
		t.Errorf("a search says that there is more:\n%s", body)
	}

	// The hub still knows them after a restart, by the records.
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	again := s.signIn("201")
	if calls := again.list(false); len(calls) != 4 || calls[3].Number != c.Number || calls[0].Number != c.Number {
		t.Errorf("after a restart: %+v", calls)
	}
	again.do(protocol.NumbersFind, protocol.FindNumbers{Text: "acme"})
	again.await(protocol.NumbersAnswer)
	opened, err := json.Marshal(again.opened)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = anna.received.Write([]byte(again.received.String()))
	digits := []string{"4951234567", "1234567", "9167654321", "4957654321"}
	leaks(t, "the desktop", anna.received.String()+string(opened), digits...)
	leaks(t, "the browser", web.received.String(), digits...)

	// The company has the numbers: on a page of somebody with a role, in the ticket, in the audit.
	if body := s.browse("102").get("/calls"); !strings.Contains(body, "84951234567") {
		t.Errorf("the page of a supervisor has no numbers:\n%s", body)
	}
	if body := s.page("/tickets/"+made.Number, nil); !strings.Contains(body, "4951234567") {
		t.Errorf("the ticket has no number:\n%s", body)
	}
	if body := s.page("/audit?text=number.show", nil); !strings.Contains(body, c.ID) {
		t.Errorf("the audit:\n%s", body)
	}
}

// A rule that applies only after the answer hides the number from then on, also after a restart and in
// calls to other numbers. Without the rule it is shown again.
func TestRuleHidesFromTheAnswerOn(t *testing.T) {
	s := tell(t)
	visible := s.yaml
	s.yaml += `rules: [{name: answered, when: call.answered, then: {hide_number: true}}]` + "\n"
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84991112233", DID: "84950000001"})
	call.Ring("101")
	if c := anna.sees("the call", func(protocol.Call) bool { return true }); c.Hidden || c.E164 != "+74991112233" {
		t.Errorf("ringing: %+v", c)
	}
	call.Answer("101")
	c := anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })
	if !c.Hidden || c.E164 != "" {
		t.Errorf("answered: %+v", c)
	}
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	s.recorded(1)
	s.why([]string{c.ID}, "Rule “answered” applies.", "hide_number: true")
	said := s.must("rule", "--call", c.ID)
	if !strings.Contains(said, "would at answer:\n        answered: hide_number: true") {
		t.Errorf("the command says:\n%s", said)
	}

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna = s.signIn("101")
	other := s.pbx.Incoming(amitest.Incoming{Number: "+74991112233", DID: "84950000002"})
	other.Ring("101")
	again := anna.sees("the next call", func(protocol.Call) bool { return true })
	if !again.Hidden || again.Number != c.Number {
		t.Errorf("after a restart: %+v", again)
	}
	other.Hangup()
	anna.sees("its end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	s.recorded(2)
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	s.yaml = visible
	s.start()
	s.working()
	for _, c := range s.signIn("101").list(false) {
		if c.Hidden || c.E164 != "+74991112233" {
			t.Errorf("without the rule: %+v", c)
		}
	}
}
