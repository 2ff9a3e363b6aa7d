// Package locale hides locales without a language, such as C.UTF-8, from Fyne, which logs an error
// about them in its init. It is a module of its own because packages without imports are
// initialised by import path, and this one must precede fyne.io.
package locale

import (
	"os"
	"strings"
)

var names = []string{"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"}

var hidden = map[string]string{}

func init() {
	for _, name := range names {
		value := os.Getenv(name)
		first, _, _ := strings.Cut(value, ":")
		if language, _, _ := strings.Cut(first, "."); language == "C" || language == "POSIX" {
			hidden[name] = value
			_ = os.Setenv(name, "en")
		}
	}
}

// Restore restores the environment for other programs.
func Restore() {
	for name, value := range hidden {
		_ = os.Setenv(name, value)
	}
}
