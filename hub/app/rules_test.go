package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/cmd"
	"traybell/shared/protocol"
)

const someRules = `call_data:
  - {name: branch, label: Menu, variables: [IVR_BRANCH]}
rules:
  - name: accountants
    when: data.branch == "2"
    then: {route: {agents: [boris]}, comment: Ask for the contract., category: yellow, popup: notification,
      ticket: support, warn: They have not paid.}
  - name: ACME
    when: caller.company == "ACME" && call.direction == "incoming"
    then: {open: [{link: cid, at: ring}]}
  - name: broken
    when: int(call.name) > 0
    then: {popup: silent}
  - name: missed
    when: call.missed
    then: {create_ticket: end, ticket: support}
`

// A rule shows the call to the agent of the menu's branch, who is warned; the agent whose phone rings does
// not see it, and reads which rule decided.
func TestRulesRouteCalls(t *testing.T) {
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: {
		Secret: amitest.Secret, Read: []string{"system", "call", "agent", "user", "dialplan"},
		Write: []string{"system"},
	}}})
	s.yaml = strings.Replace(s.yaml, "[{id: main,", "[{id: main, dialplan_events: true,", 1) + someRules
	s.start()
	s.working()
	boris, anna := s.signIn("102"), s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001", IVR: true})
	call.Dialplan().Set("IVR_BRANCH", "2")
	call.Ring("101")
	var warned protocol.Text
	if err := boris.await(protocol.CallWarning).Decode(&warned); err != nil || warned.Text != "They have not paid." ||
		!strings.Contains(warned.From, "(495) 123-45-67") {
		t.Errorf("the warning is %+v, %v", warned, err)
	}
	c := boris.sees("the call", func(c protocol.Call) bool { return c.Caller.Status == protocol.Known })
	if c.Line.Comment != "Ask for the contract." || c.Caller.Category.Color != protocol.Yellow ||
		c.Popup != protocol.PopupNotification || c.Line.Name != "Support" {
		t.Errorf("boris sees %+v", c)
	}
	call.Answer("101")
	boris.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered })

	other := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	other.Ring("101")
	if c := anna.sees("a call without the menu", func(c protocol.Call) bool {
		return c.Caller.Status == protocol.Known
	}); c.ID == "" || c.Line.Comment != "Say hello" || c.Popup != "" {
		t.Errorf("anna sees %+v", c)
	}
	var page protocol.OpenPage
	if err := anna.await(protocol.PageOpen).Decode(&page); err != nil || page.Page != protocol.PageCID {
		t.Errorf("on ring %+v, %v", page, err)
	}
	s.why([]string{c.ID}, "Rule “accountants” applies.", "route: boris", "ticket: support",
		"the rule shows the call to them: accountants", "the rule shows the call to others: accountants",
		"Rule “ACME” applies.", "Rule “broken” was skipped")
}

// A missed call makes a ticket by itself, once.
func TestMissedCallsMakeTickets(t *testing.T) {
	s := tell(t)
	s.yaml += someRules
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	call.Hangup()
	c := anna.sees("the ticket", func(c protocol.Call) bool { return c.Ticket != nil })
	if made := anna.ticket(c.ID); made.Number != c.Ticket.Number {
		t.Errorf("a press made %s in addition to %s", made.Number, c.Ticket.Number)
	}
	if page := s.page("/tickets/"+c.Ticket.Number, nil); !strings.Contains(page, "Support: Ivan Ivanov") {
		t.Errorf("the ticket:\n%s", page)
	}
	s.why([]string{c.ID}, "The rule “missed” makes the ticket.", "create_ticket: end")
}

// The command says what the rules did to a call, and what those of a changed file would have done.
func TestRulesOfPastCalls(t *testing.T) {
	s := tell(t)
	s.yaml += someRules
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	call.Answer("101")
	c := anna.sees("the answer", func(c protocol.Call) bool { return c.State == protocol.Answered && known(c) })
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	s.why([]string{c.ID}, "The call is ended", "Rule “ACME” applies.")

	said := s.must("rule", "--call", c.ID)
	for _, want := range []string{
		"84951234567 to 84950000001, incoming on main", "did:\n        ACME: open: cid, ring",
		"would at ring:\n        ACME: open: cid, ring", "would at answer: nothing new", "broken: skipped,",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	changed := strings.Replace(s.yaml, `caller.company == "ACME"`, `line.name == "Support" && call.answered`, 1)
	file := filepath.Join(s.dir, "other.yml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := cmd.Run(s.t.Context(), "test", []string{
		"rule", "--from", time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "--config", file,
	}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	said = out.String()
	for _, want := range []string{
		"did:\n        ACME: open: cid, ring", "would at answer:\n        ACME: open: cid, ring",
		"1 calls; how many each rule would apply to:", "\n       1  ACME\n       0  broken\n       0  missed\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	for _, want := range []string{
		"<h2>Rules of hub.yml as they are now</h2>", "<bdi>ACME: open: cid, ring</bdi>", "nothing new",
	} {
		if page := s.page("/calls/"+c.ID, nil); !strings.Contains(page, want) {
			t.Errorf("no %q in the page:\n%s", want, page)
		}
	}
	if out, err := s.command("rule", "--call", "main:0"); err == nil {
		t.Errorf("an unknown call: %s", out)
	}
}

// A URL decides about calls. The call is shown before it answers, and stays as the rule's default says
// when it does not; a reload meanwhile changes nothing about that.
func TestURLDecides(t *testing.T) {
	asked, answer := make(chan protocol.Call, 10), make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Rule string        `json:"rule"`
			Call protocol.Call `json:"call"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Rule != "crm" {
			t.Errorf("asked %+v, %v", q, err)
		}
		asked <- q.Call
		select {
		case text := <-answer:
			_, _ = io.WriteString(w, text)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	s := tell(t)
	s.yaml += `rules:
  - name: crm
    when: call.direction == "incoming" && caller.known
    then: {ask: {url: "` + server.URL + `/decide", timeout: 10s}, comment: No answer.}
  - {name: others, then: {category: green}}
`
	s.start()
	s.working()
	boris, anna := s.signIn("102"), s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	anna.sees("the call, before the answer", func(c protocol.Call) bool {
		return known(c) && c.Line.Comment == "Say hello" && c.Caller.Category.Color == protocol.Green
	})
	if c := <-asked; len(c.Caller.Customers) != 1 || c.Caller.Customers[0].Login != "ivanov" {
		t.Errorf("asked about %+v", c)
	}
	s.replaced("category: green", "category: yellow")
	anna.sees("the reload", func(c protocol.Call) bool { return c.Caller.Category.Color == protocol.Yellow })
	answer <- `{"route": {"agents": ["boris"]}, "comment": "A VIP.", "stop": true}`
	c := boris.sees("the decision", func(c protocol.Call) bool { return c.Line.Comment == "A VIP." })
	if c.Caller.Category.Color != protocol.Neutral {
		t.Errorf("a rule after stop applies: %+v", c.Caller.Category)
	}
	call.Hangup()
	boris.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	s.why([]string{c.ID}, "ask: "+strings.TrimPrefix(server.URL, "http://"), "route: boris", "comment: A VIP.")

	broken := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	broken.Ring("101")
	<-asked
	answer <- `{"route": {"agents": ["nobody"]}}`
	c = anna.sees("the default", func(c protocol.Call) bool { return c.Line.Comment == "No answer." })
	s.why([]string{c.ID}, `the answer has an unknown agent "nobody"`, "comment: No answer.")
}

// A URL that does not answer in time leaves the call to the default.
func TestURLThatIsSlow(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := tell(t)
	s.yaml += `rules:
  - {name: crm, then: {ask: {url: "` + server.URL + `", timeout: 100ms}, comment: No answer.}}
`
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	c := anna.sees("the default", func(c protocol.Call) bool { return c.Line.Comment == "No answer." })
	s.why([]string{c.ID}, "no answer within 100ms")
}
