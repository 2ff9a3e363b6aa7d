// Package sqlite opens the database file and has what the stores on it share: prepared statements,
// columns of structs, times, claims and the meaning of errors. It knows no table but goose's.
//
// The database is SQLite in WAL mode, without cgo. One connection writes, so that writers wait for
// each other in Go and not in SQLite's busy loop; a few others read.
package sqlite
