// Package api is the REST interface of the hub: the commands of package admin under /api/1,
// described by an OpenAPI document that is generated from the Go types. Programs sign in with a
// token of hub.yml, browsers with the session of the pages. Errors are problem details (RFC 9457).
//
// The package starts no goroutines. Any goroutine may call it.
package api
