// Package cdrline formats call records as lines of the monthly file pim_cdr_YYYYMM.log, and
// recognizes its two formats.
//
// The month of the file is the one in which the call ended. The file has no header line.
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
// spaces. The fields are for programs, which compare them: what looks like a formula stays as it is.
// For spreadsheets there is `traybell-hub cdr export`.
//
// Version 1 of traybell wrote other fields: start, answer, end (in local time), direction, number,
// CallerID name, DID, extension, agent, ring seconds, talk seconds, cause, customer, ticket. A file
// with such lines keeps this format until its month ends, unless cdr.FormatOPC is set.
package cdrline

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/shared/protocol"
)

const (
	fieldsPerLine = 14
	fileTime      = "2006-01-02 15:04:05"
)

// Format formats a record as a line of the monthly file, with its line feed.
type Format func(r *cdr.Record, zone *time.Location) string

// OPC has the fields of the manual of OTRS PBX client 3.0, in its order: see the package
// comment.
func OPC(r *cdr.Record, zone *time.Location) string {
	unix := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return strconv.FormatInt(t.Unix(), 10)
	}
	// Whole seconds as the Unix times have them, so that the fields of a line add up.
	between := func(from, to time.Time) string { return strconv.FormatInt(max(0, to.Unix()-from.Unix()), 10) }
	waited, talked := between(r.Started, r.Ended), "0"
	if !r.Answered.IsZero() {
		waited, talked = between(r.Started, r.Answered), between(r.Answered, r.Ended)
	}
	answeredBy, exten, cid := r.AnsweredBy, r.Exten, r.CID
	if answeredBy+exten+cid == "" { // begun by an earlier version
		switch exten, cid = r.DID, r.Number; {
		case r.Direction == protocol.Outgoing:
			exten, cid = r.Number, r.Extension
		case r.Direction == protocol.Incoming && !r.Answered.IsZero():
			answeredBy = r.Extension
		}
	}
	return joinFields([fieldsPerLine]string{
		r.PBX, strings.TrimPrefix(r.CallID, r.PBX+":"), unix(r.Started), unix(r.Answered), unix(r.Ended),
		r.Started.In(zone).Format(fileTime), answeredBy, exten, cid, waited, talked, causeText(r.Cause),
		r.Customer, r.Ticket,
	})
}

// Traybell1 has the fields that traybell 1 chose. Files that have such lines keep them until
// their month ends.
func Traybell1(r *cdr.Record, zone *time.Location) string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(fileTime)
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	return joinFields([fieldsPerLine]string{
		at(r.Started), at(r.Answered), at(r.Ended), string(r.Direction), r.Number, r.Name, r.DID, r.Extension, r.Agent,
		seconds(r.Rang), seconds(r.Talked()), causeText(r.Cause), r.Customer, r.Ticket,
	})
}

func causeText(cause int) string {
	if cause <= 0 {
		return ""
	}
	return strconv.Itoa(cause)
}

func joinFields(fields [fieldsPerLine]string) string {
	for i := range fields {
		fields[i] = escape(fields[i])
	}
	return strings.Join(fields[:], "|") + "\n"
}

// escape keeps | and line ends out of a field, so that splitting a line at | gives 14 fields.
func escape(field string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.NewReplacer(`\`, `\\`, "|", `\p`, "\r", `\r`, "\n", `\n`).Replace(field))
}

// IsTraybell1 reports whether the last line that the hub wrote has traybell 1's format. Lines that
// others added are skipped.
func IsTraybell1(text []byte) bool {
	for len(text) > 0 {
		start := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
		fields := strings.Split(strings.TrimSuffix(string(text[start:]), "\n"), "|")
		text = text[:start]
		if len(fields) != fieldsPerLine {
			continue
		}
		if _, err := time.Parse(fileTime, fields[0]); err == nil {
			switch protocol.Direction(fields[3]) {
			case protocol.Incoming, protocol.Outgoing, protocol.Internal:
				return true
			}
		}
		if _, err := strconv.ParseInt(fields[2], 10, 64); err == nil {
			return false
		}
	}
	return false
}
