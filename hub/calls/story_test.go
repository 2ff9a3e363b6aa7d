package calls_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the stories")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "stories", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the story differs (-want +got):\n%s", diff)
	}
}

// Each recording, as agents see it. With the rights of the OPC manual (read = system,call) only two
// classes of events come, but the story is the same.
func TestRecordingsTellTheirStory(t *testing.T) {
	for name, messages := range traces(t) {
		t.Run(name, func(t *testing.T) {
			tracker, told := play(messages)
			golden(t, name, told.String())
			if left := tracker.Live(); len(left) > 0 {
				t.Errorf("still live after the last hang-up: %+v", left)
			}
			var allowed []recorded
			for _, h := range messages {
				class, _, _ := strings.Cut(h.m.Get("Privilege"), ",")
				if class == "call" || class == "system" {
					allowed = append(allowed, h)
				}
			}
			_, few := play(allowed)
			if diff := cmp.Diff(told.String(), few.String()); diff != "" {
				t.Errorf("with read = system,call (-all +few):\n%s", diff)
			}
		})
	}
}
