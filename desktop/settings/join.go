package settings

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/shared/protocol"
)

// JoinScheme is the scheme of setup links from an administrator.
const JoinScheme = "traybell"

// maxJoin exceeds the length of any valid link.
const maxJoin = 1024

// Join is the contents of a setup link: the hub, its certificate and the extension. It never has a
// password.
type Join struct {
	Server      string
	Port        int    // DefaultPort if the link has none
	Extension   string // may be empty
	Fingerprint string // may be empty; else in the format of protocol.Fingerprint
}

// ParseJoin parses a link such as
// traybell://join?server=hub.example.com&port=11010&fingerprint=AB:CD:…&extension=101. Links are
// untrusted: they come from mails and web pages. Anything else is rejected.
func ParseJoin(raw string) (Join, *Problem) {
	if len(raw) > maxJoin {
		return Join{}, &Problem{Key: "problem.join_long", Places: map[string]any{"Most": maxJoin}}
	}
	u, err := url.Parse(raw)
	if err != nil || !strings.EqualFold(u.Scheme, JoinScheme) || u.Opaque != "" ||
		!strings.EqualFold(u.Host, "join") || u.Path != "" && u.Path != "/" || u.User != nil || u.Fragment != "" {
		return Join{}, problem("problem.join_other")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Join{}, problem("problem.join_other")
	}
	for name, values := range query {
		switch {
		case strings.EqualFold(name, "password"):
			return Join{}, problem("problem.join_password")
		case !slices.Contains([]string{"server", "port", "fingerprint", "extension"}, name), len(values) != 1:
			return Join{}, problem("problem.join_other")
		}
	}
	var j Join
	var wrong *Problem
	if j.Server, j.Port, wrong = CheckServer(query.Get("server")); wrong != nil {
		return Join{}, wrong
	}
	if j.Port == 0 || query.Has("port") {
		if j.Port, wrong = CheckPort(query.Get("port")); wrong != nil {
			return Join{}, wrong
		}
	}
	if query.Has("extension") {
		if j.Extension, wrong = CheckExtension(query.Get("extension")); wrong != nil {
			return Join{}, wrong
		}
	}
	if query.Has("fingerprint") {
		if j.Fingerprint, wrong = CheckFingerprint(query.Get("fingerprint")); wrong != nil {
			return Join{}, wrong
		}
	}
	return j, nil
}

// Address is "host:port" of the hub.
func (j Join) Address() string { return net.JoinHostPort(j.Server, strconv.Itoa(j.Port)) }

// Over returns own with the link's settings.
func (j Join) Over(own Own) Own {
	was := own
	own.Server, own.Port = j.Server, j.Port
	if j.Port == DefaultPort {
		own.Port = 0
	}
	if j.Extension != "" {
		own.Extension = j.Extension
	}
	switch {
	case j.Fingerprint != "":
		own.Pin = j.Fingerprint
	case !own.SameHub(was):
		own.Pin = "" // another hub has another certificate
	}
	return own
}

// SameHub reports whether both have the same hub.
func (o Own) SameHub(other Own) bool { return o.Server == other.Server && o.port() == other.port() }

func (o Own) port() int {
	if o.Port == 0 {
		return DefaultPort
	}
	return o.Port
}

// CheckFingerprint parses a SHA-256 fingerprint in either case, with colons, spaces or neither.
func CheckFingerprint(text string) (string, *Problem) {
	plain := strings.ToUpper(strings.NewReplacer(":", "", " ", "", "\n", "", "\t", "").Replace(text))
	if len(plain) != 64 || strings.ContainsFunc(plain, func(r rune) bool {
		return !strings.ContainsRune("0123456789ABCDEF", r)
	}) {
		return "", problem("problem.fingerprint")
	}
	var out strings.Builder
	for i := 0; i < len(plain); i += 2 {
		if i > 0 {
			out.WriteByte(':')
		}
		out.WriteString(plain[i : i+2])
	}
	return out.String(), nil
}

// ReplacesPin reports whether the link replaces the trusted certificate of the same hub.
func (j Join) ReplacesPin(own Own) bool {
	return j.Fingerprint != "" && own.Pin != "" && own.SameHub(j.Over(own)) && !protocol.SameFingerprint(own.Pin,
		j.Fingerprint)
}
