package helpdesk

import "testing"

func TestMentions(t *testing.T) {
	for _, test := range []struct {
		text, id string
		want     bool
	}{
		{"Call: main:1.2", "main:1.2", true},
		{"main:1.2.", "main:1.2", true},
		{"[main:1.2]", "main:1.2", true},
		{"main:1.25", "main:1.2", false},
		{"main:1.2.7", "main:1.2", false},
		{"main:1.25, main:1.2", "main:1.2", true},
		{"xmain:1.2", "main:1.2", false},
		{"new-main:1.2", "main:1.2", false},
		{"Call ☎main:1.2☎", "main:1.2", true},
		{"anything", "", false},
		{"", "main:1.2", false},
	} {
		if got := Mentions(test.text, test.id); got != test.want {
			t.Errorf("Mentions(%q, %q) = %v", test.text, test.id, got)
		}
	}
}
