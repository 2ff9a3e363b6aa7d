package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

const trackedNumbers = `tracking:
  - {number: "84950000001", name: Support, comment: "Say hello", teams: [support], ticket: support}
  - {number: "74950000002", name: Sales, agents: [boris], show: bound, ticket: sales}
  - {number: "_7812XXXXXXX", name: Petersburg, comment: "Ask for the branch"}
ticket_templates:
  support: {queue: Raw, title: "{{.Line.Name}}: {{.Caller.Name}}"}
  sales: {queue: Sales, title: "Sale to {{.Caller.Name}}"}
`

// tracks replaces tracking in hub.yml and puts Boris into another team.
func (s *story) tracks(text string) {
	s.t.Helper()
	before, rest, _ := strings.Cut(s.yaml, "tracking:\n")
	_, after, ok := strings.Cut(rest, "directories:")
	person, boris, also := strings.Cut(before, "login: boris")
	if !ok || !also {
		s.t.Fatal("hub.yml has changed")
	}
	before = person + "login: boris" + strings.Replace(boris, "[support]", "[sales]", 1)
	s.yaml = before + text + "directories:" + after
}

// rang calls a number, lets 101 and 102 ring, and ends the call. It returns who saw it, and the
// card.
func (s *story) rang(did string, desks map[string]*testTerminal) (shown []string, card protocol.Call) {
	s.t.Helper()
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: did})
	call.Ring("101", "102")
	call.GiveUp()
	// after a call that all see, the one before is processed
	for name, x := range desks {
		mark := s.pbx.Incoming(amitest.Incoming{Number: "89990000000", DID: "78120000000"})
		mark.Ring("101", "102")
		mark.GiveUp()
		seen := false
		x.sees("the mark's end", func(c protocol.Call) bool {
			if c.ID == "main:"+call.Linkedid() {
				if card = c; !seen {
					seen = true
					shown = append(shown, name)
				}
			}
			return c.ID == "main:"+mark.Linkedid() && c.State == protocol.Ended
		})
	}
	slices.Sort(shown)
	return shown, card
}

func TestTrackingSaysWhoseCallsTheyAre(t *testing.T) {
	s := tell(t)
	s.tracks(trackedNumbers)
	s.start()
	s.working()
	desks := map[string]*testTerminal{"anna": s.signIn("101"), "boris": s.signIn("102")}
	for _, c := range []struct {
		did, shown, line, comment string
	}{
		{"74950000001", "anna", "Support", "Say hello"}, // 8 in hub.yml, 7 in the call; not Boris's team
		{"74950000002", "boris", "Sales", ""},
		{"78121234567", "anna boris", "Petersburg", "Ask for the branch"},
		{"74950000009", "", "", ""},
		{"74950000009", "", "", ""},
	} {
		shown, card := s.rang(c.did, desks)
		if strings.Join(shown, " ") != c.shown || card.Line.Name != c.line || card.Line.Comment != c.comment {
			t.Errorf("%s: shown to %v on the line %+v; want %+v", c.did, shown, card.Line, c)
		}
	}
	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000002"})
	call.Ring("101") // rings at Anna's phone, concerns Boris
	c := desks["boris"].sees("his line's call", func(c protocol.Call) bool {
		return c.ID == "main:"+call.Linkedid() && known(c)
	})
	made := desks["boris"].ticket(c.ID)
	if page := s.page("/tickets/"+made.Number, nil); !strings.Contains(page, "Sale to Ivan Ivanov") ||
		!strings.Contains(page, "Sales") {
		t.Errorf("not the line's template:\n%s", page)
	}
	call.GiveUp()

	page := ""
	for late := time.Now().Add(patience); !strings.Contains(page, ">2<") && time.Now().Before(late); {
		page = s.page("/numbers", nil)
	}
	for _, want := range []string{
		">2<", `state bad">no<`, `- {number: &#34;74950000009&#34;, name: &#34;74950000009&#34;}`, `href="/pbx"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "7812") || strings.Contains(page, "74950000002") {
		t.Errorf("tracked numbers on the page:\n%s", page)
	}

	// tracked numbers disappear from the list of the command
	said := s.numbers()
	if !strings.Contains(said, "2      74950000009  main") || !strings.Contains(said,
		`  - {number: "74950000009", name: "74950000009"}`) || !strings.Contains(said, "no agent") {
		t.Errorf("%s", said)
	}
	s.tracks(trackedNumbers[:len("tracking:\n")] + "  - {number: \"*\"}\n" + trackedNumbers[len("tracking:\n"):])
	if said = s.numbers(); !strings.Contains(said, "who are in the * entry") {
		t.Errorf("%s", said)
	}
	s.tracks(trackedNumbers[:len("tracking:\n")] + "  - {number: \"+74950000009\"}\n" +
		trackedNumbers[len("tracking:\n"):])
	if said = s.numbers(); !strings.Contains(said, "Every number") {
		t.Errorf("%s", said)
	}
}

// numbers writes hub.yml and returns the output of the command.
func (s *story) numbers() string {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(s.yaml), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return s.must("numbers")
}
