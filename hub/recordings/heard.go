package recordings

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"traybell/hub/access"
	"traybell/hub/fail"
)

const (
	// one listening has many requests: those of a person for a recording that are closer together are
	// one entry of the audit
	oneListening = 10 * time.Minute
	mostHeard    = 2000
)

// heard remembers what was written to the audit a short while ago. Its keys have a fixed size: their
// parts come from URLs.
type heard struct {
	mu sync.Mutex
	at map[[sha256.Size]byte]time.Time
}

// first reports whether something is to be written. Of more than mostHeard the oldest is forgotten.
func (h *heard) first(now time.Time, parts ...string) bool {
	key := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	h.mu.Lock()
	defer h.mu.Unlock()
	if at, ok := h.at[key]; ok && now.Sub(at) < oneListening {
		return false
	}
	if len(h.at) >= mostHeard {
		h.prune(now)
	}
	if h.at == nil {
		h.at = map[[sha256.Size]byte]time.Time{}
	}
	h.at[key] = now
	return true
}

// prune makes room for a key. The lock is held.
func (h *heard) prune(now time.Time) {
	var oldest [sha256.Size]byte
	first := now
	for key, at := range h.at {
		if now.Sub(at) >= oneListening {
			delete(h.at, key)
		} else if !at.After(first) {
			oldest, first = key, at
		}
	}
	if len(h.at) >= mostHeard {
		delete(h.at, oldest)
	}
}

// listened writes that a person listened, or was refused: then the recording is not part of what is
// remembered, as its id may be made up.
func (s *Service) listened(p access.Principal, callID, id, name string, err error) {
	parts := []string{string(p.Kind), p.Name, p.From, callID, id}
	if err != nil {
		f := fail.Of(err)
		parts = append(parts, f.Error())
		if f.Code == fail.Forbidden || f.Code == fail.NotFound {
			parts[4] = ""
		}
	}
	if s.heard.first(s.Now(), parts...) {
		s.write(p, "recording.listen", callID, name, err)
	}
}
