package app_test

import (
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
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
