//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestScriptsOfPackages reads the scripts of packages with shellcheck: those for macOS never run
// here, those of deb and rpm run as root.
func TestScriptsOfPackages(t *testing.T) {
	var scripts []string
	for _, pattern := range []string{"macos/*.sh", "windows/*.sh", "linux/hub.p*", "linux/desktop.refresh"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "packaging", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		scripts = append(scripts, found...)
	}
	if out, err := exec.CommandContext(t.Context(), "shellcheck", scripts...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
