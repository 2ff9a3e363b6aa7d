package app_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"
)

// plays sends a recording of the trackers' tests, with replacements.
func (s *story) plays(name string, replace ...string) {
	s.t.Helper()
	text, err := os.ReadFile("../calls/testdata/traces/" + name + ".txt")
	if err != nil {
		s.t.Fatal(err)
	}
	recording := strings.NewReader(strings.NewReplacer(replace...).Replace(string(text)))
	if err := s.pbx.Play(s.t.Context(), recording, 0); err != nil {
		s.t.Fatal(err)
	}
}

// Calls through trunks whose names are numbers come in on their lines.
func TestTrunksNamedLikeExtensions(t *testing.T) {
	s := tell(t)
	s.tracks("tracking:\n  - {number: \"74950000101\", name: Six}\n  - {number: \"101\", name: Gateway}\n")
	s.start()
	s.working()
	anna := s.signIn("101")
	for recording, line := range map[string]string{"field-sixdigits": "Six", "field-gateway701": "Gateway"} {
		s.plays(recording)
		c := anna.sees("the end of "+recording, func(c protocol.Call) bool {
			return c.State == protocol.Ended && c.Line.Name == line
		})
		if c.Direction != protocol.Incoming || c.Number != "79161234567" {
			t.Errorf("%s: %+v", recording, c)
		}
	}
	s.why([]string{"79161234567"}, "PJSIP/111111 is a trunk: its context is from-trunk",
		"SIP/701 is a trunk: its context is from-trunk")
}

// A caller from a trunk is no colleague, and may be a customer with a short number.
func TestShortNumbersFromTrunks(t *testing.T) {
	s := tell(t)
	text := customers + "boris;Boris Ivanov;b@acme.example;ACME;102;\ntown;Town hall;t@town.example;Town;23456;\n"
	if err := os.WriteFile(s.dir+"/customers.csv", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna := s.signIn("101")
	s.plays("field-spoof", "103", "102", "Boss", "Boris Ivanov")
	c := anna.sees("the spoofed call", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if c.Caller.Status != protocol.Unknown || len(c.Caller.Customers) > 0 || c.Number != "102" || c.Name != "" {
		t.Errorf("%q %q %+v", c.Number, c.Name, c.Caller)
	}
	s.plays("field-five-digits")
	c = anna.sees("the town's call", func(c protocol.Call) bool { return c.Number == "23456" && known(c) })
	if len(c.Caller.Customers) != 1 || c.Caller.Customers[0].Login != "town" {
		t.Errorf("%+v", c.Caller)
	}
}

// An endpoint without evidence is guessed, listed with the lines for hub.yml, and known after a
// reload with them.
func TestGuessedEndpoints(t *testing.T) {
	s := tell(t)
	s.start()
	s.working()
	anna := s.signIn("101")
	call := []string{"from-trunk", "custom", "79161234567", "anonymous"}
	s.plays("field-gateway701", call...)
	c := anna.sees("the end", func(c protocol.Call) bool { return c.State == protocol.Ended })
	if c.Direction != protocol.Internal {
		t.Errorf("without evidence: %+v", c)
	}
	s.why(nil, "SIP/701 is taken for a phone of the company: no evidence")
	for late := time.Now().Add(patience); ; {
		page := s.page("/numbers", nil)
		if strings.Contains(page, "SIP/701") && strings.Contains(page, `extensions: [&#34;701&#34;]`) {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("not on the page:\n%s", page)
		}
	}
	if said := s.numbers(); !strings.Contains(said, "1      SIP/701   main") ||
		!strings.Contains(said, "pbx:\n  - id: main\n    extensions: [\"701\"]\n") {
		t.Errorf("%s", said)
	}

	s.reloaded(func() {
		s.edit(func(yaml string) string {
			return strings.Replace(yaml, "pbx: [{id: main,", `pbx: [{id: main, trunks: ["7xx"],`, 1)
		})
	})
	if said := s.numbers(); strings.Contains(said, "SIP/701") {
		t.Errorf("known, but listed:\n%s", said)
	}
	s.plays("field-gateway701", append(call, "1700000000", "1800000000")...)
	c = anna.sees("the second call", func(now protocol.Call) bool {
		return now.ID != c.ID && now.State == protocol.Ended
	})
	if c.Direction != protocol.Incoming {
		t.Errorf("a trunk: %+v", c)
	}
	s.why(nil, "SIP/701 is a trunk: hub.yml, trunks: 7xx")
}
