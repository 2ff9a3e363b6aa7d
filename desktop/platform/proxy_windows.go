package platform

import (
	"net/url"

	"golang.org/x/sys/windows/registry"
)

// internetSettings is where Windows keeps the proxy of its settings, "Network & internet", "Proxy",
// "Manual proxy setup".
const internetSettings = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// systemProxy is the one that is set by hand. A script (PAC) is not run: its proxy must be named in
// HTTPS_PROXY.
func systemProxy(to *url.URL) (*url.URL, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, internetSettings, registry.QUERY_VALUE)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // net/http's way to say that there is none
	}
	defer func() { _ = k.Close() }()
	if enabled, _, err := k.GetIntegerValue("ProxyEnable"); err != nil || enabled == 0 {
		return nil, nil //nolint:nilerr,nilnil // as above
	}
	server, _, _ := k.GetStringValue("ProxyServer")
	except, _, _ := k.GetStringValue("ProxyOverride")
	return byLists(server, except, to)
}
