//go:build unix && !darwin

package platform

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Tray tells whether an icon in the system's tray can be had. ErrNoBus: do not even try. ErrNoTray:
// it may come later, when somebody begins to show a tray, and is then shown by itself.
func Tray() error {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	err = trayOn(bus)
	return errors.Join(err, bus.Close())
}

func trayOn(bus *dbus.Conn) error {
	var owned bool
	if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&owned); err != nil {
		return fmt.Errorf("%w: %w", ErrNoTray, err)
	}
	if !owned {
		return ErrNoTray
	}
	return nil
}
