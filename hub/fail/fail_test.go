package fail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"traybell/shared/protocol"
)

// An agent's sentence is short and has no word of the systems behind the hub.
func TestTexts(t *testing.T) {
	for problem, k := range known {
		text := Text(problem, "X")
		if k.code == "" || !strings.HasSuffix(k.text, ".") || len(k.text) > 90 || strings.Contains(text, "%") {
			t.Errorf("%s: %q", problem, text)
		}
		for _, word := range []string{"hub.yml", "AMI", "manager", "tcp", "Asterisk", "CallerID", "directory"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: %q contains %q", problem, text, word)
			}
		}
	}
}

func TestErrorIsForAdministratorsAndTextForAgents(t *testing.T) {
	err := New(protocol.NumberProtected, "101").Because(errors.New("dial tcp 192.0.2.1")).Explain("See %s.", "hub.yml")
	f := Of(fmt.Errorf("block: %w", err))
	if f.Text != "101 is protected and cannot be blocked." || f.Error() != "See hub.yml. dial tcp 192.0.2.1" ||
		f.Code != Forbidden || f.Retry {
		t.Errorf("%+v", f)
	}
	if f := Of(errors.New("dial tcp 192.0.2.1")); f.Problem != protocol.HubFailed || f.Code != Internal || !f.Retry ||
		strings.Contains(f.Text, "dial") {
		t.Errorf("%+v", f)
	}
}
