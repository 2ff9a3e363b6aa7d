// Package platform holds what differs per operating system: the native windows that show painted
// cards, the monitors, the keyring, whether there is a tray, and that the program runs once.
//
// A surface never takes the focus and lies above everything else, full-screen windows too. On X11
// (and XWayland) it is an override-redirect window drawn over our own connection, on Windows a
// layered window on a thread of its own, on macOS a non-activating panel. Hosts and surfaces may be
// used from any goroutine.
package platform
