// Package platform holds what differs per operating system: native windows for painted cards,
// monitors, global hotkeys, notifications, the keyring, the tray, URL schemes, autostart and the
// single instance.
//
// A surface never takes the focus and stays above all other windows, including full-screen ones. On
// X11 (and XWayland) it is an override-redirect window on a separate connection, on Windows a
// layered window owned by a thread of the host, on macOS a non-activating panel. Hosts and surfaces
// are safe for concurrent use.
package platform
