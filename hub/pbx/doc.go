// Package pbx talks to PBXs: it keeps the connections, finds out what the manager users may do,
// feeds the trackers with events and snapshots, and sends the actions.
//
// Each PBX has one goroutine, that of Run; it owns the PBX's trackers and calls them. Everything
// else may be called from any goroutine.
package pbx
