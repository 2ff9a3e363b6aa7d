package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
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
	"github.com/nyaruka/phonenumbers"
)

var (
	pbxID     = regexp.MustCompile(`^[a-z0-9-]+$`)
	extension = regexp.MustCompile(`^[A-Za-z0-9._*#+-]+$`)
	calledAs  = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)
	pattern   = regexp.MustCompile(`^_(?:[0-9A-Za-z*#+]|-|\[[0-9A-Za-z*#+-]+\])*[.!]?$`)
	dialled   = regexp.MustCompile(`^\+?[0-9*#]*$`)
)

// scalars checks single values: their form, not how they fit others.
type scalars struct{ *document.Document }

// checker checks sections of decoded values and makes relative paths absolute.
type checker struct {
	scalars
	c *Config
}

func (k checker) all() {
	k.hub()
	k.pbxs()
	k.people()
	k.lines()
	k.dial()
	k.states()
	k.callQueues()
	k.callData()
	k.callerID()
	k.blocking()
	k.directories()
	k.helpDesks()
	k.queues()
	k.desktop()
	k.signIn()
	k.api()
	k.webhooks()
	k.recordings()
}

func (k checker) hub() {
	c := k.c
	k.address("listen", c.Listen)
	if c.PublicURL != "" {
		k.page("public_url", c.PublicURL)
	}
	if k.given("data_dir", c.DataDir) {
		c.DataDir = k.Absolute(c.DataDir)
	}
	if c.Downloads.Folder != "" {
		c.Downloads.Folder = k.Absolute(c.Downloads.Folder)
	}
	k.oneOf("tls.mode", c.TLS.Mode, TLSAuto, TLSFiles, TLSOff)
	c.TLS.Cert, c.TLS.Key = k.Absolute(c.TLS.Cert), k.Absolute(c.TLS.Key)
	switch c.TLS.Mode {
	case TLSFiles:
		k.file("tls.cert", c.TLS.Cert)
		k.file("tls.key", c.TLS.Key)
	case TLSOff:
		if host, _, err := net.SplitHostPort(c.Listen); err == nil && !loopback(host) {
			k.Complain("tls.mode",
				"without TLS, passwords would be sent in clear text; use `mode: auto`, or set `listen` to a loopback "+
					"address such as 127.0.0.1:11010")
		}
	}
	if c.TLS.Mode != TLSFiles && c.TLS.Cert+c.TLS.Key != "" {
		k.Complain("tls.mode", "`cert` and `key` need `mode: files`; set it, or remove them")
	}
	if regions := phonenumbers.GetSupportedRegions(); !regions[c.Region] {
		hint := "use the two-letter country code, such as RU or DE"
		if regions[strings.ToUpper(c.Region)] {
			hint = "use " + strings.ToUpper(c.Region)
		}
		k.Complain("region", "%s is not a known region; %s", document.Quote(c.Region), hint)
	}
	between(k, "limits.clients", c.Limits.Clients, 1, 100_000)
	k.oneOf("database.driver", c.Database.Driver, "sqlite")
	between(k, "cdr.grace", c.CDR.Grace, 0, day)
	k.oneOf("cdr.format", c.CDR.Format, CDRAuto, CDROPC)
	k.retention("cdr.retention", c.CDR.Retention)
	k.oneOf("log.format", c.Log.Format, LogText, LogJSON)
	k.retention("log.retention", c.Log.Retention)
	if c.Log.Folder != "" {
		c.Log.Folder = k.Absolute(c.Log.Folder)
		if info, err := os.Stat(c.Log.Folder); err != nil || !info.IsDir() {
			k.Complain("log.folder",
				"%s is not a folder, or not accessible; create it and make the hub's user its owner",
				document.Quote(c.Log.Folder))
		}
	}
}

func (k checker) pbxs() {
	if len(k.c.PBX) == 0 {
		k.Complain("pbx", "no PBX; add at least one with id, address, username and password_file")
	}
	seen := map[string]int{}
	for i, p := range k.c.PBX {
		at := fmt.Sprintf("pbx[%d]", i)
		if p.CA != "" {
			k.c.PBX[i].CA = k.Absolute(p.CA)
			if !p.TLS {
				k.Complain(at+".ca", "`ca` needs `tls: true`")
			} else {
				k.file(at+".ca", k.c.PBX[i].CA)
			}
		}
		if k.given(at+".id", p.ID) && !pbxID.MatchString(p.ID) {
			k.Complain(at+".id", "%s is not a valid id; use lowercase letters, digits and -", document.Quote(p.ID))
		}
		k.once(at+".id", p.ID, i, seen, "pbx")
		if k.given(at+".address", p.Address) {
			k.address(at+".address", p.Address)
			if strings.HasPrefix(p.Address, ":") {
				k.Complain(at+".address", "no host; use host:port, such as 127.0.0.1:5038")
			}
		}
		k.given(at+".username", p.Username)
		k.secret(at+".password", p.Password)
		for name, text := range map[string]string{"username": p.Username, "password": p.Password.Reveal()} {
			if strings.ContainsAny(text, "\r\n") {
				k.Complain(at+"."+name, "must not contain a line break")
			}
		}
		k.endpoints(at, p)
	}
}

func (k checker) people() {
	if len(k.c.Agents) == 0 && k.c.SignIn.LDAP.URL == "" {
		k.Warn("agents", "no agents: no desktop can sign in")
	}
	logins := map[string]int{}
	for i := range k.c.Agents {
		a := &k.c.Agents[i]
		at := fmt.Sprintf("agents[%d]", i)
		k.login(at, a.Login)
		k.once(at+".login", a.Login, i, logins, "agents")
		if a.Name == "" {
			a.Name = a.Login
		}
		k.hash(at+".password", a.Password)
		for j, team := range a.Teams {
			k.given(fmt.Sprintf("%s.teams[%d]", at, j), team)
		}
		for j, right := range a.Rights {
			k.oneOf(fmt.Sprintf("%s.rights[%d]", at, j), right, protocol.Rights()...)
		}
		k.roles(at+".roles", a.Roles)
	}
	k.phones()
	admins := map[string]int{}
	for i := range k.c.Admins {
		a := &k.c.Admins[i]
		at := fmt.Sprintf("admins[%d]", i)
		k.login(at, a.Login)
		k.once(at+".login", a.Login, i, admins, "admins")
		k.hash(at+".password", a.Password)
		if len(a.Roles) == 0 {
			a.Roles = []string{RoleAdmin}
		}
		k.roles(at+".roles", a.Roles)
	}
}

// given reports whether a required text is there and valid so far.
func (k scalars) given(key, text string) bool {
	if strings.TrimSpace(text) != "" {
		return !k.Bad(key)
	}
	k.Complain(key, "`%s` is missing", key[strings.LastIndex(key, ".")+1:])
	return false
}

func (k scalars) secret(key string, s document.Secret) {
	if s.Empty() {
		name := key[strings.LastIndex(key, ".")+1:]
		k.Complain(key, "`%s` is missing; set it or, better, set `%s_file` to a file that contains it", name, name)
	}
}

// hash checks the password hash of an agent or admin.
func (k scalars) hash(key string, s document.Secret) {
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

func (k scalars) login(at, login string) {
	if problem := LoginProblem(login); k.given(at+".login", login) && problem != "" {
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

// once reports duplicate names in a list.
func (k scalars) once(key, name string, i int, seen map[string]int, list string) {
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

func (k scalars) oneOf(key, text string, known ...string) {
	if slices.Contains(known, text) {
		return
	}
	k.Complain(key, "unknown value %s; use one of %s", document.Quote(text),
		strings.Join(slices.DeleteFunc(slices.Clone(known), func(s string) bool {
			return s == ""
		}), ", "))
}

// complainer reports problems.
type complainer interface {
	Complain(key, format string, values ...any)
}

func between[T int | time.Duration](k complainer, key string, v, least, most T) {
	if v < least || v > most {
		k.Complain(key, "%v is out of range; use %v to %v", v, least, most)
	}
}

// retention checks how long to keep personal data: 0, or at least a month, as files are monthly.
func (k scalars) retention(key string, d time.Duration) {
	if d != 0 && d < 31*day {
		k.Complain(key, "%s is too short; use 31d or more, or 0s to keep forever", d)
	}
}

// address checks host:port. In listen, port 0 means any free port.
func (k scalars) address(key, address string) {
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

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// page checks a URL.
func (k scalars) page(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		k.Complain(key, "not a URL; use https://…")
	case u.User != nil:
		k.Complain(key, "remove the user and password from the URL")
	}
}

func (k scalars) file(key, path string) {
	if !k.given(key, path) {
		return
	}
	if err := bounded.Regular(path); err != nil {
		k.Complain(key, "%v; use an existing file, relative to hub.yml or absolute", err)
	}
}
