// Package platform holds the windows that differ per operating system: native windows for painted
// cards, monitors and global hotkeys.
//
// A surface never takes the focus and stays above all other windows, including full-screen ones. On
// X11 (and XWayland) it is an override-redirect window on a separate connection, on Windows a
// layered window owned by a thread of the host, on macOS a non-activating panel. Hosts and surfaces
// are safe for concurrent use.
package platform
