// Package store keeps what must survive a restart: categories, presses of OK, and the built-in ticket list. It owns the database file and nothing
// else: no goroutine, no cache. All methods may be called at once from several goroutines.
//
// The database is SQLite in WAL mode, without cgo. There is one connection that writes, so that writers wait for each other in Go and not in
// SQLite's busy loop, and a few that read beside it. What storetest asks of a store holds for every database behind it.
package store
