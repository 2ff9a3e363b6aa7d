package platform

import (
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// Proxy tells which proxy leads to an address; nil for none. What the environment says
// (HTTPS_PROXY, NO_PROXY) counts before the system's own settings, which are read on Windows: anew
// each time, because a notebook wanders between networks. A hub on this computer is always reached
// without. It may be called from any goroutine.
func Proxy(to *url.URL) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	if config.HTTPSProxy == "" && config.HTTPProxy == "" {
		return systemProxy(to)
	}
	return config.ProxyFunc()(to)
}
