package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// reports answers as a desktop: the popup of each call that the agent sees is on the screen, or is
// hidden for that reason. It returns the calls that it saw.
func (x *testTerminal) reports(report protocol.ShownCall) <-chan protocol.Call {
	seen := make(chan protocol.Call, 100)
	go func() {
		known := map[string]bool{}
		for m := range x.messages {
			var c protocol.Call
			if m.Name != protocol.CallEvent || m.Decode(&c) != nil {
				continue
			}
			if !known[c.ID] {
				known[c.ID] = true
				report.Call = c.ID
				_, _ = x.Send(x.t.Context(), protocol.CallShown, report)
			}
			seen <- c
		}
	}()
	return seen
}

// A test call goes from the tracker to the popup of one agent, and reports each step. It is marked,
// leaves no record, counts nowhere, and gets no ticket.
func TestTestCall(t *testing.T) {
	s := tell(t)
	s.yaml = strings.Replace(s.yaml, `name: Support,`, `name: Support, show: bound, teams: [support],`, 1)
	s.yaml += "cdr: {grace: 150ms, retention: 0s}\n"
	s.start()
	s.working()
	anna, boris := s.signIn("101"), s.signIn("102")
	calls := anna.reports(protocol.ShownCall{})
	said := s.must("test-call", "--agent", "anna", "--number", "84951234567")
	for _, want := range []string{
		"event of the PBX: ", "routed: ", "sent to the desktop: ", "popup on the screen: ", "caller looked up: ",
		"Ivan Ivanov (ivanov) in customers", "is on the screen of anna.",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	c := <-calls
	if !c.Test || c.Line.Name != "Support" || c.State != protocol.Ringing || c.Legs[0].Extension != "101" {
		t.Errorf("the call is %+v", c)
	}
	boris.do(protocol.TicketCreate, protocol.CreateTicket{Call: c.ID})
	var refused protocol.Failure
	if err := boris.next(protocol.TicketCreate, protocol.CallEvent).Decode(&refused); err != nil ||
		refused.Problem != protocol.CallNotYours && refused.Problem != protocol.CallUnknown {
		t.Errorf("another agent of the line: %+v, %v", refused, err)
	}
	for {
		if c = <-calls; c.State == protocol.Ended {
			break
		}
	}
	if c.Missed {
		t.Error("the agent missed a test call")
	}
	real := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000009"})
	real.Ring("101")
	real.Answer("101")
	real.Hangup()
	for c = range calls {
		if c.State == protocol.Ended {
			break
		}
	}
	if c.Previous != nil {
		t.Errorf("the test is the caller's previous call: %+v", c.Previous)
	}
	s.why([]string{"-n", "1"}, "The call is ended")
	<-time.After(time.Second)
	if csv := s.must("cdr", "export"); strings.Contains(csv, "~test") || !strings.Contains(csv, c.ID) {
		t.Errorf("the records are:\n%s", csv)
	}
	page := s.page("/metrics", nil)
	for _, want := range []string{"traybell_popups_shown_total 1\n", `result="missed"} 0`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the metrics", want)
		}
	}
	if audit := s.must("audit"); !strings.Contains(audit, "call.test") {
		t.Errorf("the audit does not have the test call:\n%s", audit)
	}
}

// A ticket press on a test call is answered clearly. The desktop gets the whole report.
func TestTestCallOfADesktop(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	anna.do(protocol.CallTry, protocol.TestCall{Language: "ru"})
	c := anna.sees("the test call", func(c protocol.Call) bool { return c.Test })
	anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID})
	anna.do(protocol.TicketCreate, protocol.CreateTicket{Call: c.ID})
	var got protocol.TestedCall
	var refused protocol.Failure
	for got.Call == "" || refused.Problem == "" {
		switch m := anna.next(protocol.CallTested, protocol.TicketCreate); m.Name {
		case protocol.CallTested:
			if err := m.Decode(&got); err != nil {
				t.Fatal(err)
			}
		default:
			if err := m.Decode(&refused); err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused.Problem != protocol.CallTest || !strings.Contains(refused.Text, "test call") {
		t.Errorf("the press: %+v", refused)
	}
	if !got.Shown || got.Call != c.ID || len(got.Steps) != 5 || !strings.HasPrefix(got.Steps[0].Text, "событие АТС: ") {
		t.Errorf("the report: %+v", got)
	}
}

// Why a test call is not shown is named, and the command fails.
func TestTestCallNamesTheCause(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	s.signIn("101").reports(protocol.ShownCall{Hidden: protocol.HiddenQuiet})
	for agent, want := range map[string]string{
		"101": "Do not disturb was on at anna's desktop.", "boris": "boris was not signed in: ",
	} {
		said, err := s.command("test-call", "--agent", agent)
		if err == nil || !strings.Contains(said, want) {
			t.Errorf("for %s: %v\n%s", agent, err, said)
		}
	}
	if _, err := s.command("test-call", "--agent", "anna", "--pbx", "main"); err == nil ||
		!strings.Contains(err.Error(), "write = originate") {
		t.Errorf("a real call without the right: %v", err)
	}
	if _, err := s.command("test-call", "--agent", "nobody"); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("an unknown agent: %v", err)
	}
	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	_, err := s.command("test-call", "--agent", "anna")
	if err == nil || !strings.Contains(err.Error(), "no hub runs") {
		t.Errorf("without a hub: %v", err)
	}
}

// With write = originate the phone of an agent rings at a test call, as the page and the agent's desktop
// ask for. Agents need the right control, and have no more calls than when they dial.
func TestTestCallRingsThePhone(t *testing.T) {
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: {
		Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"system", "originate"},
	}}})
	s.yaml = strings.Replace(s.yaml, "rights: [ticket]}", "rights: [ticket, control]}", 1)
	s.start()
	s.working()
	offers := func() bool { return strings.Contains(s.page("/agents", nil), `<option value="main">phone · main<`) }
	for late := time.Now().Add(patience); !offers(); {
		if time.Now().After(late) {
			t.Fatal("the page does not offer to ring phones")
		}
		<-time.After(5 * time.Millisecond)
	}
	anna, boris := s.signIn("201"), s.signIn("102")
	if !slices.ContainsFunc(anna.opened.PBXs, func(p protocol.PBX) bool { return p.ID == "main" && p.Ring }) {
		t.Errorf("the desktop cannot offer it: %+v", anna.opened.PBXs)
	}
	rang := func(n int, phone string) {
		t.Helper()
		a, err := s.pbx.WaitAction(t.Context(), "Originate", n)
		if err != nil || a.Message.Get("Channel") != phone || a.Message.Get("CallerID") != `"traybell" <+74951234567>` {
			t.Errorf("call %d: %+v, %v", n, a.Message, err)
		}
	}
	refused := func(x *testTerminal, want protocol.Problem) {
		t.Helper()
		x.do(protocol.CallTry, protocol.TestCall{Phone: true})
		var f protocol.Failure
		if m := x.next(protocol.CallTry, protocol.CallTested); m.Decode(&f) != nil || f.Problem != want {
			t.Errorf("the answer is %s, want the problem %s", m.Data, want)
		}
	}
	for n := 1; n <= 2; n++ {
		asked := anna.do(protocol.CallTry, protocol.TestCall{Phone: true})
		c := anna.sees("the test call", func(c protocol.Call) bool { return c.Test && c.State == protocol.Ringing })
		anna.do(protocol.CallShown, protocol.ShownCall{Call: c.ID})
		m := anna.next(protocol.CallTested, protocol.CallTry)
		var got protocol.TestedCall
		if err := m.Decode(&got); err != nil || m.Re != asked || !got.Shown || got.Call != c.ID ||
			!strings.HasPrefix(c.ID, "main:") || c.Direction != protocol.Incoming || len(c.Can) > 0 {
			t.Errorf("the report %s of %+v, %v", m.Data, c, err)
		}
		rang(n, "Local/201@from-internal") // where the agent is signed in
	}
	refused(anna, protocol.DialBusy)
	refused(boris, protocol.RightMissing)
	boris.reports(protocol.ShownCall{})
	body := s.page("/agents/boris/test", url.Values{"pbx": {"main"}})
	if !strings.Contains(body, "The popup was on the screen.") {
		t.Errorf("the page says:\n%s", body)
	}
	rang(3, "Local/102@from-internal")
}
