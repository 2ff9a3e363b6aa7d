//go:build unix && !darwin

package platform

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// HighContrast reports whether the system requests high contrast. It asks the desktop portal of
// GNOME, KDE Plasma and others (org.freedesktop.appearance since version 2 of the interface,
// GNOME's own key before). Without a portal it is false.
func HighContrast(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer bus.Close()
	portal := bus.Object("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
	for _, key := range [][2]string{
		{"org.freedesktop.appearance", "contrast"}, {"org.gnome.desktop.a11y.interface", "high-contrast"},
	} {
		var value dbus.Variant
		if portal.CallWithContext(ctx, "org.freedesktop.portal.Settings.Read", 0, key[0], key[1]).Store(&value) != nil {
			continue
		}
		for {
			inner, wrapped := value.Value().(dbus.Variant)
			if !wrapped {
				break
			}
			value = inner
		}
		if value.Value() == uint32(1) || value.Value() == true {
			return true
		}
	}
	return false
}
