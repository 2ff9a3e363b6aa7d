package system

import "errors"

var (
	// ErrNoBus means that there is no D-Bus session. Trays and keyrings on Linux need one.
	ErrNoBus = errors.New("no D-Bus session")
	// ErrNoTray means that the desktop shows no tray, such as stock GNOME without its AppIndicator
	// extension.
	ErrNoTray = errors.New("this desktop shows no tray icons")
)
