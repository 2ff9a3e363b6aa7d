package system

import (
	"net/url"

	"golang.org/x/sys/windows/registry"
)

// internetSettings holds Windows' proxy settings (Network & internet, Proxy, Manual proxy setup).
const internetSettings = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// systemProxy returns the manually configured proxy. Scripts (PAC) are not evaluated: name their
// proxy in HTTPS_PROXY.
func systemProxy(to *url.URL) (*url.URL, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, internetSettings, registry.QUERY_VALUE)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // no proxy, as in net/http
	}
	defer func() { _ = k.Close() }()
	if enabled, _, err := k.GetIntegerValue("ProxyEnable"); err != nil || enabled == 0 {
		return nil, nil //nolint:nilerr,nilnil // as above
	}
	server, _, _ := k.GetStringValue("ProxyServer")
	except, _, _ := k.GetStringValue("ProxyOverride")
	return byLists(server, except, to)
}
