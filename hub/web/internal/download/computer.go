package download

import (
	"net/http"
	"slices"
	"strings"

	"traybell/hub/handout"
	"traybell/shared/release"
)

// Client hints, which Chromium sends. Its User-Agent names neither the version nor the processor of
// Windows and macOS.
const (
	hintPlatform = "Sec-CH-UA-Platform"
	hintArch     = "Sec-CH-UA-Arch"
	hintBits     = "Sec-CH-UA-Bitness"
)

// computer is what a browser says of its computer.
type computer struct {
	system string // of Go; empty: a telephone, or unknown
	arch   string
	forms  []release.Form // the preferred ones first
}

func visitorsComputer(r *http.Request) (c computer) {
	agent := strings.ToLower(r.UserAgent())
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(agent, w) })
	}
	switch strings.Trim(r.Header.Get(hintPlatform), `"`) {
	case "Windows":
		c.system = "windows"
	case "macOS":
		c.system = "darwin"
	case "Linux":
		c.system = "linux"
	case "":
		switch {
		case says("android", "iphone", "ipad", "cros"):
		case says("windows"):
			c.system = "windows"
		case says("macintosh", "mac os x"):
			c.system = "darwin"
		case says("linux", "x11"):
			c.system = "linux"
		}
	}
	c.arch = "amd64"
	hint := strings.Trim(r.Header.Get(hintArch), `"`)
	if hint == "arm" && r.Header.Get(hintBits) != `"32"` || says("aarch64", "arm64") {
		c.arch = "arm64"
	}
	switch {
	case c.system != "linux":
		c.forms = []release.Form{release.Setup, release.App, release.Program, release.MSI}
	case says("fedora", "red hat", "rhel", "centos", "suse", "rocky", "almalinux"):
		c.forms = []release.Form{release.RPM, release.Program}
	default:
		c.forms = []release.Form{release.Deb, release.Program, release.RPM}
	}
	return c
}

// choose returns the newest file in the first form that there is for the computer.
func (c computer) choose(list []handout.File) (best handout.File, ok bool) {
	for _, form := range c.forms {
		for _, f := range list {
			if f.System == c.system && f.Form == form && (f.Arch == "" || f.Arch == c.arch) {
				return f, true
			}
		}
	}
	return handout.File{}, false
}
