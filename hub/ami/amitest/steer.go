package amitest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// steering are the actions that change calls.
type steering struct{ request }

// steer makes a command's do of a method.
func steer(do func(steering)) func(request) { return func(r request) { do(steering{r}) } }

// Deaf says that the phones of these extensions ignore what the PBX asks of them.
func (p *PBX) Deaf(extensions ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steered.deaf = extensions
}

// Unplug says that the phones of these extensions are not registered, and numbers that they do not
// exist.
func (p *PBX) Unplug(extensions []string, numbers ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steered.unplugged, p.steered.absent = extensions, numbers
}

// Overload says that nothing happens when these extensions are dialled.
func (p *PBX) Overload(extensions ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steered.overloaded = extensions
}

// Hide says that the next n requests for a phone do not find its channel, as in the first moment of
// a call.
func (p *PBX) Hide(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steered.hidden = n
}

// steered is how phones and the dialplan behave.
type steered struct {
	deaf, unplugged, absent, overloaded []string
	hidden                              int
	calls                               map[string]*Call  // by Linkedid
	parked                              map[string]string // places by Uniqueid
	recorded                            map[string]bool   // by Uniqueid
}

// channel returns the channel of the action, and refuses the action if there is none.
func (s steering) channel() *row {
	for _, id := range s.pbx.order {
		name := s.message.Get("Channel") // Asterisk takes the Uniqueid as well
		if r := s.pbx.live[id]; r.Name == name || r.Uniqueid == name {
			return r
		}
	}
	s.refuse("No such channel")
	return nil
}

// hangup ends a channel; a call of two ends with it.
func (s steering) hangup() {
	ch := s.channel()
	if ch == nil {
		return
	}
	s.reply("Success", "Message", "Channel Hungup")
	p := s.pbx
	if ch.State == stateRinging {
		end := NewEvent("DialEnd", "call", "DialStatus", "NOANSWER")
		end.Fields = append(end.Fields, ch.fields("Dest")...)
		p.emit(end, (&leg{snapshot: ch.snapshot}).hangup(21))
		return
	}
	var over []*leg
	for _, id := range p.order {
		if other := p.live[id]; other == ch || ch.Bridge != "" && other.Bridge == ch.Bridge {
			over = append(over, &leg{snapshot: other.snapshot})
		}
	}
	for _, l := range over {
		p.emit(l.hangup(16))
	}
}

// notify has a phone answer, hold or resume.
func (s steering) notify() {
	if s.pbx.steered.hidden > 0 {
		s.pbx.steered.hidden--
		s.refuse("Channel not found")
		return
	}
	ch := s.channel()
	if ch == nil {
		return
	}
	s.reply("Success", "Message", "NOTIFY sent")
	_, phone, _ := strings.Cut(ch.Name, "/")
	phone = phone[:strings.LastIndex(phone, "-")]
	l := &leg{snapshot: ch.snapshot}
	switch event := strings.TrimPrefix(s.message.Get("Variable"), "Event="); {
	case slices.Contains(s.pbx.steered.deaf, phone):
	case event == "talk" && ch.State == stateRinging:
		if c := s.pbx.steered.calls[ch.Linkedid]; c != nil {
			s.pbx.run.Go(func() { c.Answer(phone) }) // it takes the lock
		}
	case event == "talk":
		s.pbx.emit(l.about("Unhold"))
	case event == "hold":
		s.pbx.emit(with(l.about("Hold"), "MusicClass", "default"))
	}
}

// exists answers Getvar for DIALPLAN_EXISTS(context,number,priority).
func (s steering) exists() {
	variable := s.message.Get("Variable")
	parts := strings.Split(strings.TrimSuffix(variable, ")"), ",")
	value := "1"
	if len(parts) < 2 || slices.Contains(s.pbx.steered.absent, parts[1]) {
		value = "0"
	}
	s.reply("Success", "Variable", variable, "Value", value)
}

// setDevice carries out Setvar for DEVICE_STATE(device).
func (s steering) setDevice() {
	device, ok := strings.CutPrefix(s.message.Get("Variable"), "DEVICE_STATE(")
	if !ok {
		s.refuse("Set global variable failed")
		return
	}
	s.reply("Success", "Message", "Variable Set")
	s.pbx.emit(NewEvent("DeviceStateChange", "call", "Device", strings.TrimSuffix(device, ")"),
		"State", s.message.Get("Value")))
}

// ring has a phone ring, as Originate with a phone and an extension of the dialplan does.
func (s steering) ring() {
	p, m := s.pbx, s.message
	_, extension, _ := strings.Cut(m.Get("Channel"), "/")
	if slices.Contains(p.steered.absent, m.Get("Exten")) {
		s.refuse("Extension does not exist.")
		return
	}
	s.reply("Success", "Message", "Originate successfully queued")
	if slices.Contains(p.steered.overloaded, extension) {
		return
	}
	if slices.Contains(p.steered.unplugged, extension) {
		p.emit(NewEvent("OriginateResponse", "call", "ActionID", m.ActionID(), "Response", "Failure",
			"Channel", m.Get("Channel"), "Reason", "0", "Uniqueid", "<null>"))
		return
	}
	to := p.channel(extension, extension)
	to.Uniqueid = cmp.Or(m.Get("ChannelId"), to.Uniqueid)
	to.Linkedid, to.CallerNum, to.Context, to.Exten = to.Uniqueid, extension, m.Get("Context"), "s"
	p.emit(to.about("Newchannel"))
	p.emit(with(Event{Name: "DialBegin", Class: "call", Fields: to.fields("Dest")}, "DialString", extension))
	to.State = stateRinging
	p.emit(to.about("Newstate"))
}

// Lift answers at the phone that an Originate made ring. Its dialplan calls number through the trunk, which
// answers.
func (p *PBX) Lift(uniqueid, number string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.live[uniqueid]
	if r == nil {
		return
	}
	own := &leg{snapshot: r.snapshot}
	own.State, own.Exten = stateUp, number
	p.emit(own.about("Newstate"))
	answered := NewEvent("DialEnd", "call", "DialStatus", "ANSWER")
	answered.Fields = append(answered.Fields, own.fields("Dest")...)
	p.emit(answered)
	c := &Call{p: p, from: own}
	to := p.channel("trunk", number)
	to.Linkedid, to.CallerNum = own.Linkedid, number
	p.emit(to.about("Newchannel"))
	c.begin(to, number+"@trunk")
	to.State = stateUp
	p.emit(to.about("Newstate"))
	c.with = to
	c.stopped(to, "ANSWER")
	c.join()
}

// nothing accepts an action that changes nothing which an event would show: Atxfer answers so too where
// Dial has neither t nor T.
func (s steering) nothing() {
	if s.channel() != nil {
		s.reply("Success", "Message", "Action queued")
	}
}

// transfer sends the caller of the channel's call to another phone.
func (s steering) transfer() {
	ch := s.channel()
	if ch == nil {
		return
	}
	s.reply("Success", "Message", "Transfer succeeded")
	if c := s.pbx.steered.calls[ch.Linkedid]; c != nil {
		extension := s.message.Get("Exten")
		s.pbx.run.Go(func() { c.BlindTransfer(extension) }) // it takes the lock
	}
}

// park parks a channel; the one that it talked with hangs up.
func (s steering) park() {
	ch := s.channel()
	if ch == nil {
		return
	}
	s.reply("Success", "Message", "Park successful")
	p := s.pbx
	if p.steered.parked == nil {
		p.steered.parked = map[string]string{}
	}
	slot := strconv.Itoa(71 + len(p.steered.parked))
	p.steered.parked[ch.Uniqueid] = slot
	var over []*leg
	for _, other := range p.live {
		if other != ch && other.Bridge == ch.Bridge {
			over = append(over, &leg{snapshot: other.snapshot})
		}
	}
	p.emit(bridge(ch.Bridge).about("BridgeLeave", &leg{snapshot: ch.snapshot}, 1))
	p.emit(parked("ParkedCall", ch, slot))
	for _, l := range over {
		p.emit(l.hangup(16))
	}
}

func parked(event string, ch *row, slot string) Event {
	e := NewEvent(event, "call", "ParkingSpace", slot, "Parkinglot", "default")
	e.Fields = append(e.Fields, ch.fields("Parkee")...)
	return e
}

func (r request) parkedCalls() {
	var rows []Event
	for _, id := range r.pbx.order {
		if slot := r.pbx.steered.parked[id]; slot != "" {
			rows = append(rows, parked("ParkedCall", r.pbx.live[id], slot))
		}
	}
	r.list("Parked calls will follow", "ParkedCallsComplete", rows)
}
