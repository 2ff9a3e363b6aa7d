//go:build !windows

package platform

import "net/url"

// systemProxy is none: on Linux desktops hand theirs to programs by the environment; macOS's own is
// not read.
func systemProxy(*url.URL) (*url.URL, error) {
	return nil, nil
} //nolint:nilnil // net/http's way to say that there is none
