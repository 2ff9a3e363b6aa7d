package web_test

import (
	"net/http"
	"strings"
	"testing"

	"traybell/hub/web"
	"traybell/shared/protocol"
)

// Without TLS a page of another site may have a name that resolves to 127.0.0.1 (DNS rebinding). Its
// requests have that name as their Host, and as their Origin.
func TestForeignNamesAreRefused(t *testing.T) {
	opened := false
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.Hosts = func() []string { return []string{"hub.example.com"} }
		o.Metrics = http.NotFoundHandler()
		o.Terminals = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { opened = true })
	})
	for host, known := range map[string]bool{
		"hub.example.com": true, "HUB.example.com.:8080": true, "localhost:11010": true, "127.0.0.1:11010": true,
		"[::1]:11010": true, "192.0.2.7": true,
		"evil.example": false, "evil.example:11010": false, "localhost.evil.example": false,
		"127.0.0.1.evil.example": false, "hub.example.com.evil.example": false, "hub": false, "": false,
	} {
		for _, path := range []string{"/", "/tickets", "/metrics", "/healthz", "/web.css", protocol.Path} {
			opened = false
			resp, body := s.do("GET", path, nil, func(r *http.Request) {
				if r.Host = host; host == "" {
					r.Host = "..."
				}
				r.Header.Set("Origin", "http://"+host)
			})
			if refused := resp.StatusCode == http.StatusMisdirectedRequest; refused == known || opened && !known {
				t.Errorf("%s of %q: %s", path, host, resp.Status)
			} else if refused && !strings.Contains(body, "set public_url in hub.yml") {
				t.Errorf("%s of %q: %s", path, host, body)
			}
		}
	}
}
