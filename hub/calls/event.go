package calls

import (
	"strings"

	"traybell/hub/ami/wire"
	"traybell/hub/calldata"
	"traybell/hub/charset"
)

// Names of AMI events that a Tracker reads. They belong to the class "call" of manager.conf, VarSet
// to "dialplan" and UserEvent to "user", which the connection requests for call data.
const (
	evNewchannel   = "Newchannel"
	evNewstate     = "Newstate"
	evDialBegin    = "DialBegin"
	evDialEnd      = "DialEnd"
	evBridgeEnter  = "BridgeEnter"
	evBridgeLeave  = "BridgeLeave"
	evHangingUp    = "HangupRequest"
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
	evVarSet       = "VarSet"
	evUser         = "UserEvent"
	evStatus       = "Status"
	dialAnswer     = "ANSWER"
	transferWorked = "Success"
)

// Events returns the names of the events that a Tracker reads.
func Events() []string {
	return []string{
		evNewchannel, evNewstate, evDialBegin, evDialEnd, evBridgeEnter, evBridgeLeave, evHangingUp,
		evHangup,
		evHold, evUnhold, evBlind, evAttended,
		evPickup, evParked, evParkedSwap, evUnparked, evParkTimeout, evParkGivenUp, evVarSet, evUser,
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
	dialString              string // of a DialBegin: "79161234567@trunk", without the technology
}

// snapshot is a channel in an event.
type snapshot struct {
	name, unique, linked, number, connected, context, exten, did string
	callerName                                                   string // as sent; callerName decodes it
	phase                                                        phase
	created                                                      bool     // by this event
	variables                                                    []string // "NAME=text" of call data, as sent
}

// read reads all fields in one pass: a lookup of each would scan the message a dozen times.
// Variables are kept if they are call data.
func (e *event) read(m wire.Message, data *calldata.Fields) {
	*e = event{main: snapshot{variables: e.main.variables[:0]}, dest: snapshot{variables: e.dest.variables[:0]}}
	for key, value := range m.Each() {
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
			s.callerName = value[:min(len(value), maxText)]
		case "ConnectedLineNum":
			s.connected = plain(value)
		case "Context":
			s.context = plain(value)
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
			if name, _, ok := strings.Cut(value, "="); ok && data.Has(name) && len(s.variables) < maxVariables {
				s.variables = append(s.variables, value)
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
		case "DialString":
			e.dialString = value
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
	if e.main.long() || e.dest.long() || len(e.bridge) > maxText || max(len(e.data), len(e.dialString)) > maxData {
		*e = event{} // not from Asterisk
	}
}

func (s *snapshot) long() bool { return max(len(s.name), len(s.unique), len(s.linked)) > maxText }

// clone copies the strings out of the message, all into one.
func (s *snapshot) clone() snapshot {
	own := *s
	own.variables = nil
	all := s.name + s.unique + s.linked + s.number + s.callerName + s.connected + s.context + s.exten + s.did
	for _, field := range []*string{
		&own.name, &own.unique, &own.linked, &own.number, &own.callerName, &own.connected, &own.context, &own.exten,
		&own.did,
	} {
		n := len(*field)
		*field, all = all[:n], all[n:]
	}
	return own
}

// maxText bounds names and numbers, in bytes as they come: they come from outside and are kept.
// maxData bounds what is dialled: a ring group's has some hundreds.
const (
	maxText = 200
	maxData = 4096
	// maxVariables bounds the variables of a channel in an event.
	maxVariables = 64
)

// plain makes a name or a number from outside one line of text, without control characters and
// without the marks that change the writing direction, which could disguise a number.
func plain(value string) string {
	odd := len(value) > maxText
	for i := 0; i < len(value) && !odd; i++ {
		odd = value[i] < ' ' || value[i] >= 0x7f || value[i] == '=' // of an encoded word
	}
	if !odd {
		return value
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f, // control characters
			r == 0x200e, r == 0x200f, r == 0x61c, r == 0xfeff, // direction, byte order
			r >= 0x2028 && r <= 0x202e, // line and paragraph separators, direction
			r >= 0x2066 && r <= 0x2069: // direction
			return ' '
		}
		return r
	}, charset.Text(value[:min(len(value), maxText)]))
}
