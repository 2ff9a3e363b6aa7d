// Package web serves the hub's port: pages for administrators about tickets, calls, PBXs,
// directories and numbers that are not tracked, metrics, a health check, and the desktops' way to
// ACP. Every route stands in routes.go, with who may use it. The pages need no JavaScript and load
// nothing from elsewhere; whatever a caller can influence is escaped.
//
// The package has no goroutine of its own; what it remembers of sign-ins is behind a mutex.
package web
