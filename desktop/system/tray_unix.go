//go:build unix && !darwin

package system

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Tray reports whether tray icons work. After ErrNoBus they never will. After ErrNoTray the icon is
// shown as soon as a tray appears.
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
	call := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher")
	if err := call.Store(&owned); err != nil {
		return fmt.Errorf("%w: %w", ErrNoTray, err)
	}
	if !owned {
		return ErrNoTray
	}
	return nil
}
