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
func (n *network) Lie(l Lies) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lies = l
}

// Stall makes the PBX neither read nor write. The connections stay, and its output waits.
func (n *network) Stall() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stalled == nil {
		n.stalled = make(chan struct{})
	}
}

// Resume ends Stall.
func (n *network) Resume() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stalled != nil {
		close(n.stalled)
		n.stalled = nil
	}
}

// still returns the channel that ends the stall, or nil.
func (n *network) still() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stalled
}

// Drop closes all connections between two messages. The PBX keeps listening, and calls go on.
func (n *network) Drop() { n.hangUp(nil) }

// Cut sends half an event to all clients and closes the connections, as Asterisk does with slow
// readers.
func (n *network) Cut() {
	n.hangUp([]byte("Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-0000"))
}

func (n *network) hangUp(last []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.clients {
		if last != nil && c.user != "" {
			c.send(last)
		}
		c.hangUp()
	}
	if n.stalled != nil { // drop what waits
		for c := range n.clients {
			c.kill()
		}
	}
}
