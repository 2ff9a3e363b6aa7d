package amitest

// Lies are the ways in which a PBX can misbehave. They apply from the next message on, to all
// clients.
type Lies struct {
	Refuse    bool   // the right password is refused
	Torn      bool   // each byte is a separate write
	BareLF    bool   // lines end in LF
	Mute      bool   // actions are not answered; events still come
	ListItems int    // added to the true number of rows in a list
	Glue      []byte // sent in one write with the answer to the login
	Garbage   []byte // sent before each answer
	Greeting  []byte // instead of the banner
	Silent    bool   // no banner at all
	Forgets   bool   // DBPut and DBDel answer Success and do nothing
}

// Lie sets the lies; the zero value is an honest PBX.
func (p *PBX) Lie(l Lies) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lies = l
}

// Stall makes the PBX neither read nor write. The connections stay, and its output waits.
func (p *PBX) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = make(chan struct{})
	}
}

// Resume ends Stall.
func (p *PBX) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}

// still returns the channel that ends the stall, or nil.
func (p *PBX) still() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalled
}

// Drop closes all connections between two messages. The PBX keeps listening, and calls go on.
func (p *PBX) Drop() { p.hangUp(nil) }

// Cut sends half an event to all clients and closes the connections, as Asterisk does with slow
// readers.
func (p *PBX) Cut() {
	p.hangUp([]byte("Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-0000"))
}

func (p *PBX) hangUp(last []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.clients {
		if last != nil && c.user != "" {
			c.send(last)
		}
		c.hangUp()
	}
	if p.stalled != nil { // drop what waits
		for c := range p.clients {
			c.kill()
		}
	}
}
