// Package check checks single values of hub.yml: their form, not how they fit others.
package check

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"traybell/hub/config/document"
	"traybell/shared/bounded"
	"traybell/shared/printable"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

var (
	calledAs = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)
	pattern  = regexp.MustCompile(`^_(?:[0-9A-Za-z*#+]|-|\[[0-9A-Za-z*#+-]+\])*[.!]?$`)
	words    = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// Values checks values of a document, and complains there.
type Values struct{ *document.Document }

// Given reports whether a required text is there and valid so far.
func (k Values) Given(key, text string) bool {
	if strings.TrimSpace(text) != "" {
		return !k.Bad(key)
	}
	k.Complain(key, "`%s` is missing", key[strings.LastIndex(key, ".")+1:])
	return false
}

// Secret checks that there is a secret.
func (k Values) Secret(key string, s document.Secret) {
	if s.Empty() {
		name := key[strings.LastIndex(key, ".")+1:]
		k.Complain(key, "`%s` is missing; set it or, better, set `%s_file` to a file that contains it", name, name)
	}
}

// Hash checks the password hash of an agent or admin.
func (k Values) Hash(key string, s document.Secret) {
	const remedy = "run: traybell-hub passwd"
	if s.Empty() {
		k.Complain(key, "`password` is missing; %s", remedy)
		return
	}
	params, salt, sum, err := argon2id.DecodeHash(s.Reveal())
	switch {
	case err != nil:
		k.Complain(key, "the password must be an argon2id hash ($argon2id$…); %s", remedy)
	case params.Iterations < 1 || params.Iterations > 100 || params.Memory > 1<<20 || params.Parallelism < 1 ||
		len(salt) < 8 || len(sum) < 16:
		k.Complain(key,
			"argon2id parameters out of range (memory up to 1 GiB, 1 to 100 rounds, salt of 8 and key of 16 bytes or "+
				"more); %s", remedy)
	}
}

// Login checks the login of an agent or an administrator.
func (k Values) Login(at, login string) {
	if problem := LoginProblem(login); k.Given(at+".login", login) && problem != "" {
		k.Complain(at+".login", "%s", problem)
	}
}

// LoginProblem returns why a text is not a login; empty if it is one.
func LoginProblem(text string) string {
	var why string
	switch {
	case strings.ContainsFunc(text, unicode.IsSpace):
		why = "it contains a space"
	case strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !printable.Visible(r) }):
		why = "it contains a character that is not visible"
	case len(text) > protocol.MaxID:
		why = fmt.Sprintf("it is longer than %d bytes", protocol.MaxID)
	default:
		return ""
	}
	return document.Quote(text) + " is not a valid login: " + why
}

// Once reports duplicate names in a list.
func (k Values) Once(key, name string, i int, seen map[string]int, list string) {
	if name == "" {
		return
	}
	if first, twice := seen[name]; twice {
		where := ""
		if line := k.Line(fmt.Sprintf("%s[%d]", list, first)); line > 0 {
			where = ", already in line " + strconv.Itoa(line)
		}
		k.Complain(key, "duplicate %s%s", document.Quote(name), where)
		return
	}
	seen[name] = i
}

// OneOf checks a text that has few values.
func (k Values) OneOf(key, text string, known ...string) {
	if slices.Contains(known, text) {
		return
	}
	k.Complain(key, "unknown value %s; use one of %s", document.Quote(text),
		strings.Join(slices.DeleteFunc(slices.Clone(known), func(s string) bool {
			return s == ""
		}), ", "))
}

// Coded checks a code, and returns the name that goes with it.
func (k Values) Coded(at, code, name string) string {
	if k.Given(at+".code", code) && (len(code) > protocol.MaxID || !words.MatchString(code)) {
		k.Complain(at+".code", "%s is not a code; use up to %d letters, digits, - and _, such as lunch",
			document.Quote(code), protocol.MaxID)
	}
	if name == "" {
		return code
	}
	return name
}

// KnownTeams checks the names of teams.
func (k Values) KnownTeams(key string, list []string, known map[string]bool) {
	for i, t := range list {
		if each := fmt.Sprintf("%s[%d]", key, i); !known[t] && !k.Bad("agents") {
			k.Complain(each, "the team %s has no agents%s", document.Quote(t),
				document.DidYouMean(t, slices.Sorted(maps.Keys(known))))
		}
	}
}

// Called checks a called number or a dialplan pattern.
func (k Values) Called(key, number string) {
	switch {
	case number == "*":
	case strings.HasPrefix(number, "_"):
		if !pattern.MatchString(number) || number == "_" {
			k.Complain(key,
				"%s is not a dialplan pattern; after _ use digits, X (0-9), Z (1-9), N (2-9), [1-5], and . or ! at "+
					"the end",
				document.Quote(number))
		}
	case !calledAs.MatchString(number):
		k.Complain(key,
			"%s is not a number; use digits without spaces, a pattern such as _7495XXXXXXX, or \"*\" for all",
			document.Quote(number))
	}
}

// complainer reports problems.
type complainer interface {
	Complain(key, format string, values ...any)
}

// Between checks the bounds of a number or a duration.
func Between[T int | time.Duration](k complainer, key string, v, least, most T) {
	if v < least || v > most {
		k.Complain(key, "%v is out of range; use %v to %v", v, least, most)
	}
}

// Retention checks how long to keep personal data: 0, or at least a month, as files are monthly.
func (k Values) Retention(key string, d time.Duration) {
	if d != 0 && d < 31*24*time.Hour {
		k.Complain(key, "%s is too short; use 31d or more, or 0s to keep forever", d)
	}
}

// Address checks host:port. In listen, port 0 means any free port.
func (k Values) Address(key, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		k.Complain(key, "%s is not an address; use host:port", document.Quote(address))
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && key != "listen" {
		k.Complain(key, "%s is not a port; use 1 to 65535", document.Quote(port))
	}
	if strings.ContainsAny(host, " /@\t") {
		k.Complain(key, "%s is not a host", document.Quote(host))
	}
}

// Loopback reports whether a host is this computer.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// Page checks a URL.
func (k Values) Page(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		k.Complain(key, "not a URL; use https://…")
	case u.User != nil:
		k.Complain(key, "remove the user and password from the URL")
	}
}

// File checks that a file exists.
func (k Values) File(key, path string) {
	if !k.Given(key, path) {
		return
	}
	if err := bounded.Regular(path); err != nil {
		k.Complain(key, "%v; use an existing file, relative to hub.yml or absolute", err)
	}
}
