package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Fyne logs an error in its init about a locale without a language.
func TestLocaleWithoutLanguage(t *testing.T) {
	for _, locale := range []string{"C", "C.UTF-8", "POSIX", "en_US.UTF-8", ""} {
		start := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		start.Env = append(os.Environ(), "LC_ALL=", "LC_MESSAGES=", "LANGUAGE=", "LANG="+locale)
		out, err := start.CombinedOutput()
		if err != nil || strings.Contains(string(out), "locale") {
			t.Errorf("LANG=%s: %v\n%s", locale, err, out)
		}
	}
}
