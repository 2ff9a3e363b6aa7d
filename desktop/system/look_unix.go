//go:build unix && !darwin

package system

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// lookTime is how long the desktop may take to answer. Some portals are slow at the start.
const lookTime = 5 * time.Second

// HighContrast reports whether the system requests high contrast. It asks the desktop portal of
// GNOME, KDE Plasma and others (org.freedesktop.appearance since version 2 of the interface,
// GNOME's own key before). Without a portal it is false.
func HighContrast(ctx context.Context) bool {
	for _, value := range portalSettings(ctx, [][2]string{
		{"org.freedesktop.appearance", "contrast"}, {"org.gnome.desktop.a11y.interface", "high-contrast"},
	}) {
		if value == uint32(1) || value == true {
			return true
		}
	}
	return false
}

// Dark reports whether the system has a dark look: by the portal, or else always.
func Dark(ctx context.Context) bool {
	const preferDark = uint32(1)
	value := portalSettings(ctx, [][2]string{{"org.freedesktop.appearance", "color-scheme"}})[0]
	return value == nil || value == preferDark
}

// portalSettings reads settings of the desktop, each by its namespace and key; nil if unknown.
func portalSettings(ctx context.Context, keys [][2]string) []any {
	values := make([]any, len(keys))
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return values
	}
	defer bus.Close()
	portal := bus.Object("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
	for i, key := range keys {
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
		values[i] = value.Value()
	}
	return values
}
