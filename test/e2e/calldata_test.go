//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
)

const callDataYAML = `
listen: 127.0.1.250:11010
data_dir: .
region: RU
cdr: {grace: 0s}
pbx: [{id: main, address: "%[1]s", username: %[4]s, password: "%[2]s", dialplan_events: %[5]t}]
admins: [{login: admin, password: "%[3]s"}]
agents:
  - {login: anna, name: Anna Petrova, extensions: ["201"], password: "%[3]s", rights: [ticket]}
  - {login: boris, name: Boris, extensions: ["202"], password: "%[3]s", rights: [ticket]}
call_data:
  - {name: branch, label: Menu, variables: [IVR_BRANCH]}
  - {name: contract, label: Contract, variables: [CONTRACT]}
  - {name: survey, label: Survey, user_event: CallData}
  - {name: request, label: Ticket, variables: [TICKET], show: card, ticket: true}
ticket_templates:
  default: {title: "Contract {{.Data.contract}}, menu {{.Data.branch}}", body: "{{.Data.request}}"}
directories: [{name: customers, type: csv, path: customers.csv}]
desktop: {links: {cid: "https://crm.example.com/contracts/<PIM_VAR_contract>?ticket=<PIM_VAR_request>"}}
`

// TestCallDataOfARealAsterisk has a caller press keys in a menu of a real PBX: what was entered comes
// with the call, by channelvars with the rights of the guide, and by events.
func TestCallDataOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			d := newPBXDesk(ctx, t, version, callDataYAML)
			d.must(os.WriteFile(filepath.Join(d.dir, "customers.csv"),
				[]byte("login;name;phone\nivan;Ivan;+74951234567\nolga;Olga;+74957654321\n"), 0o600))
			channelVars := func(names string) {
				d.must(d.pbx.Configure(ctx, "manager.conf", func(text []byte) []byte {
					return bytes.Replace(text, []byte("[general]\n"), []byte("[general]\nchannelvars ="+names+"\n"), 1)
				}))
				_, err := d.pbx.CLI(ctx, "manager reload")
				d.must(err)
			}
			channelVars("CONTRACT,IVR_BRANCH,TICKET")
			d.serve("otrs", false)
			d.entersATicket(d.entersInTheMenu("Menu: support, Contract: 4711, Ticket: 202611220017"))
			d.changesOften()
			channelVars("")
			d.serve("full", true)
			d.entersInTheMenu("Menu: support, Contract: 4711, Survey: 4, Ticket: 202611220017")
			d.changesOften()
		})
	}
}

// said writes the data of a call as "Label: value, …".
func said(c protocol.Call) string {
	var data []string
	for _, d := range c.Data {
		data = append(data, d.Label+": "+d.Value)
	}
	return strings.Join(data, ", ")
}

// entersInTheMenu has a caller enter two numbers, and be transferred to Boris: cards, links, tickets and
// traces have them in the order of hub.yml.
func (d *pbxDesk) entersInTheMenu(want string) (ticket string) {
	d.Helper()
	boris, err := phones.Listen("202", "127.0.1.202")
	d.must(err)
	defer boris.Close()
	anna := d.signIn("201")
	caller, err := d.trunk.Call(d.ctx, "74950000731", ivan, "Ivan")
	d.must(err)
	d.must(caller.WaitHeard(d.ctx)) // the prompt
	d.must(phones.Press(d.ctx, caller, "4711#"))
	d.must(phones.Press(d.ctx, caller, "202611220017#"))
	at201, err := d.anna.WaitRinging(d.ctx)
	d.must(err)
	c := anna.sees(func(c protocol.Call) bool { return c.State == protocol.Ringing && said(c) == want })
	c = anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.Entered != nil })
	if c.Entered.State != protocol.EnteredMissing || c.Entered.Number != "202611220017" {
		d.Errorf("a ticket that does not exist: %+v", c.Entered)
	}
	if c.Links.CID != "https://crm.example.com/contracts/4711?ticket=202611220017" {
		d.Errorf("the link is %s", c.Links.CID)
	}
	d.must(at201.Answer(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Answered })
	var made protocol.CreatedTicket
	d.must(anna.act(protocol.TicketCreate, protocol.CreateTicket{Call: c.ID}).Decode(&made))
	d.must(at201.WaitHeard(d.ctx))
	d.must(at201.Transfer(d.ctx, "202"))
	at202, err := boris.WaitRinging(d.ctx)
	d.must(err)
	d.must(at202.Answer(d.ctx))
	other := d.signIn("202")
	other.sees(func(now protocol.Call) bool {
		return now.ID == c.ID && now.State == protocol.Answered && said(now) == want
	})
	d.must(caller.HangUp(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Ended })

	admin := d.visits("admin")
	_, page := admin.get("/tickets/"+made.Number, "")
	for _, part := range []string{"Contract 4711, menu support", "202611220017"} {
		if !bytes.Contains(page, []byte(part)) {
			d.Errorf("no %q in the ticket:\n%s", part, page)
		}
	}
	until(d.ctx, d.T, "the trace has what was entered", func() bool {
		_, page = admin.get("/calls/"+url.PathEscape(c.ID), "")
		return bytes.Contains(page, []byte("Contract: 4711")) && bytes.Contains(page, []byte("Menu: support"))
	})
	if bytes.Contains(page, []byte("Ticket: 202611220017")) {
		d.Error("the trace has what is only for the card")
	}
	return made.Number
}

// entersATicket has its customer enter the number of a ticket, to which Anna adds the call, then another
// customer.
func (d *pbxDesk) entersATicket(number string) {
	d.Helper()
	anna := d.signIn("201")
	enters := func(who string) (protocol.Call, *phones.Call) {
		d.Helper()
		caller, err := d.trunk.Call(d.ctx, "74950000731", who, "")
		d.must(err)
		d.must(caller.WaitHeard(d.ctx))
		d.must(phones.Press(d.ctx, caller, "1#"+number+"#"))
		at201, err := d.anna.WaitRinging(d.ctx)
		d.must(err)
		d.must(at201.Answer(d.ctx))
		return anna.sees(func(c protocol.Call) bool {
			return c.State == protocol.Answered && c.Number == who && c.Entered != nil &&
				c.Caller.Status == protocol.Known
		}), caller
	}
	c, caller := enters(ivan)
	if c.Entered.State != protocol.EnteredFound || len(c.Caller.Tickets) == 0 || c.Caller.Tickets[0].Number != number {
		d.Errorf("the caller's ticket: %+v, tickets %+v", c.Entered, c.Caller.Tickets)
	}
	var made protocol.CreatedTicket
	d.must(anna.act(protocol.TicketAppend, protocol.AppendTicket{Call: c.ID, Ticket: number}).Decode(&made))
	if made.Number != number {
		d.Errorf("the call was added to %s, not %s", made.Number, number)
	}
	d.must(caller.HangUp(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Ended })

	c, caller = enters("74957654321")
	if c.Entered.State != protocol.EnteredOther || len(c.Caller.Tickets) > 0 {
		d.Errorf("another customer's ticket: %+v, tickets %+v", c.Entered, c.Caller.Tickets)
	}
	id, err := anna.Send(d.ctx, protocol.TicketAppend, protocol.AppendTicket{Call: c.ID, Ticket: number})
	d.must(err)
	for m := anna.next(); ; m = anna.next() {
		if m.Re == id {
			if m.Type != protocol.Error {
				d.Errorf("the call was added to another customer's ticket: %s", m.Data)
			}
			break
		}
	}
	d.must(caller.HangUp(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Ended })
}

// changesOften has a dialplan set a variable 300 times, and others change it during the call: the last
// value wins, and the desktop is not flooded.
func (d *pbxDesk) changesOften() {
	d.Helper()
	anna := d.signIn("201")
	caller, err := d.trunk.Call(d.ctx, "74950000732", ivan, "Ivan")
	d.must(err)
	at201, err := d.anna.WaitRinging(d.ctx)
	d.must(err)
	c := anna.sees(func(c protocol.Call) bool { return c.State == protocol.Ringing && said(c) == "Contract: last" })
	if anna.updates > 100 {
		d.Errorf("the desktop got %d updates", anna.updates)
	}
	d.must(at201.Answer(d.ctx))
	anna.sees(func(now protocol.Call) bool { return now.ID == c.ID && now.State == protocol.Answered })
	d.must(at201.WaitHeard(d.ctx))
	_, linkedid, _ := strings.Cut(c.ID, ":")
	channels, err := d.pbx.CLI(d.ctx, "core show channels concise")
	d.must(err)
	for line := range strings.Lines(channels) {
		name, _, _ := strings.Cut(line, "!")
		if strings.HasSuffix(strings.TrimSpace(line), "!"+linkedid) {
			for _, value := range []string{"one", "two", "three"} {
				_, err := d.pbx.CLI(d.ctx, "dialplan set chanvar "+name+" CONTRACT "+value)
				d.must(err)
			}
		}
	}
	d.must(caller.HangUp(d.ctx))
	anna.sees(func(now protocol.Call) bool {
		return now.ID == c.ID && now.State == protocol.Ended && said(now) == "Contract: three"
	})
}
