package system

import (
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// byLists evaluates Windows' two values: the proxy, "proxy:8080" or one per scheme,
// "http=proxy:80;https=proxy:8080"; and the exceptions, "*.example.com;10.*;<local>", where <local>
// is any host name without a dot.
func byLists(server, except string, to *url.URL) (*url.URL, error) {
	c := &httpproxy.Config{}
	for one := range strings.SplitSeq(server, ";") {
		scheme, proxy, several := strings.Cut(strings.TrimSpace(one), "=")
		switch {
		case !several:
			c.HTTPSProxy, c.HTTPProxy = scheme, scheme
		case strings.EqualFold(scheme, "https"):
			c.HTTPSProxy = proxy
		case strings.EqualFold(scheme, "http"):
			c.HTTPProxy = proxy
		case strings.EqualFold(scheme, "socks") && c.HTTPSProxy == "":
			c.HTTPSProxy = "socks5://" + proxy
		}
	}
	var without []string
	for one := range strings.SplitSeq(except, ";") {
		one = strings.TrimSpace(one)
		switch {
		case one == "<local>":
			if !strings.ContainsAny(to.Hostname(), ".:") {
				return nil, nil //nolint:nilnil // no proxy, as in net/http
			}
		case one == "", one == "<-loopback>":
		case strings.HasPrefix(one, "*."):
			without = append(without, one[1:])
		case strings.HasSuffix(one, ".*"):
			without = append(without, network(one)...)
		default:
			without = append(without, one)
		}
	}
	c.NoProxy = strings.Join(without, ",")
	return c.ProxyFunc()(to)
}

// network returns 10.* or 192.168.* as a network, or nothing.
func network(pattern string) []string {
	parts := strings.Split(strings.TrimSuffix(pattern, ".*"), ".")
	for len(parts) > 0 && parts[len(parts)-1] == "*" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 || len(parts) > 3 {
		return nil
	}
	bits := []string{"", "/8", "/16", "/24"}[len(parts)]
	for len(parts) < 4 {
		parts = append(parts, "0")
	}
	return []string{strings.Join(parts, ".") + bits}
}
