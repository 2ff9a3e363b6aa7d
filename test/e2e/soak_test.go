//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"

	"traybell/desktop/platform/xtest"
)

// TestDesktopMemoryIsStable shows popups and fails if the desktop uses more resources at the end
// than at the start. `measure soak` is the long run, whose table is in docs/quality.md.
func TestDesktopMemoryIsStable(t *testing.T) {
	w := &workplace{t: t}
	xtest.Start(t, "1280x800x24")
	measure := filepath.Join(t.TempDir(), "measure")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", measure, "../measure").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err = exec.CommandContext(t.Context(), measure, "soak", "-hub", w.program("traybell-hub"), "-desktop",
		w.program("traybell"), "-popups", "150", "-rows", "3").CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
