//go:build unix && !darwin

package system

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// lockedTime is how long logind may take to answer: a report to the hub waits for it.
const lockedTime = time.Second

// ScreenLocked reports whether the user's desktop is locked, or another session is in front of it,
// as logind says. Without logind it is false.
func ScreenLocked(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lockedTime)
	defer cancel()
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer bus.Close()
	get := func(of dbus.ObjectPath, kind, property string, into any) bool {
		var value dbus.Variant
		call := bus.Object("org.freedesktop.login1", of).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
			"org.freedesktop.login1."+kind, property)
		return call.Store(&value) == nil && value.Store(into) == nil
	}
	var display struct { // the session on a screen
		ID   string
		Path dbus.ObjectPath
	}
	if !get("/org/freedesktop/login1/user/self", "User", "Display", &display) || display.ID == "" {
		return false
	}
	var locked, active bool
	return get(display.Path, "Session", "LockedHint", &locked) && locked ||
		get(display.Path, "Session", "Active", &active) && !active
}
