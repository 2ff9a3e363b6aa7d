package web

import (
	"errors"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"traybell/hub/signin"
)

// adminRules limit the failed sign-ins of administrators.
var adminRules = signin.Rules{
	Address: signin.Limit{Every: time.Second, Burst: 60},
	Pair:    signin.Limit{Every: 10 * time.Second, Burst: 5},
	Name:    signin.Limit{Every: time.Second, Burst: 50},
	AtOnce:  2,
}

// guard admits administrators by HTTP Basic. If there are none, it admits browsers on the hub's
// computer.
type guard struct {
	*signin.Guard
	none atomic.Bool // there are no administrators
	log  *slog.Logger
}

func newGuard(admins []Admin, log *slog.Logger) (*guard, error) {
	g := &guard{Guard: signin.New(adminRules), log: log}
	return g, g.setAdmins(admins)
}

func (g *guard) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.none.Load() {
			if !ownComputer(r) {
				http.Error(w, "hub.yml has no admins, so these pages open only on the hub's own computer.",
					http.StatusForbidden)
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
		_, err := g.SignIn(r.Context(), signin.Attempt{Address: r.RemoteAddr, Name: login, Password: password})
		var many *signin.TooManyError
		switch {
		case errors.As(err, &many):
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(many.Wait.Seconds()))))
			http.Error(w, "Too many wrong passwords. Please wait.", http.StatusTooManyRequests)
		case errors.Is(err, signin.ErrWrong):
			g.log.Warn("sign-in refused", "login", login, "from", r.RemoteAddr)
			askPassword(w)
		case err != nil:
			http.Error(w, "Sign-in canceled.", http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func askPassword(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="traybell", charset="UTF-8"`)
	http.Error(w, "Please sign in as an administrator.", http.StatusUnauthorized)
}

// ownComputer reports whether a request comes from a browser on this computer: not through a
// reverse proxy, and not to a foreign host name that resolves to 127.0.0.1.
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
