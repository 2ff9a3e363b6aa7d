package entrance

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

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
	host := hostOf(r)
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// OnlyHosts refuses requests to names that are not the hub's. Addresses are the hub's: a web page
// cannot make one resolve to the hub.
func OnlyHosts(names func() []string, next http.Handler) http.Handler {
	if names == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r)
		_, err := netip.ParseAddr(host)
		if err != nil && host != "localhost" && !slices.ContainsFunc(names(), func(name string) bool {
			return strings.EqualFold(name, host)
		}) {
			http.Error(w, fmt.Sprintf("The hub does not know the name %.100q as its own. Use its address or "+
				"localhost. If a proxy forwards this name to the hub, set public_url in hub.yml to https:// and the "+
				"name.", host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf returns the host in the URL of a request, in lower case and without port and brackets.
func hostOf(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(trimBrackets(host)), ".")
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// secure reports whether the browser sends a request by TLS: to the hub, or to the proxy that
// public_url names.
func (d *Door) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	name, ok := strings.CutPrefix(d.publicURL(), "https://")
	if !ok {
		return false
	}
	name, _, _ = strings.Cut(name, "/")
	return strings.EqualFold(name, r.Host)
}

// address is where a request comes from, without port.
func address(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
