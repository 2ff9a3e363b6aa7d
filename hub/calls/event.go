package calls

import (
	"strings"
	"unicode/utf8"

	"traybell/hub/ami/wire"
)

// Names of AMI events that a Tracker reads. All belong to the class "call" of manager.conf.
const (
	evNewchannel   = "Newchannel"
	evNewstate     = "Newstate"
	evDialBegin    = "DialBegin"
	evDialEnd      = "DialEnd"
	evBridgeEnter  = "BridgeEnter"
	evBridgeLeave  = "BridgeLeave"
	evBridgeMerge  = "BridgeMerge"
	evHangup       = "Hangup"
	evHold         = "Hold"
	evUnhold       = "Unhold"
	evBlind        = "BlindTransfer"
	evAttended     = "AttendedTransfer"
	evPickup       = "Pickup"
	evParked       = "ParkedCall"
	evParkedSwap   = "ParkedCallSwap"
	evUnparked     = "UnParkedCall"
	evParkTimeout  = "ParkedCallTimeOut"
	evParkGivenUp  = "ParkedCallGiveUp"
	evStatus       = "Status"
	dialAnswer     = "ANSWER"
	transferWorked = "Success"
)

// Events are the names of the events that a Tracker reads; all others can be skipped unparsed. A
// new slice at each call.
func Events() []string {
	return []string{
		evNewchannel, evNewstate, evDialBegin, evDialEnd, evBridgeEnter, evBridgeLeave, evBridgeMerge, evHangup,
		evHold, evUnhold, evBlind, evAttended,
		evPickup, evParked, evParkedSwap, evUnparked, evParkTimeout, evParkGivenUp,
	}
}

// Snapshots are the names of the list actions whose rows Resync reads. A new slice at each call.
func Snapshots() []string { return []string{evStatus} }

// event is what a Tracker needs of a message. Its strings belong to the message: clone what is
// kept.
type event struct {
	main, dest              snapshot // the message's channel, and the one it dials (Dest…)
	bridge, kind, tech      string
	swap                    string
	status, forward, cause  string
	application, dnid, data string // of a Status row
	seconds                 string
}

// snapshot is a channel as an event shows it.
type snapshot struct {
	name, unique, linked, number, callerName, connected, exten, did string
	phase                                                           phase
}

// read takes the fields out of a message in one pass: looking up each would walk through the message
// a dozen times.
func (e *event) read(m wire.Message) {
	*e = event{}
	for i := range m.Len() {
		key, value := m.At(i)
		if value == "" || value == "<unknown>" {
			continue
		}
		s := &e.main
		if rest, ok := strings.CutPrefix(key, "Dest"); ok {
			s, key = &e.dest, rest
		}
		switch key {
		case "Channel":
			s.name = value
		case "ChannelState", "ChannelStateDesc":
			if p := parsePhase(value); p > s.phase {
				s.phase = p
			}
		case "CallerIDNum":
			s.number = plain(value)
		case "CallerIDName":
			s.callerName = plain(value)
		case "ConnectedLineNum":
			s.connected = plain(value)
		case "Exten":
			s.exten = plain(value)
		case "Uniqueid":
			s.unique = value
		case "Linkedid":
			s.linked = value
		case "ChanVariable":
			// manager.conf: channelvars=FROM_DID; the number that was called, as FreePBX keeps it
			if did, ok := strings.CutPrefix(value, "FROM_DID="); ok && did != "" {
				s.did = plain(did)
			}
		case "BridgeUniqueid", "BridgeID":
			e.bridge = value
		case "BridgeType":
			e.kind = value
		case "BridgeTechnology":
			e.tech = value
		case "SwapUniqueid":
			e.swap = value
		case "DialStatus":
			e.status = value
		case "Forward":
			e.forward = value
		case "Cause":
			e.cause = value
		case "Application":
			e.application = value
		case "Data":
			e.data = value
		case "DNID":
			e.dnid = plain(value)
		case "Seconds":
			e.seconds = value
		}
	}
}

// clone copies the strings out of the message, all into one.
func (s *snapshot) clone() snapshot {
	own := *s
	all := s.name + s.unique + s.linked + s.number + s.callerName + s.connected + s.exten + s.did
	for _, field := range []*string{
		&own.name, &own.unique, &own.linked, &own.number, &own.callerName, &own.connected, &own.exten, &own.did,
	} {
		n := len(*field)
		*field, all = all[:n], all[n:]
	}
	return own
}

// maxText bounds names and numbers, in bytes: they come from outside, a call is remembered for a
// while, and nobody's is longer.
const maxText = 200

// plain is a name or a number from outside as one line of text, however the caller wrote it:
// without control characters and without the marks that turn the direction of writing, which could
// disguise a number.
func plain(value string) string {
	odd := len(value) > maxText
	for i := 0; i < len(value) && !odd; i++ {
		odd = value[i] < ' ' || value[i] >= 0x7f
	}
	if !odd {
		return value
	}
	if len(value) > maxText {
		end := maxText
		for end > maxText-utf8.UTFMax && !utf8.RuneStart(value[end]) {
			end--
		}
		value = value[:end]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f, // control characters
			r >= 0x2028 && r <= 0x202e, // line and paragraph separators, direction
			r >= 0x2066 && r <= 0x2069: // direction
			return ' '
		}
		return r
	}, value)
}
