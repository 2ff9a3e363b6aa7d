//go:build unix

package system

import (
	"path/filepath"
	"testing"
)

// isolate gives the test empty user folders and returns the settings folder.
func isolate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, below := range map[string]string{
		"HOME": "", "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "share", "XDG_RUNTIME_DIR": "",
	} {
		t.Setenv(name, filepath.Join(dir, below))
	}
	return dir
}
