package listener

import (
	"container/list"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"traybell/hub/signin"
)

// spare is how many connections one site may have in addition to one for each desktop: browsers, and
// handshakes that are repeated.
const spare = 1024

// Connections bounds the connections that are not WebSockets, or not yet. Each costs up to 40 KB and
// an open file, also of a client that only connects. If there are too many, the oldest one of the
// site that has most is closed: newcomers get a place, and other sites keep theirs.
type Connections struct {
	log *slog.Logger

	mu     sync.Mutex
	atOnce int                        // limit of all
	ofOne  int                        // limit of one site
	sites  map[string]*list.List      // of net.Conn, oldest first
	places map[net.Conn]*list.Element // in the list of its site
	logged time.Time
}

// NewConnections returns the bounds for a hub with that many desktops, see SetDesktops.
func NewConnections(desktops int, log *slog.Logger) *Connections {
	c := &Connections{log: log, sites: map[string]*list.List{}, places: map[net.Conn]*list.Element{}}
	c.SetDesktops(desktops)
	return c
}

// SetDesktops sets the bounds for a hub with that many desktops, all of which may come back at once
// from one site. Open connections stay.
func (c *Connections) SetDesktops(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ofOne = n + spare
	c.atOnce = c.ofOne * 4 / 3
}

// State is for http.Server.ConnState.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.add(conn)
	case http.StateHijacked, http.StateClosed:
		c.remove(conn)
	case http.StateActive, http.StateIdle:
	}
}

// add makes place for a new connection. The lock is held.
func (c *Connections) add(conn net.Conn) {
	site := signin.Site(conn.RemoteAddr().String())
	most := site
	switch own := c.sites[site]; {
	case own != nil && own.Len() >= c.ofOne:
		c.closeOldest(site)
	case len(c.places) >= c.atOnce:
		for name, of := range c.sites {
			if have := c.sites[most]; have == nil || of.Len() > have.Len() {
				most = name
			}
		}
		c.closeOldest(most)
	}
	if c.sites[site] == nil {
		c.sites[site] = list.New()
	}
	c.places[conn] = c.sites[site].PushBack(conn)
}

func (c *Connections) closeOldest(site string) {
	conn := c.sites[site].Front().Value.(net.Conn) //nolint:forcetypeassert // add puts only these in
	c.remove(conn)
	if now := time.Now(); now.Sub(c.logged) > time.Minute {
		c.logged = now
		c.log.Warn("too many connections, closing the oldest ones", "most_from", site, "connections", len(c.places)+1)
	}
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn() // t.Close would wait for the client
	}
	_ = conn.Close()
}

func (c *Connections) remove(conn net.Conn) {
	place, known := c.places[conn]
	if !known {
		return
	}
	delete(c.places, conn)
	site := signin.Site(conn.RemoteAddr().String())
	of := c.sites[site]
	if of.Remove(place); of.Len() == 0 {
		delete(c.sites, site)
	}
}
