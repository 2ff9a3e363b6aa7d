// Package pace bounds answers that are long: how many are sent at the same time, and how slow their
// clients may be. Any goroutine may use Places; a Writer is of one request.
package pace

import (
	"net/http"
	"sync"
	"time"
)

// Files that are sent at the same time, so that calls find the network free. An office behind one
// address leaves places to others.
const (
	atOnce  = 64
	perSite = 16
)

// Places counts the files that are being sent. The zero Places has all free.
type Places struct {
	mu    sync.Mutex
	all   int
	sites map[string]int
}

// Take takes a place for a site, see signin.Site, or another name of a client. ok is false if there is
// none; give returns it.
func (p *Places) Take(site string) (give func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == atOnce || p.sites[site] == perSite {
		return nil, false
	}
	if p.sites == nil {
		p.sites = map[string]int{}
	}
	p.all++
	p.sites[site]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.sites[site]--; p.sites[site] == 0 {
			delete(p.sites, site)
		}
	}, true
}

const silence = 30 * time.Second // without any progress

// Slowest is how slow a client may be on average, in bytes a second.
type Slowest int64

// The slowest clients.
const (
	OfDownloads Slowest = 16 << 10
	OfPlayers   Slowest = 1 << 10 // they read as fast as they play
)

// Writer ends an answer whose client stands still or is too slow. Otherwise the answer may take
// longer than the server allows for a page. The client may ask for the rest later.
type Writer struct {
	http.ResponseWriter
	slowest Slowest
	began   time.Time
	sent    int64
}

// NewWriter returns the writer of an answer that begins now.
func NewWriter(w http.ResponseWriter, slowest Slowest) *Writer {
	return &Writer{ResponseWriter: w, slowest: slowest, began: time.Now()}
}

// Write implements http.ResponseWriter.
func (p *Writer) Write(part []byte) (int, error) {
	now := time.Now()
	p.sent += int64(len(part))
	late := p.began.Add(silence + time.Duration(p.sent)*time.Second/time.Duration(p.slowest))
	if still := now.Add(silence); still.Before(late) {
		late = still
	}
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(late)
	return p.ResponseWriter.Write(part)
}
