//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
)

const rulesYAML = `
listen: 127.0.1.249:11010
data_dir: .
region: RU
cdr: {grace: 0s}
pbx: [{id: main, address: "%[1]s", username: full, password: "%[2]s", dialplan_events: true}]
admins: [{login: admin, password: "%[3]s"}]
agents:
  - {login: anna, name: Anna Petrova, extensions: ["201"], password: "%[3]s", rights: [ticket]}
  - {login: boris, name: Boris, extensions: ["202"], password: "%[3]s", rights: [ticket]}
call_data:
  - {name: branch, label: Menu, variables: [IVR_BRANCH]}
  - {name: contract, label: Contract, variables: [CONTRACT]}
schedules:
  always: {open: [{days: [mon-sun], hours: ["00:00-24:00"]}]}
rules:
  - name: support by the menu
    when: data.branch == "support" && data.contract.startsWith("47") && schedule.always
    then: {route: {agents: [boris]}, comment: Ask for the PIN., ticket: menu}
  - name: missed
    when: call.missed && call.direction == "incoming"
    then: {create_ticket: end}
ticket_templates:
  menu: {title: "Contract {{.Data.contract}}, menu {{.Data.branch}}", body: "By {{.Agent.Name}}"}
`

// TestRulesOnARealAsterisk has a caller choose in a menu of a real PBX: a rule shows the call to the agent
// of that branch instead of the one whose phone rings. The caller hangs up, and the missed call makes its
// ticket by itself.
func TestRulesOnARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			d := newPBXDesk(ctx, t, version, rulesYAML)
			d.serve()
			d.callByTheMenu()
		})
	}
}

func (d *pbxDesk) callByTheMenu() {
	d.Helper()
	anna, boris := d.signIn("201"), d.signIn("202")
	caller, err := d.trunk.Call(d.ctx, "74950000731", ivan, "Ivan")
	d.must(err)
	d.must(caller.WaitHeard(d.ctx)) // the prompt
	d.must(phones.Press(d.ctx, caller, "4711#"))
	d.must(phones.Press(d.ctx, caller, "202611220017#"))
	_, err = d.anna.WaitRinging(d.ctx)
	d.must(err)
	c := boris.sees(func(c protocol.Call) bool {
		return c.State == protocol.Ringing && len(c.Legs) > 0 && c.Line.Comment == "Ask for the PIN."
	})
	if c.Legs[0].Extension != "201" {
		d.Errorf("boris sees %+v", c)
	}
	d.must(caller.HangUp(d.ctx))
	over := boris.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.Ticket != nil && now.Missed })
	admin := d.visits("admin")
	_, page := admin.get("/tickets/"+over.Ticket.Number, "")
	for _, part := range []string{"Contract 4711, menu support", "By missed"} {
		if !bytes.Contains(page, []byte(part)) {
			d.Errorf("no %q in the ticket:\n%s", part, page)
		}
	}
	until(d.ctx, d.T, "the trace names the rules", func() bool {
		_, page = admin.get("/calls/"+url.PathEscape(c.ID), "")
		return bytes.Contains(page, []byte("the rule shows the call to others: support by the menu")) &&
			bytes.Contains(page, []byte("The rule “missed” makes the ticket."))
	})
	direct, err := d.trunk.Call(d.ctx, "74950000732", ivan, "Ivan") // without the menu
	d.must(err)
	_, err = d.anna.WaitRinging(d.ctx)
	d.must(err)
	second := anna.sees(func(now protocol.Call) bool { return now.State == protocol.Ringing && now.ID != c.ID })
	if _, seen := anna.calls[c.ID]; seen || second.Line.Comment != "" {
		d.Errorf("anna sees %+v, and the call of the menu: %v", second, seen)
	}
	d.must(direct.HangUp(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == second.ID && now.Ticket != nil })
}
