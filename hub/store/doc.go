// Package store keeps what must survive a restart: categories, blocks, presses of OK, the built-in
// ticket list, the record of every call, and for a while their traces and the numbers that are not
// tracked. It owns the database file and the monthly files of the CDR and nothing else: no
// goroutine, and no fact that is not in the database. All methods may be called at once from
// several goroutines.
//
// The database is SQLite in WAL mode, without cgo. There is one connection that writes, so that
// writers wait for each other in Go and not in SQLite's busy loop, and a few that read beside it.
// What storetest asks of a store holds for every database behind it.
//
// A line of pim_cdr_YYYYMM.log, the month being that in which the call ended, has 14 fields between
// |:
//
//	 1  start          2006-01-02 15:04:05, in local time, as all times
//	 2  answer         empty where nobody answered
//	 3  end
//	 4  direction      incoming, outgoing, internal
//	 5  number         the other party's; empty when withheld
//	 6  name           the CallerID name
//	 7  DID            the number called, of incoming calls
//	 8  extension      see desk.Record.Extension
//	 9  agent          its agent's login
//	10  ring seconds
//	11  talk seconds
//	12  cause          Q.931; empty where it is not known
//	13  customer       the login
//	14  ticket         its number
//
// In a field \p stands for |, \n and \r for line ends, \\ for \; other control characters are
// spaces.
package store
