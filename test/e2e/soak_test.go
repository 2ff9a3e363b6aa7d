//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"

	"traybell/desktop/platform/xtest"
)

// TestTheDesktopDoesNotGrow lets calls pop up and go, and fails where the desktop holds more at the
// end than at the beginning. The long run is `measure soak`, whose table is in docs/quality.md.
func TestTheDesktopDoesNotGrow(t *testing.T) {
	w := &workplace{t: t}
	xtest.Start(t, "1280x800x24")
	measure := filepath.Join(t.TempDir(), "measure")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", measure, "../measure").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), measure, "soak", "-hub", w.program("traybell-hub"), "-desktop",
		w.program("traybell"), "-popups", "150", "-rows", "3").CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
