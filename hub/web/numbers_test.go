package web_test

import (
	"testing"

	"traybell/hub/web"

	"github.com/google/go-cmp/cmp"
)

// The first tracking entry must not hide all other calls.
func TestEntriesKeepOtherCallsVisible(t *testing.T) {
	one, two := web.UntrackedNumber{YAML: "one"}, web.UntrackedNumber{YAML: "two"}
	if diff := cmp.Diff([]string{"one", "two"}, web.Entries([]web.UntrackedNumber{one, two, one, {}})); diff != "" {
		t.Errorf("with tracking (-want +got):\n%s", diff)
	}
	one.Alone = true
	if diff := cmp.Diff([]string{
		"one", `  - {number: "*"}   # all others; without this line no agent sees their calls`,
	}, web.Entries([]web.UntrackedNumber{one})); diff != "" {
		t.Errorf("without tracking (-want +got):\n%s", diff)
	}
	if got := web.Entries([]web.UntrackedNumber{{Alone: true}}); got != nil {
		t.Errorf("number that cannot be tracked: %q", got)
	}
}
