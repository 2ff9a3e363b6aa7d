package system

import (
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// Proxy returns the proxy for a URL, or nil. HTTPS_PROXY and NO_PROXY take precedence over the
// system's settings, which are read on Windows only, on every call, as notebooks change networks. A
// hub on this computer is always contacted directly. It is safe for concurrent use.
func Proxy(to *url.URL) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	if config.HTTPSProxy == "" && config.HTTPProxy == "" {
		return systemProxy(to)
	}
	return config.ProxyFunc()(to)
}
