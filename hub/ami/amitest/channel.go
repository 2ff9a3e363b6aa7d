package amitest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// Channel states, as Asterisk numbers them.
const (
	stateDown    = 0
	stateRing    = 4 // a caller
	stateRinging = 5 // a callee
	stateUp      = 6
)

func stateName(state int) string {
	switch state {
	case stateDown:
		return "Down"
	case stateRing:
		return "Ring"
	case stateRinging:
		return "Ringing"
	case stateUp:
		return "Up"
	}
	return "Unknown"
}

// snapshot holds the fields that every event about a channel has.
type snapshot struct {
	Name                         string
	State                        int
	CallerNum, CallerName        string // empty: <unknown>
	ConnectedNum, ConnectedName  string
	Context, Exten, Priority     string
	Uniqueid, Linkedid, Language string
	Variables                    []wire.Field // those in channelvars of manager.conf
}

// row is a live channel in Status.
type row struct {
	snapshot
	DNID, Bridge, App, Data string
	dialledFrom             string // extension that Dial was started in
	since                   time.Time
}

// fields are the snapshot's lines; their keys start with prefix ("Dest", "Transferee", …).
func (s snapshot) fields(prefix string) []wire.Field {
	unknown := func(v string) string { return cmp.Or(v, "<unknown>") }
	fields := []wire.Field{
		{Key: prefix + "Channel", Value: s.Name},
		{Key: prefix + "ChannelState", Value: strconv.Itoa(s.State)},
		{Key: prefix + "ChannelStateDesc", Value: stateName(s.State)},
		{Key: prefix + "CallerIDNum", Value: unknown(s.CallerNum)},
		{Key: prefix + "CallerIDName", Value: unknown(s.CallerName)},
		{Key: prefix + "ConnectedLineNum", Value: unknown(s.ConnectedNum)},
		{Key: prefix + "ConnectedLineName", Value: unknown(s.ConnectedName)},
		{Key: prefix + "Language", Value: cmp.Or(s.Language, "en")},
		{Key: prefix + "AccountCode", Value: ""},
		{Key: prefix + "Context", Value: s.Context},
		{Key: prefix + "Exten", Value: s.Exten},
		{Key: prefix + "Priority", Value: cmp.Or(s.Priority, "1")},
		{Key: prefix + "Uniqueid", Value: s.Uniqueid},
		{Key: prefix + "Linkedid", Value: s.Linkedid},
	}
	for _, v := range s.Variables {
		fields = append(fields, wire.Field{Key: prefix + "ChanVariable", Value: v.Key + "=" + v.Value})
	}
	return fields
}

// status is the channel's row in the list of Status.
func (r *row) status() Event {
	e := Event{
		Name: "Status", Class: "", Fields: append([]wire.Field{{Key: "Privilege", Value: "Call"}}, r.fields("")...),
	}
	technology, _, _ := strings.Cut(r.Name, "/")
	e.Fields = append(e.Fields, NewEvent("", "",
		"Type", technology,
		"DNID", r.DNID,
		"EffectiveConnectedLineNum", cmp.Or(r.ConnectedNum, "<unknown>"),
		"EffectiveConnectedLineName", cmp.Or(r.ConnectedName, "<unknown>"),
		"TimeToHangup", "0",
		"BridgeID", r.Bridge,
		"Application", r.App,
		"Data", r.Data,
		"Nativeformats", "(ulaw)",
		"Readformat", "ulaw",
		"Readtrans", "",
		"Writeformat", "ulaw",
		"Writetrans", "",
		"Callgroup", "0",
		"Pickupgroup", "0",
		"Seconds", strconv.Itoa(int(time.Since(r.since).Seconds())),
	).Fields...)
	return e
}

// observe updates the list of live channels from an event, simulated or recorded. p.mu is held.
func (p *PBX) observe(e Event) {
	switch e.Name {
	case "DeviceStateChange", "ExtensionStatus":
		p.states[e.Name+" "+e.get("Device")+e.get("Exten")] = e
	case "Newchannel":
		s := read(e, "")
		if s.Uniqueid == "" {
			return
		}
		if p.live[s.Uniqueid] == nil {
			p.order = append(p.order, s.Uniqueid)
		}
		r := &row{snapshot: s, since: time.Now()}
		if s.Exten != "s" {
			r.DNID = s.Exten
		}
		p.live[s.Uniqueid] = r
		return
	case "Hangup":
		id := e.get("Uniqueid")
		delete(p.live, id)
		p.order = slices.DeleteFunc(p.order, func(have string) bool { return have == id })
		return
	}
	for _, prefix := range []string{"", "Dest"} {
		if r := p.live[e.get(prefix+"Uniqueid")]; r != nil && e.get(prefix+"Channel") != "" {
			r.snapshot = read(e, prefix)
		}
	}
	source, dest := p.live[e.get("Uniqueid")], p.live[e.get("DestUniqueid")]
	switch e.Name {
	case "Newexten":
		if source != nil {
			source.App, source.Data = e.get("Application"), e.get("AppData")
		}
	case "QueueCallerJoin":
		if source != nil {
			source.App, source.Data = "Queue", e.get("Queue")
		}
	case "DialBegin":
		if dest != nil {
			dest.App, dest.Data = "AppDial", "(Outgoing Line)"
			if dest.DNID == "" {
				dest.DNID = e.get("Exten")
			}
			if source != nil && source.App != "Queue" {
				source.dials(e)
			}
		}
	case "BridgeEnter":
		if source != nil {
			source.Bridge = e.get("BridgeUniqueid")
		}
	case "BridgeLeave":
		if source != nil && source.Bridge == e.get("BridgeUniqueid") {
			source.Bridge = ""
		}
	}
}

// dials updates the data of Dial, which names all that are dialled: PJSIP/101&PJSIP/102. A
// DialBegin has each of them, without the technology.
func (r *row) dials(e Event) {
	technology, _, _ := strings.Cut(e.get("DestChannel"), "/")
	destination := technology + "/" + strings.TrimPrefix(e.get("DialString"), technology+"/")
	if r.App == "Dial" && r.dialledFrom == e.get("Exten") {
		destination = r.Data + "&" + destination
	}
	r.App, r.Data, r.dialledFrom = "Dial", destination, e.get("Exten")
}

// read reads a snapshot from an event.
func read(e Event, prefix string) snapshot {
	known := func(key string) string {
		if v := e.get(prefix + key); v != "<unknown>" {
			return v
		}
		return ""
	}
	state, _ := strconv.Atoi(e.get(prefix + "ChannelState")) // not a number: Down
	var variables []wire.Field
	for _, f := range e.Fields {
		if name, value, ok := strings.Cut(f.Value, "="); ok && f.Key == prefix+"ChanVariable" {
			variables = append(variables, wire.Field{Key: name, Value: value})
		}
	}
	return snapshot{
		Variables: variables,
		Name:      e.get(prefix + "Channel"), State: state,
		CallerNum: known("CallerIDNum"), CallerName: known("CallerIDName"),
		ConnectedNum: known("ConnectedLineNum"), ConnectedName: known("ConnectedLineName"),
		Context: e.get(prefix + "Context"), Exten: e.get(prefix + "Exten"), Priority: e.get(prefix + "Priority"),
		Uniqueid: e.get(prefix + "Uniqueid"), Linkedid: e.get(prefix + "Linkedid"),
		Language: e.get(prefix + "Language"),
	}
}

// LiveChannels returns the names of the live channels, oldest first.
func (p *PBX) LiveChannels() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, id := range p.order {
		names = append(names, p.live[id].Name)
	}
	return names
}
