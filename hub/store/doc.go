// Package store keeps what must survive a restart: categories, blocks, ticket requests, notes, the
// built-in ticket list, the record of every call, traces, the timeline, untracked numbers, those that
// agents save, and the audit. It owns the database file and the monthly CDR files; below it is a
// package per subject. It has no goroutine and no state outside the database. All methods may be
// called from several goroutines.
//
// Package storetest has the contract of every implementation.
package store
