package signin

import (
	"maps"
	"time"
)

// Revocation makes tokens void that were issued until a time.
type Revocation struct {
	Login  string    `json:"login"`
	Device string    `json:"device,omitempty"` // empty: all devices of the account
	At     time.Time `json:"at"`
}

func (r Revocation) key() string { return r.Login + "\x00" + r.Device }

// Revoke adds revocations. It returns all that are in force, for the next guard.
func (g *Guard) Revoke(more ...Revocation) []Revocation {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range more {
		if r.At.After(g.revoked[r.key()].At) {
			g.revoked[r.key()] = r
		}
	}
	old := time.Now().Add(-TokenFor - clockSkew)
	maps.DeleteFunc(g.revoked, func(_ string, r Revocation) bool { return r.At.Before(old) })
	all := make([]Revocation, 0, len(g.revoked))
	for _, r := range g.revoked {
		all = append(all, r)
	}
	return all
}

// Revoked reports whether a token is void; device may be empty. Of a token only the second is known.
func (g *Guard) Revoked(login, device string, issued time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, of := range []string{"", device} {
		if r, ok := g.revoked[Revocation{Login: login, Device: of}.key()]; ok && !issued.After(r.At) {
			return true
		}
	}
	return false
}
