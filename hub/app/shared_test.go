package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

// Three agents share a phone. All see it ring, and every card, the ticket and the CDR name the
// agent who presses.
func TestThreeShareAPhone(t *testing.T) {
	s := tell(t)
	s.yaml += "cdr: {grace: 1s}\n"
	agents := "agents:\n"
	for _, name := range []string{"dina", "egor", "fyodor"} {
		hash, err := argon2id.CreateHash(name+"'s own",
			&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
		if err != nil {
			t.Fatal(err)
		}
		agents += fmt.Sprintf("  - {login: %s, extensions: [\"200\"], password: \"%s\", rights: [ticket]}\n", name,
			hash)
	}
	s.yaml = strings.Replace(s.yaml, "agents:\n", agents, 1)
	s.start()
	s.working()
	dina, egor := s.signInAs("200", "dina's own"), s.signInAs("200", "egor's own")
	fyodor := s.signInAs("200", "fyodor's own")
	for name, x := range map[string]*testTerminal{"dina": dina, "egor": egor, "fyodor": fyodor} {
		if x.opened.Agent.Login != name {
			t.Errorf("%s signed in as %s", name, x.opened.Agent.Login)
		}
	}

	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000009"})
	call.Ring("200")
	at := func(name string, state protocol.State) func(protocol.Call) bool {
		return func(c protocol.Call) bool {
			return c.State == state && len(c.Legs) == 1 && c.Legs[0].Agent == name &&
				(c.Legs[0].Login == name) == (name == "egor")
		}
	}
	for _, x := range []*testTerminal{dina, egor, fyodor} {
		x.sees("the ring at all three", at("dina, egor, fyodor", protocol.Ringing))
	}
	call.Answer("200")
	c := egor.sees("the answer", at("dina, egor, fyodor", protocol.Answered))
	made := egor.ticket(c.ID)
	for _, x := range []*testTerminal{dina, fyodor} {
		x.sees("who took it", at("egor", protocol.Answered))
	}
	call.Hangup()
	dina.sees("the end", at("egor", protocol.Ended))

	var calls []map[string]string
	for calls = s.export(); len(calls) != 1 || calls[0]["state"] != "final"; calls = s.export() {
		pause(t.Context(), 20*time.Millisecond)
		if t.Context().Err() != nil {
			t.Fatalf("not final: %v", calls)
		}
	}
	if r := calls[0]; r["agent"] != "egor" || r["extension"] != "200" || r["ticket"] != made.Number {
		t.Errorf("CDR: %v", r)
	}
}
