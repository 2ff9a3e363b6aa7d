package amitest

import (
	"bufio"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/wire"
)

// client is one connection.
type client struct {
	net  *network
	conn net.Conn

	// Guarded by net.mu.
	user      string // logged in as
	rights    User
	mask      []string // event classes requested; nil means all
	challenge string

	out    sync.Mutex // guards what follows
	queued []byte
	over   bool // close when everything is written
	wake   chan struct{}
	done   chan struct{} // closed with the connection
	once   sync.Once
}

// receives reports whether the client gets events of a class; net.mu is held.
func (c *client) receives(class string) bool {
	if c.user == "" {
		return false
	}
	for _, one := range classes(class) {
		if !allows(c.rights.Read, one) || c.mask != nil && !slices.Contains(c.mask, one) {
			return false
		}
	}
	return true
}

// send queues bytes and never waits.
func (c *client) send(b []byte) {
	c.out.Lock()
	tooMuch := len(c.queued)+len(b) > backlog
	if !tooMuch && !c.over {
		c.queued = append(c.queued, b...)
	}
	c.out.Unlock()
	if tooMuch {
		c.kill()
		return
	}
	c.poke()
}

func (c *client) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// waiting is the number of unwritten bytes.
func (c *client) waiting() int {
	c.out.Lock()
	defer c.out.Unlock()
	return len(c.queued)
}

// hangUp closes the connection when everything queued is written.
func (c *client) hangUp() {
	c.out.Lock()
	c.over = true
	c.out.Unlock()
	c.poke()
}

// kill closes the connection at once.
func (c *client) kill() {
	c.once.Do(func() {
		close(c.done)
		_ = c.conn.Close()
	})
}

// write is the goroutine that writes.
func (c *client) write() {
	defer c.kill()
	var taken []byte
	for {
		select {
		case <-c.wake:
		case <-c.done:
			return
		}
		for !c.standStill() {
			c.out.Lock()
			taken, c.queued = c.queued, taken[:0]
			over := c.over
			c.out.Unlock()
			if len(taken) == 0 {
				if over {
					return
				}
				break
			}
			if !c.put(taken) {
				return
			}
		}
		select {
		case <-c.done:
			return
		default:
		}
	}
}

func (c *client) put(b []byte) bool {
	step := len(b)
	if c.net.liesNow().Torn {
		step = 1
	}
	for part := range slices.Chunk(b, step) {
		_ = c.conn.SetWriteDeadline(time.Now().Add(c.net.opts.WriteTimeout))
		if _, err := c.conn.Write(part); err != nil {
			return false
		}
	}
	return true
}

// standStill waits while the PBX is stalled, and reports whether the connection ended meanwhile.
func (c *client) standStill() (ended bool) {
	for {
		still := c.net.still()
		if still == nil {
			return false
		}
		select {
		case <-still:
		case <-c.done:
			return true
		}
	}
}

// read is the goroutine that reads.
func (c *client) read() {
	defer func() {
		c.kill()
		c.net.mu.Lock()
		delete(c.net.clients, c)
		c.net.tellWaiting()
		c.net.mu.Unlock()
	}()
	lies := c.net.liesNow()
	switch {
	case lies.Silent:
	case lies.Greeting != nil:
		c.send(lies.Greeting)
	default:
		c.send([]byte(c.net.opts.Banner + "\r\n"))
	}
	// A separate parser, so that a bug of the real one does not cancel out.
	lines := bufio.NewReader(c.conn)
	var fields []wire.Field
	for {
		line, err := lines.ReadString('\n')
		if err != nil || c.standStill() {
			return
		}
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			key, value, _ := strings.Cut(line, ":")
			fields = append(fields, wire.Field{Key: key, Value: strings.TrimPrefix(value, " ")})
			continue
		}
		if len(fields) == 0 {
			continue
		}
		if !c.net.act(c, wire.NewMessage(fields...)) {
			c.hangUp()
			<-c.done
			return
		}
		fields = nil
	}
}
