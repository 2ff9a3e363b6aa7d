package build

import (
	"strings"
	"testing"
)

// The result of a test may look like the name of a package.
func TestGoPrintsWhatItDoesNotCount(t *testing.T) {
	const results = "go: downloading example.com/m v1.0.0\n?   \ttraybell/x\t[no test files]\n--- FAIL: TestX\nFAIL"
	for command, want := range map[string]string{"test": "--- FAIL: TestX|FAIL", "build": "--- FAIL: TestX"} {
		var printed []string
		w := &watch{note: count(command), print: func(line string) { printed = append(printed, line) }}
		for _, part := range strings.SplitAfter(results, "m") { // in pieces, as a pipe delivers it
			_, _ = w.Write([]byte(part))
		}
		w.flush()
		if got := strings.Join(printed, "|"); got != want {
			t.Errorf("go %s: printed %q, want %q", command, got, want)
		}
	}
}
