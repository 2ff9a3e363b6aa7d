package callpage

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/happened"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// office is a hub with a line that has pages.
type office struct {
	*Service
	t      *testing.T
	now    time.Time
	online map[string]bool
	got    []string  // "login page url", without the token
	hash   string    // of all passwords
	ended  time.Time // all sessions
	tokens []string
}

func open(t *testing.T, pages tracking.Pages) *office {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tracking.New([]tracking.Line{
		{Number: "500", Pages: pages}, {Number: "*"},
	}, numbers)
	if err != nil {
		t.Fatal(err)
	}
	agents := staff.New([]staff.Agent{
		{Login: "anna", Name: "Anna", Extensions: []string{"101", "200"}},
		{Login: "boris", Name: "Boris", Extensions: []string{"102", "200"}},
	})
	o := &office{
		t: t, now: time.Unix(1_800_000_000, 0), hash: "hash",
		online: map[string]bool{"anna": true, "boris": true},
	}
	o.Service = New(Options{
		Rules: func() Rules { return Rules{Staff: agents, Lines: lines} },
		Send: func(login, extension string, m protocol.Message) bool {
			if !o.online[login] {
				return false
			}
			var page protocol.OpenPage
			if err := m.Decode(&page); err != nil {
				t.Fatal(err)
			}
			address, token, _ := strings.Cut(page.URL, "#token=")
			o.got = append(o.got, strings.Join([]string{login, extension, string(page.Page), address}, " "))
			if token != "" {
				o.tokens = append(o.tokens, token)
			}
			return true
		},
		Password: func(_ string, since time.Time) string {
			if !since.After(o.ended) {
				return ""
			}
			return o.hash
		},
		Key: []byte("key"), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return o.now },
	})
	return o
}

func template(t *testing.T, text string) *link.Template {
	t.Helper()
	parsed, err := link.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func incoming(state protocol.State, legs ...protocol.Leg) protocol.Call {
	return protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: state, Number: "84951234567", DID: "500", Legs: legs,
		Caller: protocol.Caller{Status: protocol.Unknown},
	}
}

func leg(extension string, state protocol.State) protocol.Leg {
	return protocol.Leg{Extension: extension, State: state}
}

// shown shows a call to the agents at its extensions.
func (o *office) shown(c protocol.Call, now bool) {
	var agents []string
	for _, l := range c.Legs {
		for _, a := range o.o.Rules().Staff.At(l.Extension) {
			agents = append(agents, a.Login)
		}
	}
	o.Shown(happened.Call{Call: c, Agents: agents, Now: now})
}

func (o *office) opened(want ...string) {
	o.t.Helper()
	if !slices.Equal(o.got, want) {
		o.t.Errorf("opened %q, want %q", o.got, want)
	}
	o.got = nil
}

func TestPagesOpenOnceForEachAgent(t *testing.T) {
	script := template(t, "https://crm.example.com/s?n=<PIM_CID>")
	for name, story := range map[string]struct {
		pages tracking.Pages
		play  func(o *office)
	}{
		"on ring: each agent whose phone rings": {
			tracking.Pages{Script: script, OpenScript: tracking.OnRing}, func(o *office) {
				o.shown(incoming(protocol.Ringing, leg("101", protocol.Ringing)), true)
				o.shown(incoming(protocol.Ringing, leg("101", protocol.Ringing), leg("102", protocol.Ringing)), true)
				o.shown(incoming(protocol.Answered, leg("101", protocol.Answered), leg("102", protocol.Ended)), true)
				o.opened("anna 101 script https://crm.example.com/s?n=84951234567",
					"boris 102 script https://crm.example.com/s?n=84951234567")
			},
		},
		"on answer: who answers": {
			tracking.Pages{Script: script, OpenScript: tracking.OnAnswer}, func(o *office) {
				o.shown(incoming(protocol.Ringing, leg("101", protocol.Ringing), leg("102", protocol.Ringing)), true)
				o.opened()
				o.shown(incoming(protocol.Answered, leg("101", protocol.Ended), leg("102", protocol.Answered)), true)
				o.shown(incoming(protocol.Held, leg("101", protocol.Ended), leg("102", protocol.Held)), true)
				o.opened("boris 102 script https://crm.example.com/s?n=84951234567")
			},
		},
		"a shared extension: the agent who took it": {
			tracking.Pages{Script: script, OpenScript: tracking.OnAnswer}, func(o *office) {
				taken := leg("200", protocol.Answered)
				taken.Login = "boris"
				o.shown(incoming(protocol.Answered, taken), true)
				o.opened("boris 200 script https://crm.example.com/s?n=84951234567")
			},
		},
		"by a press only": {
			tracking.Pages{Script: script, OpenScript: tracking.OnPress}, func(o *office) {
				o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), true)
				o.opened()
				page, err := o.Script(o.t.Context(), staff.Agent{Login: "anna", Extensions: []string{"101"}}, "main:1")
				if err != nil || page.Page != protocol.PageScript {
					o.t.Errorf("%+v, %v", page, err)
				}
				if _, err := o.Script(o.t.Context(), staff.Agent{Login: "boris"}, "main:1"); err == nil {
					o.t.Error("the page of another agent's call opens")
				}
			},
		},
		"after the caller is looked up": {
			tracking.Pages{
				Script:     template(t, "https://crm.example.com/<PIM_CUSTOMER_UserLogin>"),
				OpenScript: tracking.OnRing,
			},
			func(o *office) {
				c := incoming(protocol.Ringing, leg("101", protocol.Ringing))
				c.Caller.Status = protocol.Looking
				o.shown(c, true)
				o.opened()
				c.Caller = protocol.Caller{Status: protocol.Known, Customers: []protocol.Customer{{Login: "a/b?c"}}}
				o.shown(c, true)
				o.opened("anna 101 script https://crm.example.com/a%2Fb%3Fc")
			},
		},
		"a link without a value does not open": {
			tracking.Pages{Pop: "ticket", OpenPop: tracking.OnRing}, func(o *office) {
				c := incoming(protocol.Ringing, leg("101", protocol.Ringing))
				o.shown(c, true)
				o.opened()
				c.Links.Ticket = "https://desk.example.com/new"
				o.shown(c, true)
				o.shown(c, true)
				o.opened("anna 101 ticket https://desk.example.com/new")
			},
		},
		"an agent without a desktop gets it at the sign-in, once": {
			tracking.Pages{Script: script, OpenScript: tracking.OnRing}, func(o *office) {
				o.online["anna"] = false
				o.shown(incoming(protocol.Ringing, leg("101", protocol.Ringing)), true)
				o.opened()
				o.online["anna"] = true
				o.SignedIn("boris")
				o.opened()
				o.SignedIn("anna")
				o.SignedIn("anna")
				o.opened("anna 101 script https://crm.example.com/s?n=84951234567")
			},
		},
		"a call that the hub finds at its start has its page": {
			tracking.Pages{Script: script, OpenScript: tracking.OnAnswer}, func(o *office) {
				o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), false)
				o.shown(incoming(protocol.Held, leg("101", protocol.Held)), true)
				o.opened()
			},
		},
		"a call that rings at the start opens when it is answered": {
			tracking.Pages{Script: script, OpenScript: tracking.OnAnswer}, func(o *office) {
				o.shown(incoming(protocol.Ringing, leg("101", protocol.Ringing)), false)
				o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), true)
				o.opened("anna 101 script https://crm.example.com/s?n=84951234567")
			},
		},
		"another line has none": {
			tracking.Pages{Script: script, OpenScript: tracking.OnRing}, func(o *office) {
				c := incoming(protocol.Ringing, leg("101", protocol.Ringing))
				c.DID = "501"
				o.shown(c, true)
				o.opened()
			},
		},
	} {
		t.Run(name, func(t *testing.T) { story.play(open(t, story.pages)) })
	}
}

func TestTokenIsForOneCallAndEndsAfterIt(t *testing.T) {
	o := open(t, tracking.Pages{Script: template(t, "https://crm.example.com/"), OpenScript: tracking.OnAnswer})
	// no placeholder: the page opens for each call
	o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), true)
	if len(o.tokens) != 1 {
		t.Fatalf("opened %q", o.got)
	}
	token := o.tokens[0]
	if login, id, err := o.Grant(token); login != "anna" || id != "main:1" || err != nil {
		t.Errorf("%s %s %v", login, id, err)
	}
	for i := range token { // no change of it is another token
		changed := []byte(token)
		changed[i]++
		if _, _, err := o.Grant(string(changed)); err == nil && i < len(token)-1 { // the last letter has spare bits
			t.Errorf("%s is accepted", changed)
		}
	}
	other := open(t, tracking.Pages{})
	if _, _, err := other.Grant(token); err == nil {
		t.Error("a hub that does not know the call accepts its token")
	}
	o.shown(incoming(protocol.Ended, leg("101", protocol.Ended)), true)
	o.now = o.now.Add(afterEnd)
	if _, _, err := o.Grant(token); err != nil {
		t.Errorf("soon after the call: %v", err)
	}
	o.now = o.now.Add(time.Second)
	if _, _, err := o.Grant(token); err == nil {
		t.Error("it is valid for ever")
	}
	if _, err := o.Script(t.Context(), staff.Agent{Login: "anna"}, "main:1"); err == nil {
		t.Error("the page opens long after the call")
	}
	long := incoming(protocol.Answered, leg("101", protocol.Answered))
	long.ID = "main:2"
	o.shown(long, true)
	if len(o.calls) != 2 {
		t.Errorf("%d calls are kept", len(o.calls))
	}
	long.State = protocol.Ended
	o.shown(long, true)
	if len(o.calls) != 1 {
		t.Errorf("%d calls are kept after the next end", len(o.calls))
	}
}

func TestOnlySitesOfScriptsMaySendRequests(t *testing.T) {
	o := open(t, tracking.Pages{Script: template(t, "https://CRM.example.com:8443/s?n=<PIM_CID>")})
	for origin, want := range map[string]bool{
		"https://crm.example.com:8443": true, "https://crm.example.com": false, "http://crm.example.com:8443": false,
		"https://evil.example.com": false, "null": false, "": false,
	} {
		if o.Origin(origin) != want {
			t.Errorf("%q: %t", origin, !want)
		}
	}
}

func TestTokenEndsWithThePasswordAndTheSessions(t *testing.T) {
	o := open(t, tracking.Pages{Script: template(t, "https://crm.example.com/"), OpenScript: tracking.OnAnswer})
	o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), true)
	token := o.tokens[0]
	valid := func() bool {
		_, _, err := o.Grant(token)
		return err == nil
	}
	if !valid() {
		t.Fatal("a new token is not valid")
	}
	o.hash = "another"
	if valid() {
		t.Error("it is valid after the agent got another password")
	}
	o.hash = "hash"
	o.ended = o.now
	if valid() {
		t.Error("it is valid after the sign-out of all sessions")
	}
	o.now = o.now.Add(time.Second)
	page, err := o.Script(t.Context(), staff.Agent{Login: "anna", Extensions: []string{"101"}}, "main:1")
	if _, token, _ = strings.Cut(page.URL, "#token="); err != nil || !valid() {
		t.Errorf("a later token is not valid: %v", err)
	}
}

func TestDataOfTheCardEndWithTheCall(t *testing.T) {
	script := template(t, "https://crm.example.com/?pin=<PIM_VAR_pin>&contract=<PIM_VAR_contract>")
	o := open(t, tracking.Pages{Script: script})
	c := incoming(protocol.Answered, leg("101", protocol.Answered))
	c.Data = []protocol.CallDatum{{Name: "pin", Value: "1234", Fleeting: true}, {Name: "contract", Value: "77"}}
	c.Links.CID = "https://crm.example.com/1234"
	anna := staff.Agent{Login: "anna", Extensions: []string{"101"}}
	o.shown(c, true)
	page, err := o.Script(t.Context(), anna, c.ID)
	if err != nil || !strings.Contains(page.URL, "pin=1234&contract=77") {
		t.Errorf("during the call: %s, %v", page.URL, err)
	}
	c.State = protocol.Ended
	for range 2 { // a later change, such as its ticket's, brings the data again
		o.shown(c, true)
		page, err = o.Script(t.Context(), anna, c.ID)
		if err != nil || !strings.Contains(page.URL, "pin=&contract=77") {
			t.Errorf("after the call: %s, %v", page.URL, err)
		}
		if kept, _ := o.Call(c.ID); len(kept.Data) != 1 || kept.Links.CID != "" {
			t.Errorf("kept: %+v, %+v", kept.Data, kept.Links)
		}
	}
}
