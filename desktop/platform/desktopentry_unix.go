//go:build unix && !darwin

package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// entry is a file as the Desktop Entry Specification describes it, that starts the command.
func entry(c Command, behind string, more ...string) string {
	words := []string{quoteExec(c.Program)}
	for _, a := range c.Args {
		words = append(words, quoteExec(a))
	}
	if behind != "" {
		words = append(words, behind)
	}
	lines := append([]string{
		"[Desktop Entry]", "Type=Application", "Name=traybell", "Comment=Shows who is calling",
		"Comment[ru]=Показывает, кто звонит", "Icon=traybell", "Terminal=false",
		"Exec=" + strings.Join(words, " "),
	}, more...)
	return strings.Join(lines, "\n") + "\n"
}

// quoteExec writes a word of Exec: within quotes some signs want a backslash, a % is doubled, and
// then the whole is a string in which a backslash is doubled once more. What needs no quotes has
// none: xdg-open on a desktop that it does not know takes them for a part of the name.
func quoteExec(word string) string {
	if plain.MatchString(word) {
		return word
	}
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(word)
	return strings.NewReplacer(`\`, `\\`, "%", "%%", "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(`"` + word + `"`)
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@,+-]+$`)

// replaceFile writes a file whole or not at all, through a link where it is one.
func replaceFile(path, text string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".traybell-*")
	if err != nil {
		return err
	}
	_, err = next.WriteString(text)
	err = errors.Join(err, next.Chmod(0o644), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		_ = os.Remove(next.Name())
	}
	return err
}

// remove removes a file that need not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// read is a file's text, empty where there is none.
func read(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// dataHome is the user's folder for programs' files (XDG Base Directory Specification).
func dataHome() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the user's folder of programs: %w", err)
	}
	return filepath.Join(home, ".local", "share"), nil
}
