// Package web serves the hub's port: the administrators' pages, metrics, a health check and the
// route to ACP. routes.go lists all routes and who may use them. The pages use no JavaScript and
// load nothing from other servers; everything that a caller can influence is escaped.
//
// The package starts no goroutines. Any goroutine may call it.
package web
