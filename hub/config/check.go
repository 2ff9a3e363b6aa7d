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

	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
	"github.com/nyaruka/phonenumbers"
)

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	pbxID     = regexp.MustCompile(`^[a-z0-9-]+$`)
	extension = regexp.MustCompile(`^[A-Za-z0-9._*#+-]+$`)
	calledAs  = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)
	pattern   = regexp.MustCompile(`^_(?:[0-9A-Za-z*#+]|-|\[[0-9A-Za-z*#+-]+\])*[.!]?$`)
	dialled   = regexp.MustCompile(`^\+?[0-9*#]*$`)
)

// checker checks decoded values and makes relative paths absolute.
type checker struct {
	*decoder
	c      *Config
	folder string
}

func (k checker) all() {
	k.hub()
	k.pbxs()
	k.people()
	k.lines()
	k.callerID()
	k.blocking()
	k.directories()
	k.helpDesk()
	k.queues()
	k.desktop()
}

func (k checker) hub() {
	c := k.c
	k.address("listen", c.Listen)
	if c.PublicURL != "" {
		k.page("public_url", c.PublicURL)
	}
	if k.given("data_dir", c.DataDir) {
		c.DataDir = inFolder(k.folder, c.DataDir)
	}
	k.oneOf("tls.mode", c.TLS.Mode, TLSAuto, TLSFiles, TLSOff)
	c.TLS.Cert, c.TLS.Key = inFolder(k.folder, c.TLS.Cert), inFolder(k.folder, c.TLS.Key)
	switch c.TLS.Mode {
	case TLSFiles:
		k.file("tls.cert", c.TLS.Cert)
		k.file("tls.key", c.TLS.Key)
	case TLSOff:
		if host, _, err := net.SplitHostPort(c.Listen); err == nil && !loopback(host) {
			k.complain("tls.mode",
				"without TLS, passwords would be sent in clear text; use `mode: auto`, or set `listen` to a loopback "+
					"address such as 127.0.0.1:11010")
		}
	}
	if c.TLS.Mode != TLSFiles && c.TLS.Cert+c.TLS.Key != "" {
		k.complain("tls.mode", "`cert` and `key` need `mode: files`; set it, or remove them")
	}
	if regions := phonenumbers.GetSupportedRegions(); !regions[c.Region] {
		hint := "use the two-letter country code, such as RU or DE"
		if regions[strings.ToUpper(c.Region)] {
			hint = "use " + strings.ToUpper(c.Region)
		}
		k.complain("region", "%s is not a known region; %s", quote(c.Region), hint)
	}
	k.between("limits.clients", c.Limits.Clients, 1, 100_000)
	k.oneOf("database.driver", c.Database.Driver, "sqlite")
	k.period("cdr.grace", c.CDR.Grace, 0, day)
	k.oneOf("cdr.format", c.CDR.Format, CDRAuto, CDROPC)
	k.retention("cdr.retention", c.CDR.Retention)
	k.oneOf("log.format", c.Log.Format, LogText, LogJSON)
	k.retention("log.retention", c.Log.Retention)
	if c.Log.Folder != "" {
		c.Log.Folder = inFolder(k.folder, c.Log.Folder)
		if info, err := os.Stat(c.Log.Folder); err != nil || !info.IsDir() {
			k.complain("log.folder",
				"%s is not a folder, or not accessible; create it and make the hub's user its owner",
				quote(c.Log.Folder))
		}
	}
}

func (k checker) pbxs() {
	if len(k.c.PBX) == 0 {
		k.complain("pbx", "no PBX; add at least one with id, address, username and password_file")
	}
	seen := map[string]int{}
	for i, p := range k.c.PBX {
		at := fmt.Sprintf("pbx[%d]", i)
		if p.CA != "" {
			k.c.PBX[i].CA = inFolder(k.folder, p.CA)
			if !p.TLS {
				k.complain(at+".ca", "`ca` needs `tls: true`")
			} else {
				k.file(at+".ca", k.c.PBX[i].CA)
			}
		}
		if k.given(at+".id", p.ID) && !pbxID.MatchString(p.ID) {
			k.complain(at+".id", "%s is not a valid id; use lowercase letters, digits and -", quote(p.ID))
		}
		k.once(at+".id", p.ID, i, seen, "pbx")
		if k.given(at+".address", p.Address) {
			k.address(at+".address", p.Address)
			if strings.HasPrefix(p.Address, ":") {
				k.complain(at+".address", "no host; use host:port, such as 127.0.0.1:5038")
			}
		}
		k.given(at+".username", p.Username)
		k.secret(at+".password", p.Password)
		for name, text := range map[string]string{"username": p.Username, "password": p.Password.Reveal()} {
			if strings.ContainsAny(text, "\r\n") {
				k.complain(at+"."+name, "must not contain a line break")
			}
		}
	}
}

func (k checker) people() {
	if len(k.c.Agents) == 0 {
		k.warn("agents", "no agents: no desktop can sign in")
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
	}
	k.phones()
	admins := map[string]int{}
	for i, a := range k.c.Admins {
		at := fmt.Sprintf("admins[%d]", i)
		k.login(at, a.Login)
		k.once(at+".login", a.Login, i, admins, "admins")
		k.hash(at+".password", a.Password)
	}
}

// given reports whether a required text is there and valid so far.
func (k checker) given(key, text string) bool {
	if strings.TrimSpace(text) != "" {
		return !k.isBad(key)
	}
	k.complain(key, "`%s` is missing", key[strings.LastIndex(key, ".")+1:])
	return false
}

func (k checker) secret(key string, s Secret) {
	if s.Empty() {
		name := key[strings.LastIndex(key, ".")+1:]
		k.complain(key, "`%s` is missing; set it or, better, set `%s_file` to a file that contains it", name, name)
	}
}

// hash checks the password hash of an agent or admin.
func (k checker) hash(key string, s Secret) {
	const remedy = "run: traybell-hub passwd"
	if s.Empty() {
		k.complain(key, "`password` is missing; %s", remedy)
		return
	}
	params, salt, sum, err := argon2id.DecodeHash(s.Reveal())
	switch {
	case err != nil:
		k.complain(key, "the password must be an argon2id hash ($argon2id$…); %s", remedy)
	case params.Iterations < 1 || params.Iterations > 100 || params.Memory > 1<<20 || params.Parallelism < 1 ||
		len(salt) < 8 || len(sum) < 16:
		k.complain(key,
			"argon2id parameters out of range (memory up to 1 GiB, 1 to 100 rounds, salt of 8 and key of 16 bytes or "+
				"more); %s", remedy)
	}
}

func (k checker) login(at, login string) {
	if k.given(at+".login", login) && strings.ContainsAny(login, " \t\r\n") {
		k.complain(at+".login", "%s is not a valid login: it contains a space", quote(login))
	}
}

// once reports duplicate names in a list.
func (k checker) once(key, name string, i int, seen map[string]int, list string) {
	if name == "" {
		return
	}
	if first, twice := seen[name]; twice {
		where := ""
		if at, ok := k.src.places[fmt.Sprintf("%s[%d]", list, first)]; ok {
			where = ", already in line " + strconv.Itoa(at.line)
		}
		k.complain(key, "duplicate %s%s", quote(name), where)
		return
	}
	seen[name] = i
}

func (k checker) oneOf(key, text string, known ...string) {
	if slices.Contains(known, text) {
		return
	}
	k.complain(key, "unknown value %s; use one of %s", quote(text),
		strings.Join(slices.DeleteFunc(slices.Clone(known), func(s string) bool {
			return s == ""
		}), ", "))
}

func (k checker) between(key string, n, least, most int) {
	if n < least || n > most {
		k.complain(key, "%d is out of range; use %d to %d", n, least, most)
	}
}

// retention checks how long to keep personal data: 0, or at least a month, as files are monthly.
func (k checker) retention(key string, d time.Duration) {
	if d != 0 && d < 31*day {
		k.complain(key, "%s is too short; use 31d or more, or 0s to keep forever", d)
	}
}

func (k checker) period(key string, d, least, most time.Duration) {
	if d < least || d > most {
		k.complain(key, "%s is out of range; use %s to %s", d, least, most)
	}
}

// address checks host:port. In listen, port 0 means any free port.
func (k checker) address(key, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		k.complain(key, "%s is not an address; use host:port", quote(address))
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && key != "listen" {
		k.complain(key, "%s is not a port; use 1 to 65535", quote(port))
	}
	if strings.ContainsAny(host, " /@\t") {
		k.complain(key, "%s is not a host", quote(host))
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
func (k checker) page(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		k.complain(key, "not a URL; use https://…")
	case u.User != nil:
		k.complain(key, "remove the user and password from the URL")
	}
}

func (k checker) file(key, path string) {
	if !k.given(key, path) {
		return
	}
	if err := plainFile(path); err != nil {
		k.complain(key, "%v; use an existing file, relative to hub.yml or absolute", err)
	}
}
