//go:build unix

package config

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPipeIsRefused(t *testing.T) {
	for _, name := range []string{"pbx.secret", "hub.yml"} {
		files := map[string]string{
			"hub.yml":    "pbx:\n  - {id: main, address: \"127.0.0.1:5038\", username: a, password_file: pbx.secret}\n",
			"pbx.secret": "a\n",
		}
		delete(files, name)
		dir := folder(t, files)
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(filepath.Join(dir, "hub.yml"))
		if err == nil || !strings.Contains(err.Error(), name+" is not a regular file") {
			t.Errorf("with a pipe as %s: %v", name, err)
		}
	}
}
