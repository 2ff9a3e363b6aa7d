package app_test

import (
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

const callData = `call_data:
  - {name: contract, label: Contract, variables: [CONTRACT], user_event: CallData}
  - {name: branch, label: Menu, variables: [IVR_BRANCH]}
  - {name: pin, label: PIN, variables: [PIN], show: card}
desktop: {links: {cid: "https://crm.example.com/contracts/<PIM_VAR_contract>?pin=<PIM_VAR_pin>"}}
`

// has waits until a call has data, written as "Label: value, …".
func (x *testTerminal) has(want string) protocol.Call {
	x.t.Helper()
	return x.sees(want, func(c protocol.Call) bool {
		var data []string
		for _, d := range c.Data {
			data = append(data, d.Label+": "+d.Value)
		}
		return strings.Join(data, ", ") == want && c.Caller.Status != protocol.Looking
	})
}

func TestDataOfTheDialplanComeWithTheCall(t *testing.T) {
	s := tell(t)
	s.usePBX(amitest.Options{Users: map[string]amitest.User{amitest.Username: {
		Secret: amitest.Secret, Read: []string{"system", "call", "agent", "user", "dialplan"},
		Write: []string{"system"},
	}}})
	s.yaml = strings.Replace(s.yaml, "[{id: main,", "[{id: main, dialplan_events: true,", 1) + callData
	s.yaml = strings.Replace(s.yaml, `title: "{{.Line.Name}}: {{.Caller.Name}}"`,
		`title: "Contract {{.Data.contract}}, menu {{.Data.branch}}", body: "{{with .Data.pin}}PIN{{end}}"`, 1)
	s.start()
	s.working()
	anna := s.signIn("101")
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001", IVR: true})
	call.Dialplan().Set("__CONTRACT", "47\u202e11")
	call.Ring("101")
	c := anna.has("Contract: 47 11")
	if c.Links.CID != "https://crm.example.com/contracts/47%2011?pin=" {
		t.Errorf("the link is %s", c.Links.CID)
	}
	call.Answer("101")
	call.Dialplan().SetAt("101", "PIN", "9876") // by the agent's leg, late
	anna.has("Contract: 47 11, PIN: 9876")
	call.Dialplan().UserEvent("CallData", "contract", "4712")
	anna.has("Contract: 4712, PIN: 9876")
	call.Dialplan().Set("IVR_BRANCH", "2")
	c = anna.has("Contract: 4712, Menu: 2, PIN: 9876")
	call.BlindTransfer("102") // who inherits the first contract
	boris := s.signIn("102")
	call.Answer("102")
	boris.has("Contract: 4712, Menu: 2, PIN: 9876")

	made := anna.ticket(c.ID)
	if page := s.page("/tickets/"+made.Number, nil); !strings.Contains(page, "Contract 4712, menu 2") ||
		!strings.Contains(page, ">PIN<") && !strings.Contains(page, "PIN\n") {
		t.Errorf("the ticket:\n%s", page)
	}
	call.Hangup()
	anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	found := ""
	for late := time.Now().Add(patience); !strings.Contains(found, "Contract: 4712") && time.Now().Before(late); {
		found = s.page("/calls?text=4712", nil)
	}
	if !strings.Contains(found, "Contract: 4712") || !strings.Contains(found, "Menu: 2") ||
		strings.Contains(found, "PIN") {
		t.Errorf("the page of calls:\n%s", found)
	}
	why := ""
	for late := time.Now().Add(patience); !strings.Contains(why, "The call is ended") && time.Now().Before(late); {
		why = s.must("why", c.ID)
	}
	if !strings.Contains(why, "Contract: 47 11") || !strings.Contains(why, "Contract: 4712") ||
		!strings.Contains(why, "Menu: 2") || strings.Contains(why, "9876") {
		t.Errorf("the trace:\n%s", why)
	}
}
