//go:build unix && !darwin

package system

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The file follows the Desktop Application Autostart Specification. Desktop tools disable an entry
// with one of these lines.
var autostartOff = []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"}

func autostartPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("autostart: %w", err)
	}
	return filepath.Join(dir, "autostart", "traybell.desktop"), nil
}

// Enabled reports whether the program starts when this user signs in.
func (a Autostart) Enabled() (bool, error) {
	path, err := autostartPath()
	if err != nil {
		return false, err
	}
	text, err := read(path)
	if err != nil {
		return false, fmt.Errorf("autostart: %w", err)
	}
	on := strings.Contains(text, "[Desktop Entry]")
	for line := range strings.Lines(text) {
		for _, off := range autostartOff {
			if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), off) {
				on = false
			}
		}
	}
	return on, nil
}

// Set enables or disables the start at sign-in.
func (a Autostart) Set(on bool) error {
	path, err := autostartPath()
	if err == nil && on {
		err = replaceFile(path, entry(a.Command, "", "X-GNOME-Autostart-enabled=true"))
	} else if err == nil {
		err = remove(path)
	}
	if err != nil {
		return fmt.Errorf("autostart: %w", err)
	}
	return nil
}
