package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"
)

const (
	attempts      = 5                // wrong passwords in a row from one address
	attemptEvery  = 10 * time.Second // and then one in this time
	watched       = 4096             // addresses whose attempts are counted one by one
	hashingAtOnce = 2                // an argon2id comparison takes tens of megabytes
)

// guard lets administrators in, by HTTP Basic. Where there are none, it lets in browsers on the hub's own computer.
type guard struct {
	admins  map[string]string // login to argon2id hash
	decoy   string            // compared with where the login is unknown, so that both take as long
	hashing chan struct{}
	log     *slog.Logger

	mu       sync.Mutex
	key      []byte                         // of proved, made anew with each start
	proved   map[string][]byte              // login to MAC of the password that fitted: browsers send it with every request
	tries    map[netip.Prefix]*rate.Limiter // by address, an IPv6 one by its network
	overflow *rate.Limiter                  // for all others
}

func newGuard(admins []Admin, log *slog.Logger) (*guard, error) {
	g := &guard{
		admins: map[string]string{}, hashing: make(chan struct{}, hashingAtOnce), log: log, key: make([]byte, 32),
		proved: map[string][]byte{}, tries: map[netip.Prefix]*rate.Limiter{}, overflow: newLimiter(),
	}
	if _, err := rand.Read(g.key); err != nil {
		return nil, err
	}
	for _, a := range admins {
		params, _, _, err := argon2id.DecodeHash(a.Password)
		if err != nil || a.Login == "" {
			return nil, fmt.Errorf("the admin %q needs a login and a password hash; make one with: traybell-hub passwd", a.Login)
		}
		g.admins[a.Login] = a.Password
		if g.decoy == "" {
			if g.decoy, err = argon2id.CreateHash(rand.Text(), params); err != nil {
				return nil, fmt.Errorf("preparing the sign-in of admins: %w", err)
			}
		}
	}
	return g, nil
}

func newLimiter() *rate.Limiter { return rate.NewLimiter(rate.Every(attemptEvery), attempts) }

func (g *guard) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(g.admins) == 0 {
			if !ownComputer(r) {
				http.Error(w, "These pages are shown to administrators. hub.yml names none (admins), and so they open on the hub's own computer alone.", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		login, password, given := r.BasicAuth()
		if !given {
			askPassword(w)
			return
		}
		if !g.isProved(login, password) {
			from := network(r.RemoteAddr)
			if !g.mayTry(from) {
				w.Header().Set("Retry-After", fmt.Sprint(int(attemptEvery.Seconds())))
				http.Error(w, "Too many wrong passwords; please wait a little.", http.StatusTooManyRequests)
				return
			}
			fits, err := g.compare(r, login, password)
			if err != nil {
				http.Error(w, "The sign-in was given up.", http.StatusServiceUnavailable)
				return
			}
			if !fits {
				g.log.Warn("a sign-in to the pages was refused", "login", login, "from", r.RemoteAddr)
				askPassword(w)
				return
			}
			g.prove(login, password, from)
		}
		next.ServeHTTP(w, r)
	})
}

func askPassword(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="traybell", charset="UTF-8"`)
	http.Error(w, "Please sign in as an administrator.", http.StatusUnauthorized)
}

// compare takes a turn, since each comparison is meant to cost much.
func (g *guard) compare(r *http.Request, login, password string) (bool, error) {
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-r.Context().Done():
		return false, r.Context().Err()
	}
	hash, known := g.admins[login]
	if !known {
		hash = g.decoy
	}
	fits, err := argon2id.ComparePasswordAndHash(password, hash)
	return fits && known && err == nil, nil
}

func (g *guard) mac(password string) []byte {
	m := hmac.New(sha256.New, g.key)
	m.Write([]byte(password))
	return m.Sum(nil)
}

func (g *guard) isProved(login, password string) bool {
	g.mu.Lock()
	proof, ok := g.proved[login]
	g.mu.Unlock()
	return ok && hmac.Equal(proof, g.mac(password))
}

// prove remembers a password that fitted, and forgets the wrong ones before it.
func (g *guard) prove(login, password string, from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.proved[login] = g.mac(password)
	delete(g.tries, from)
}

// mayTry counts an attempt.
func (g *guard) mayTry(from netip.Prefix) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, ok := g.tries[from]
	if !ok {
		if len(g.tries) >= watched {
			for address, old := range g.tries {
				if old.Tokens() >= attempts {
					delete(g.tries, address)
				}
			}
		}
		if len(g.tries) >= watched {
			return g.overflow.Allow()
		}
		l = newLimiter()
		g.tries[from] = l
	}
	return l.Allow()
}

// network is the address without its port; of IPv6 the /64, which one household can fill with addresses.
func network(remote string) netip.Prefix {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := ap.Addr().Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// ownComputer is true for a browser on this computer. A reverse proxy's requests come from here too, but not its users; and a page of the world may
// point a name of its own to 127.0.0.1, so the name that was asked for counts as well.
func ownComputer(r *http.Request) bool {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !ap.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(trimBrackets(host))
	return err == nil && addr.Unmap().IsLoopback()
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}
