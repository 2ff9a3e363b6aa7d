// Package store keeps what must survive a restart: categories, blocks, ticket requests, the
// built-in ticket list, the record of every call, traces and untracked numbers. It owns the
// database file and the monthly CDR files. It has no goroutine and no state outside the database.
// All methods may be called from several goroutines.
//
// The database is SQLite in WAL mode, without cgo. One connection writes, so that writers wait for
// each other in Go and not in SQLite's busy loop; a few others read. Package storetest has the
// contract of every implementation.
//
// The month of pim_cdr_YYYYMM.log is the one in which the call ended. The file has no header line.
// Each call is one line of 14 fields, which are those of the manual of OTRS PBX client 3.0. A value
// that is unknown or does not exist is empty.
//
//	 1  PBX_ID             the PBX's id in hub.yml
//	 2  Uniqueid           of the call's first channel
//	 3  UnixTimeRing       start of the call, Unix seconds
//	 4  UnixTimeAnswer     Unix seconds; empty if unanswered
//	 5  UnixTimeHangUp     end of the call, Unix seconds
//	 6  CallStartTime      start of the call, 2006-01-02 15:04:05 in local time
//	 7  AnsweredExtension  extension that answered first; empty if none did, also if an outside
//	                       party answered
//	 8  Exten              number called as the PBX has it: the DID, or what the agent dialed
//	 9  CID                caller's number as the PBX received it; of an outgoing call the agent's
//	                       extension; empty when withheld
//	10  RingTime (s)       from the start to the answer, or to the end of an unanswered call
//	11  CallDuration (s)   from the answer to the end; 0 if unanswered
//	12  Cause (Q.931)      hang-up cause
//	13  CustomerUserLogin  if one customer was found or chosen
//	14  TicketNumber       if a ticket was made
//
// In a field \p stands for |, \n and \r for line ends, \\ for \; other control characters become
// spaces.
//
// Version 1 of traybell wrote other fields: start, answer, end (in local time), direction, number,
// CallerID name, DID, extension, agent, ring seconds, talk seconds, cause, customer, ticket. A file
// with such lines keeps this format until its month ends, unless cdr.FormatOPC is set.
package store
