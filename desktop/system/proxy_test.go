package system

import (
	"net/url"
	"testing"
)

// proxyFor returns the proxy for a URL.
func proxyFor(t *testing.T, ask func(*url.URL) (*url.URL, error), to string) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := ask(u)
	if err != nil {
		t.Fatal(err)
	}
	if proxy == nil {
		return ""
	}
	return proxy.String()
}

func TestEnvironmentProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://anna:secret@proxy.example.com:3128")
	t.Setenv("NO_PROXY", "hub.example.com,10.0.0.0/8,.lan")
	for to, want := range map[string]string{
		"https://hub.example.org:11010/": "http://anna:secret@proxy.example.com:3128",
		"https://hub.example.com:11010/": "",
		"https://10.1.2.3:11010/":        "",
		"https://hub.lan:11010/":         "",
		"https://localhost:11010/":       "",
		"https://127.0.0.1:11010/":       "",
		"http://127.0.0.1:11010/":        "",
	} {
		if got := proxyFor(t, Proxy, to); got != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}

func TestWindowsProxySettings(t *testing.T) {
	for _, c := range []struct{ server, except, to, want string }{
		{"proxy:8080", "", "https://hub.example.com:11010/", "http://proxy:8080"},
		{"http=web:80;https=tls:8443", "", "https://hub.example.com/", "http://tls:8443"},
		{"http=web:80;socks=socks:1080", "", "https://hub.example.com/", "socks5://socks:1080"},
		{"http=web:80", "", "https://hub.example.com/", ""},
		{"http://proxy:8080", "", "https://hub.example.com/", "http://proxy:8080"},
		{"", "", "https://hub.example.com/", ""},
		{"proxy:8080", "*.example.com;<local>", "https://hub.example.com/", ""},
		{"proxy:8080", "*.example.com;<local>", "https://hub.example.org/", "http://proxy:8080"},
		{"proxy:8080", "<local>", "https://hub:11010/", ""},
		{"proxy:8080", "", "https://hub:11010/", "http://proxy:8080"},
		{"proxy:8080", "10.*;192.168.*.*; hub.example.com", "https://10.20.30.40/", ""},
		{"proxy:8080", "10.*;192.168.*.*; hub.example.com", "https://192.168.1.5/", ""},
		{"proxy:8080", "10.*;192.168.*.*; hub.example.com", "https://192.169.1.5/", "http://proxy:8080"},
		{"proxy:8080", "10.*;192.168.*.*; hub.example.com", "https://hub.example.com/", ""},
		{"proxy:8080", "*;*.*.*.*.*", "https://hub.example.com/", ""},
		{"proxy:8080", "", "https://localhost:11010/", ""},
	} {
		ask := func(to *url.URL) (*url.URL, error) { return byLists(c.server, c.except, to) }
		if got := proxyFor(t, ask, c.to); got != c.want {
			t.Errorf("%q except %q, to %s: %q, want %q", c.server, c.except, c.to, got, c.want)
		}
	}
}
