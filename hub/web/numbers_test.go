package web_test

import (
	"testing"

	"traybell/hub/web"

	"github.com/google/go-cmp/cmp"
)

// Who enters one number where nothing was tracked would hide all other calls: the lines to enter
// keep them in sight.
func TestTheLinesToEnterHideNoOtherCalls(t *testing.T) {
	one, two := web.UntrackedNumber{YAML: "one"}, web.UntrackedNumber{YAML: "two"}
	if diff := cmp.Diff([]string{"one", "two"}, web.Entries([]web.UntrackedNumber{one, two, one, {}})); diff != "" {
		t.Errorf("beside others (-want +got):\n%s", diff)
	}
	one.Alone = true
	if diff := cmp.Diff([]string{
		"one", `  - {number: "*"}   # all others; without this line their calls are shown to nobody`,
	}, web.Entries([]web.UntrackedNumber{one})); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
	if got := web.Entries([]web.UntrackedNumber{{Alone: true}}); got != nil {
		t.Errorf("nothing that can be entered: %q", got)
	}
}
