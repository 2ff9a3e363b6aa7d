package amitest

import (
	"slices"
	"strconv"
	"time"

	"traybell/hub/ami/wire"
)

// about is an event about one channel.
func (l *leg) about(name string) Event {
	class := "call"
	if len(name) > 5 && name[:5] == "Queue" {
		class = "agent"
	}
	return Event{Name: name, Class: class, Fields: l.fields("")}
}

// dial is an event about the caller's channel and one that it dials.
func (c *Call) dial(name string, to *leg) Event {
	return Event{Name: name, Class: "call", Fields: append(c.from.fields(""), to.fields("Dest")...)}
}

// member is an event about a caller in a queue and one of its members.
func (c *Call) member(name string, to *leg) Event {
	e := c.dial(name, to)
	e.Class = "agent"
	return with(e, "Queue", c.queue, "Interface", "PJSIP/"+to.dialled, "MemberName", agentName(to.dialled))
}

// about is an event about a bridge and, unless l is nil, a channel of it.
func (b bridge) about(name string, l *leg, channels int) Event {
	e := Event{Name: name, Class: "call", Fields: bridgeFields("", b, channels)}
	if l != nil {
		e.Fields = append(e.Fields, l.fields("")...)
	}
	return e
}

func bridgeFields(prefix string, id bridge, channels int) []wire.Field {
	return NewEvent("", "",
		prefix+"BridgeUniqueid", string(id),
		prefix+"BridgeType", "basic",
		prefix+"BridgeTechnology", "simple_bridge",
		prefix+"BridgeCreator", "<unknown>",
		prefix+"BridgeName", "<unknown>",
		prefix+"BridgeNumChannels", strconv.Itoa(channels),
		prefix+"BridgeVideoSourceMode", "none",
	).Fields
}

// with returns the event with more fields.
func with(e Event, pairs ...string) Event {
	e.Fields = append(slices.Clip(e.Fields), NewEvent("", "", pairs...).Fields...)
	return e
}

// seconds is a time since then, in whole seconds.
func seconds(then time.Time) string { return strconv.Itoa(int(time.Since(then).Seconds())) }
