package settings

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/shared/protocol"
)

// JoinScheme is that of the links with which an administrator sets a desktop up.
const JoinScheme = "traybell"

// longestJoin is more than a link with every field at its longest has.
const longestJoin = 1024

// Join is what a link says: the hub, the certificate to expect there, and whose desktop it is. A
// password is never in one.
type Join struct {
	Server      string
	Port        int    // DefaultPort where the link names none
	Extension   string // empty where the link leaves that to the agent
	Fingerprint string // empty where the link does not say; else as protocol.Fingerprint writes it
}

// ParseJoin reads a link such as
// traybell://join?server=hub.example.com&port=11010&fingerprint=AB:CD:…&extension=101. It comes
// from anywhere: from a mail, a web page. What is not exactly such a link is a problem.
func ParseJoin(raw string) (Join, *Problem) {
	if len(raw) > longestJoin {
		return Join{}, &Problem{Key: "problem.join_long", Places: map[string]any{"Most": longestJoin}}
	}
	u, err := url.Parse(raw)
	if err != nil || !strings.EqualFold(u.Scheme, JoinScheme) || u.Opaque != "" ||
		!strings.EqualFold(u.Host, "join") || u.Path != "" && u.Path != "/" || u.User != nil || u.Fragment != "" {
		return Join{}, problem("problem.join_other")
	}
	says, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Join{}, problem("problem.join_other")
	}
	for name, values := range says {
		switch {
		case strings.EqualFold(name, "password"):
			return Join{}, problem("problem.join_password")
		case !slices.Contains([]string{"server", "port", "fingerprint", "extension"}, name), len(values) != 1:
			return Join{}, problem("problem.join_other")
		}
	}
	var j Join
	var wrong *Problem
	if j.Server, j.Port, wrong = CheckServer(says.Get("server")); wrong != nil {
		return Join{}, wrong
	}
	if j.Port == 0 || says.Has("port") {
		if j.Port, wrong = CheckPort(says.Get("port")); wrong != nil {
			return Join{}, wrong
		}
	}
	if says.Has("extension") {
		if j.Extension, wrong = CheckExtension(says.Get("extension")); wrong != nil {
			return Join{}, wrong
		}
	}
	if says.Has("fingerprint") {
		if j.Fingerprint, wrong = CheckFingerprint(says.Get("fingerprint")); wrong != nil {
			return Join{}, wrong
		}
	}
	return j, nil
}

// Address is the hub's as people write it, "host:port".
func (j Join) Address() string { return net.JoinHostPort(j.Server, strconv.Itoa(j.Port)) }

// Over lays the link over settings.
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

// SameHub tells whether both name one hub.
func (o Own) SameHub(other Own) bool { return o.Server == other.Server && o.port() == other.port() }

func (o Own) port() int {
	if o.Port == 0 {
		return DefaultPort
	}
	return o.Port
}

// CheckFingerprint reads the SHA-256 fingerprint of a certificate as people copy it, in either
// case, with colons, spaces or neither.
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

// ReplacesPin tells whether the link would have another certificate trusted than the one that is
// trusted for the same hub now.
func (j Join) ReplacesPin(own Own) bool {
	return j.Fingerprint != "" && own.Pin != "" && own.SameHub(j.Over(own)) && !protocol.SameFingerprint(own.Pin,
		j.Fingerprint)
}
