// Package web serves the hub's pages: the built-in ticket list, for those who have no help desk, and a health check. Every route stands in routes.go,
// with who may use it. The pages need no JavaScript and load nothing from elsewhere; whatever a caller can influence is escaped.
//
// The package has no goroutine of its own; what it remembers of sign-ins is behind a mutex.
package web
