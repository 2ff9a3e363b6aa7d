//go:build unix && !darwin

package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"traybell/shared/bounded"
	"traybell/shared/replace"
)

// entry returns a file of the Desktop Entry Specification that starts the command.
func entry(c Command, suffix string, more ...string) string {
	words := []string{quoteExec(c.Program)}
	for _, a := range c.Args {
		words = append(words, quoteExec(a))
	}
	if suffix != "" {
		words = append(words, suffix)
	}
	lines := append([]string{
		"[Desktop Entry]", "Type=Application", "Name=traybell", "Comment=Shows who is calling",
		"Comment[ru]=Показывает, кто звонит", "Icon=traybell", "Terminal=false",
		"Exec=" + strings.Join(words, " "),
	}, more...)
	return strings.Join(lines, "\n") + "\n"
}

// quoteExec writes an argument of Exec: inside quotes some characters need a backslash, and % is
// doubled; then the whole is a string value, in which backslashes are doubled again. Arguments are
// quoted only where needed, as xdg-open takes quotes literally on desktops it does not know.
func quoteExec(word string) string {
	if plain.MatchString(word) {
		return word
	}
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(word)
	return strings.NewReplacer(`\`, `\\`, "%", "%%", "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(`"` + word + `"`)
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@,+-]+$`)

// replaceFile writes a file atomically, following a symbolic link.
func replaceFile(path, text string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return replace.Mode(path, []byte(text), 0o644)
}

// remove removes a file if it exists.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// maxEntry limits the bytes of a desktop entry, which has some hundreds.
const maxEntry = 64 << 10

// read returns a file's text, empty if there is no file.
func read(path string) (string, error) {
	text, err := bounded.ReadFile(path, maxEntry)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// dataHome returns the user's data folder (XDG Base Directory Specification).
func dataHome() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find data folder: %w", err)
	}
	return filepath.Join(home, ".local", "share"), nil
}
