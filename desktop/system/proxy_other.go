//go:build !windows

package system

import "net/url"

// systemProxy returns none: Linux desktops set the environment; the settings of macOS are not read.
func systemProxy(*url.URL) (*url.URL, error) {
	return nil, nil
} //nolint:nilnil // no proxy, as in net/http
