//go:build unix && !darwin

package platform

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The file is the Desktop Application Autostart Specification's. A desktop's own tool switches an
// entry off by one of these lines.
var autostartOff = []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"}

func autostartPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("autostart: %w", err)
	}
	return filepath.Join(dir, "autostart", "traybell.desktop"), nil
}

// Enabled tells whether the program starts when this user signs in.
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

// Set has the program start when this user signs in, or no longer.
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
