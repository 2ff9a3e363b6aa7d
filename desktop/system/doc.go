// Package system connects the program with the operating system and the desktop environment: the
// keyring, start at sign-in, URL schemes, notifications, the tray, the proxy and the single
// instance. Everything is safe for concurrent use.
package system
