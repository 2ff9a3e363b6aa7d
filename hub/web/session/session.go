// Package session keeps who is signed in to the pages. A session is known by a random id in a
// cookie, which changes at the sign-in and regularly after it. Sessions live in memory: after a
// restart of the hub everybody signs in again.
//
// A Table owns the sessions and starts no goroutine. Any goroutine may use it.
package session

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"traybell/hub/access"
)

const (
	// idle is how long a session lasts without a request: a working day. An open page that only
	// listens to changes does not keep it.
	idle = 8 * time.Hour
	// longest is how long it lasts at most.
	longest = 24 * time.Hour
	// rotate is the age at which an id is replaced. The one before is good for grace, for requests
	// that are on their way.
	rotate = 15 * time.Minute
	grace  = 30 * time.Second

	most       = 4096 // sessions
	mostOfOne  = 16   // sessions of one person: browsers, and those that were never signed out
	cookieName = "traybell"
)

// Who signed in.
type Who struct {
	access.Principal
	// Proof is the hash of the password. The session ends with it.
	Proof string
}

// Session is one browser of a person who signed in.
type Session struct {
	Who
	Began time.Time

	// the table's lock guards what follows
	id, before string // before: the id that was replaced at rotated
	rotated    time.Time
	used       time.Time
	ended      chan struct{}
}

// Ended is closed when the session ends by a sign-out, a new sign-in or a changed password. A
// session that runs out is noticed by Table.Alive.
func (s *Session) Ended() <-chan struct{} { return s.ended }

// Table is all sessions.
type Table struct {
	// Secure reports whether browsers reach the hub by TLS.
	secure func(r *http.Request) bool

	mu       sync.Mutex
	byID     map[string]*Session // also by the id before
	sessions []*Session          // the one that was used last is the last
}

// New returns a table without sessions. secure reports whether a browser sends a request by TLS,
// maybe through a proxy.
func New(secure func(r *http.Request) bool) *Table {
	return &Table{secure: secure, byID: map[string]*Session{}}
}

// Begin signs a person in. The browser's session before, if it has one, ends; the id is always a
// new one, so that no id that others know becomes that of a session.
func (t *Table) Begin(w http.ResponseWriter, r *http.Request, who Who) *Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.find(r); old != nil {
		t.end(old)
	}
	own := 0
	for _, s := range slices.Backward(slices.Clone(t.sessions)) { // of the same person, the latest first
		if s.Kind == who.Kind && s.Name == who.Name {
			if own++; own >= mostOfOne {
				t.end(s)
			}
		}
	}
	if len(t.sessions) >= most {
		t.end(t.sessions[0])
	}
	now := time.Now()
	s := &Session{Who: who, Began: now, id: rand.Text(), rotated: now, used: now, ended: make(chan struct{})}
	t.byID[s.id] = s
	t.sessions = append(t.sessions, s)
	t.setCookie(w, r, s.id)
	return s
}

// Of returns the session of a request; nil if there is none. It counts as its use, and gives the
// browser a new id if that is old.
func (t *Table) Of(w http.ResponseWriter, r *http.Request) *Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.find(r)
	if s == nil {
		return nil
	}
	now := time.Now()
	s.used = now
	i := slices.Index(t.sessions, s)
	t.sessions = append(slices.Delete(t.sessions, i, i+1), s)
	if now.Sub(s.rotated) >= rotate {
		delete(t.byID, s.before)
		s.before, s.id, s.rotated = s.id, rand.Text(), now
		t.byID[s.id] = s
		t.setCookie(w, r, s.id)
	}
	return s
}

// Alive reports whether a session lasts.
func (t *Table) Alive(s *Session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.alive(s)
}

// End signs the browser of a request out.
func (t *Table) End(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.find(r); s != nil {
		t.end(s)
	}
	c := t.cookie(r, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
}

// Keep ends all sessions for which stays returns false.
func (t *Table) Keep(stays func(Who) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range slices.Clone(t.sessions) {
		if !stays(s.Who) {
			t.end(s)
		}
	}
}

// find returns the session of a request. The lock is held.
func (t *Table) find(r *http.Request) *Session {
	for _, c := range r.CookiesNamed(t.name(r)) {
		s := t.byID[c.Value]
		if s == nil {
			continue
		}
		if !t.alive(s) {
			t.end(s)
			continue
		}
		if c.Value == s.before && time.Since(s.rotated) > grace {
			continue
		}
		return s
	}
	return nil
}

func (t *Table) alive(s *Session) bool {
	now := time.Now()
	return t.byID[s.id] == s && now.Sub(s.used) < idle && now.Sub(s.Began) < longest
}

// end forgets a session. The lock is held.
func (t *Table) end(s *Session) {
	i := slices.Index(t.sessions, s)
	if i < 0 {
		return
	}
	t.sessions = slices.Delete(t.sessions, i, i+1)
	delete(t.byID, s.id)
	delete(t.byID, s.before)
	close(s.ended)
}

// name is the cookie's. Browsers take one that begins with __Host- only from this host and by TLS.
func (t *Table) name(r *http.Request) string {
	if t.secure(r) {
		return "__Host-" + cookieName
	}
	return cookieName
}

func (t *Table) cookie(r *http.Request, id string) *http.Cookie {
	return &http.Cookie{
		Name: t.name(r), Value: id, Path: "/", MaxAge: int(longest.Seconds()),
		HttpOnly: true, Secure: t.secure(r), SameSite: http.SameSiteLaxMode,
	}
}

func (t *Table) setCookie(w http.ResponseWriter, r *http.Request, id string) {
	http.SetCookie(w, t.cookie(r, id))
}
