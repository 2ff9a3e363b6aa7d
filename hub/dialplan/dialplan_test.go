package dialplan

import (
	"errors"
	"testing"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

func plan(t testing.TB) *Plan {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Plan{
		Rules: Rules{
			Context: "from-internal", Form: phone.National, Prefix: "9", Emergency: []string{"112"},
			Allow: []Allowed{
				{Numbers: []string{"_+7495XXXXXXX", "_0X."}},
				{Numbers: []string{"_+7.", "+442079460000"}, Teams: []string{"sales"}},
				{Numbers: []string{"*"}, Teams: []string{"bosses"}},
			},
			Lines: []Line{
				{Name: "Support", CallerID: "74950000001"},
				{Name: "Sales", CallerID: "74950000002", Prefix: "81", Form: phone.Digits, Teams: []string{"sales"}},
			},
		},
		Numbers: numbers,
		Inside:  func(number string) bool { return number == "101" || number == "*45" },
		Colleagues: func(name string) []string {
			return map[string][]string{
				"Анна": {"101"}, "O'Brien-Sims": {"103"}, "An": {"101", "103"},
				"Odd": {"1,1"},
			}[name]
		},
	}
}

func TestWhatAgentsMayDial(t *testing.T) {
	for _, c := range []struct {
		team, typed, line string
		exten, callerID   string
		problem           protocol.Problem
	}{
		{typed: "101", exten: "101"},
		{typed: " 101 ", exten: "101"},
		{typed: "102", problem: protocol.DialForbidden}, // no extension of the company
		{typed: "112", exten: "112"},
		{typed: "+7 (495) 123-45-67", exten: "984951234567"},
		{typed: "8 495 123 45 67", exten: "984951234567"},
		{typed: "84951234567", line: "Support", exten: "984951234567", callerID: "74950000001"},
		{typed: "84951234567", line: "Sales", problem: protocol.DialLine}, // of another team
		{team: "sales", typed: "84951234567", line: "Sales", exten: "8174951234567", callerID: "74950000002"},
		{typed: "8 916 123 45 67", problem: protocol.DialForbidden},
		{team: "sales", typed: "8 916 123 45 67", exten: "989161234567"},
		{team: "sales", typed: "810 44 20 7946 0000", exten: "9810442079460000"},
		{team: "sales", typed: "810 44 20 7946 0001", problem: protocol.DialForbidden},
		{team: "bosses", typed: "+1 900 555 0100", exten: "981019005550100"},
		{typed: "0611", exten: "0611"}, // short numbers have no prefix
		{team: "bosses", typed: "*45", exten: "*45"},
		{typed: "", problem: protocol.DialInvalid},
		{typed: "anonymous", problem: protocol.DialNobody},
		{typed: "Анна", exten: "101"},
		{typed: " O'Brien-Sims ", exten: "103"},
		{typed: "An", problem: protocol.DialAmbiguous},
		{typed: "Odd", problem: protocol.DialInvalid},
		{team: "bosses", typed: "100,1,System(id)", problem: protocol.DialInvalid},
		{team: "bosses", typed: "100&PJSIP/trunk", problem: protocol.DialInvalid},
		{team: "bosses", typed: "${SHELL(id)}", problem: protocol.DialInvalid},
		{team: "bosses", typed: "7@from-trunk", exten: "7"}, // the user of an address
		{team: "bosses", typed: "101\r\nExten: 900", problem: protocol.DialInvalid},
	} {
		a := staff.Agent{Login: "anna", Teams: []string{c.team}}
		d, err := plan(t).Read(a, c.typed, c.line)
		var problem protocol.Problem
		if failed := new(fail.Error); errors.As(err, &failed) {
			problem = failed.Problem
		}
		if problem != c.problem || err == nil && (d.Exten != c.exten || d.CallerID != c.callerID) {
			t.Errorf("%q in team %q with line %q: %+v, %v", c.typed, c.team, c.line, d, err)
		}
	}
}

// Whatever is typed, what reaches the PBX is a number, and one that a colleague without rights for
// numbers outside may not dial is an extension or an emergency number.
func FuzzRead(f *testing.F) {
	for _, typed := range []string{"101", "+74951234567", "112", "1,1", "${X}", "a\r\nb", "tel:+74951234567;ext=1"} {
		f.Add(typed)
	}
	p := plan(f)
	strict := plan(f)
	strict.Allow = nil
	f.Fuzz(func(t *testing.T, typed string) {
		for _, team := range []string{"", "sales", "bosses"} {
			d, err := p.Read(staff.Agent{Teams: []string{team}}, typed, "")
			if err == nil && !safe.MatchString(d.Exten) {
				t.Errorf("%q reaches the PBX as %q", typed, d.Exten)
			}
		}
		if d, err := strict.Read(staff.Agent{}, typed, ""); err == nil && d.Exten != "112" && d.Exten != "103" &&
			!strict.Inside(d.Exten) {
			t.Errorf("%q reaches the PBX as %q without a permission", typed, d.Exten)
		}
	})
}
