package platform

import "errors"

var (
	// ErrNoBus means that there is no D-Bus session, without which there are neither trays nor
	// keyrings on Linux.
	ErrNoBus = errors.New("no D-Bus session")
	// ErrNoTray means that this desktop shows no tray (stock GNOME, for one, without its
	// AppIndicator extension).
	ErrNoTray = errors.New("this desktop shows no tray icons")
)
