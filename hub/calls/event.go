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

// Events returns the names of the events that a Tracker reads.
func Events() []string {
	return []string{
		evNewchannel, evNewstate, evDialBegin, evDialEnd, evBridgeEnter, evBridgeLeave, evBridgeMerge, evHangup,
		evHold, evUnhold, evBlind, evAttended,
		evPickup, evParked, evParkedSwap, evUnparked, evParkTimeout, evParkGivenUp,
	}
}

// Snapshots returns the names of the list actions whose rows Resync reads.
func Snapshots() []string { return []string{evStatus} }

// event holds the fields of a message that a Tracker needs. Its strings belong to the message:
// clone what is kept.
type event struct {
	main, dest              snapshot // the message's channel, and the dialled one (Dest…)
	bridge, kind, tech      string
	swap                    string
	status, forward, cause  string
	application, dnid, data string // of a Status row
	seconds                 string
}

// snapshot is a channel in an event.
type snapshot struct {
	name, unique, linked, number, callerName, connected, exten, did string
	phase                                                           phase
}

// read reads all fields in one pass: a lookup of each would scan the message a dozen times.
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
			// the called number of FreePBX, with channelvars=FROM_DID in manager.conf
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

// maxText bounds names and numbers, in bytes: they come from outside and are kept.
const maxText = 200

// plain makes a name or a number from outside one line of text, without control characters and
// without the marks that change the writing direction, which could disguise a number.
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
